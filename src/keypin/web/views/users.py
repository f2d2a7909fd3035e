"""Whom something hits: a share of each application's users, which are of no one whole."""

from dataclasses import dataclass

from keypin.web.words import count, percent

# Applications that a cell of a table holds.
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """The users of one application that something hits.

    Attributes:
        application: its name; empty where there is only one.
        share: how many of them, 0 to 1; None where that is not known.
        least: whether they may be more: of some of its releases it is not known how many have them.
    """

    application: str
    share: float | None
    least: bool = False

    def __str__(self) -> str:
        of = f" of {self.application}" if self.application else ""
        if self.share is None:
            return f"unknown{of}"
        return f"{'at least ' if self.least else ''}{percent(self.share)}{of}"


@dataclass(frozen=True, slots=True)
class Users:
    """Whom something hits, application by application; false where nothing is known of it."""

    each: tuple[Hit, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.each)

    def __str__(self) -> str:
        """Return all that a cell holds, those who lose most first: `23% of android, 12% of ios`."""
        several = sorted(self.each, key=lambda one: 1 if one.share is None else -one.share)
        more = len(several) - _SHOWN
        told = [*map(str, several[:_SHOWN]), *([f"{count(more)} more"] if more > 0 else [])]
        return ", ".join(told)

    @property
    def span(self) -> str:
        """The least and the greatest share: `12% to 23%`; empty where none is known."""
        known = sorted(one.share for one in self.each if one.share is not None)
        if not known:
            return ""
        least, most = percent(known[0]), percent(known[-1])
        return most if least == most else f"{least} to {most}"

    @property
    def whose(self) -> str:
        """Whose users they are: `of shop-android`, `of 2 applications`; empty where nobody says."""
        if len(self.each) > 1:
            return f"of {count(len(self.each))} applications"
        return "".join(f"of {one.application}" for one in self.each if one.application)


NOBODY = Users()
"""Of whom nothing is known."""
