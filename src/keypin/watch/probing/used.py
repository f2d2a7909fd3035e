"""The releases in the field as a forecast takes them: those with the same pins together."""

from collections.abc import Iterable, Iterator

from keypin.rotation import Release
from keypin.rotation.forecast_share import Share, UsedRelease
from keypin.watch.inventory.field import Field, Fielded

# Versions that a name can hold.
_SHOWN = 3


def used_releases(field: Field, pin_sets: Iterable[int]) -> tuple[UsedRelease, ...]:
    """Return the releases that ship some pin sets.

    Releases of one application with the same pins fare alike, and are judged once; those whose
    share is not known stay apart, so that it is not taken for nothing.
    """
    return tuple(
        used
        for number in pin_sets
        for alike in _alike(field.by_pin_set.get(number, ()))
        for used in [_used(alike, field)]
    )


def _alike(releases: Iterable[Fielded]) -> Iterator[tuple[Fielded, ...]]:
    groups: dict[tuple[str, bool], list[Fielded]] = {}
    for one in releases:
        groups.setdefault((one.application, one.share is None), []).append(one)
    return map(tuple, groups.values())


def _used(alike: tuple[Fielded, ...], field: Field) -> UsedRelease:
    known = [one.share for one in alike if one.share is not None]
    versions = [one.version for one in alike]
    more = f" and {len(versions) - _SHOWN} more" if len(versions) > _SHOWN else ""
    return UsedRelease(
        release=Release(", ".join(versions[:_SHOWN]) + more, field.pin_set(alike[0].pin_set)),
        share=Share(min(sum(known), 1.0)) if known else None,
        application=alike[0].application,
    )
