"""Which pin sets pin a host: one look at each domain above it, however many pin sets there are."""

from collections.abc import Iterator, Mapping

from keypin.pins import PinSet


class Pinning:
    """An index of pin sets by the hosts that their policies name.

    Args:
        pin_sets: by their numbers.
    """

    def __init__(self, pin_sets: Mapping[int, PinSet]) -> None:
        self.pin_sets = dict(pin_sets)
        self._named: dict[tuple[str, str], list[int]] = {}
        for number, pin_set in self.pin_sets.items():
            for policy in pin_set.policies:
                key = policy.host.wildcard, policy.host.name
                self._named.setdefault(key, []).append(number)

    def of(self, host: str) -> tuple[int, ...]:
        """Return the numbers of the pin sets that pin a canonical host, exemptions counted out."""
        near = {number for key in _patterns(host) for number in self._named.get(key, ())}
        return tuple(
            number
            for number in sorted(near)
            if self.pin_sets[number].policy_for_canonical(host) is not None
        )


def _patterns(host: str) -> Iterator[tuple[str, str]]:
    """Yield each pattern that could cover a host."""
    yield "", host
    yield "**.", host
    parent = host.partition(".")[2]
    yield "*.", parent
    while parent:
        yield "**.", parent
        parent = parent.partition(".")[2]
