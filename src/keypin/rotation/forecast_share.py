"""How many users a release has, and how many are hit where several releases break.

A share is a part of one application's users: shares of two applications are never added. What is
not known is said, and never taken for nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from keypin.rotation.release import Release

# Fractions that make a whole miss it by their last bits.
_WHOLE = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Share:
    """A part of an application's users.

    Attributes:
        fraction: 0 to 1.
        margin: half the width of the interval in which it lies with 95% confidence; 0 where
            somebody wrote it down.

    Raises:
        ValueError: one of both is not from 0 to 1.
    """

    fraction: float
    margin: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no part."""
        if not (0 <= self.fraction <= 1 and 0 <= self.margin <= 1):
            raise ValueError(f"a share of {self.fraction} ± {self.margin}: from 0 to 1")

    def __str__(self) -> str:
        margin = f" ± {_percent(self.margin)}" if self.margin else ""
        return f"{_percent(self.fraction)}{margin}"


def _percent(part: float) -> str:
    """Return a part in percent; a few users are not none, and nearly all are not all."""
    if 0 < part < 0.01:  # noqa: PLR2004 - below one percent
        return "less than 1%"
    return f"{min(part, 0.99 if part < _WHOLE else 1):.0%}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedRelease:
    """A release in the field, and who has it.

    Attributes:
        release: the release.
        share: its share of the application's users, or None: it is not known.
        application: the name of the application; empty where there is only one.
    """

    release: Release
    share: Share | None = None
    application: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others."""
        return self.application, self.release.name

    def __str__(self) -> str:
        return " ".join(part for part in self.key if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """The users of one application that something hits.

    Attributes:
        application: its name.
        share: those whose share is known, or None where none is.
        unknown: the names of the releases whose share is not known.
    """

    application: str
    share: Share | None
    unknown: tuple[str, ...] = ()

    def __str__(self) -> str:
        of = f" of {self.application}" if self.application else ""
        parts = [] if self.share is None else [f"{self.share} of users{of}"]
        if self.unknown:
            names = ", ".join(self.unknown)
            parts.append(f"the users{of if not parts else ''} of {names}, how many is not known")
        return " and ".join(parts)


def hits(releases: Iterable[UsedRelease]) -> tuple[Hit, ...]:
    """Return whom something hits that breaks some releases, application by application.

    A margin of a sum is the sum of the margins: the shares come of the same observations, so that
    their errors need not cancel out.

    Args:
        releases: what breaks; one that is there twice counts once.
    """
    each: dict[str, dict[tuple[str, str], UsedRelease]] = {}
    for one in releases:
        each.setdefault(one.application, {}).setdefault(one.key, one)
    return tuple(_hit(application, several.values()) for application, several in each.items())


def _hit(application: str, releases: Iterable[UsedRelease]) -> Hit:
    several = tuple(releases)
    known = [one.share for one in several if one.share is not None]
    total = Share(
        min(sum(one.fraction for one in known), 1.0), min(sum(one.margin for one in known), 1.0)
    )
    return Hit(
        application=application,
        share=total if known else None,
        unknown=tuple(one.release.name for one in several if one.share is None),
    )
