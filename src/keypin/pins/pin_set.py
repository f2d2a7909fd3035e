"""Pin sets: the policies of one application, and which of them decides for a host.

A pin set that exists is valid: none is empty, none has two policies for a pattern.

Must not know of files: `keypin.pins.toml` and `keypin.formats` read and write them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Self

from keypin.certs.hostname import is_plain
from keypin.errors import PinSetError
from keypin.pins.host import HostPattern, canonical_host
from keypin.pins.pin import COMMON_PIN, Pin
from keypin.pins.policy import ENOUGH_PINS, Policy, PolicyPin


class PinSet:
    """The policies of one application; not to be changed, but replaced by another.

    Args:
        policies: in the user's order; never empty, no host pattern twice.
        name: the application's name.

    Raises:
        PinSetError: there is no policy, or two for the same host pattern.
    """

    __slots__ = ("_by_pattern", "_no_backup", "name")

    def __init__(self, policies: Iterable[Policy], name: str | None = None) -> None:
        self.name = name
        self._no_backup: str | None = None
        # A row is a policy, or the pins of one that is valid for certain and not built yet.
        self._by_pattern: dict[tuple[str, str], Policy | tuple[str, ...]] = {}
        for policy in policies:
            self._add(policy)
        self._demand_one()

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies, in the user's order."""
        return tuple(self._built(pattern, row) for pattern, row in self._by_pattern.items())

    def policy_for(self, host: str) -> Policy | None:
        """Return the policy that decides for `host`: the most specific that covers it, alone.

        A host alone comes before patterns, a longer name before a shorter, `*.` before `**.`.
        The union of overlapping policies (as in OkHttp) would let a lax parent weaken a strict
        child. None where there is no policy, or the one that decides is an exemption.

        Raises:
            HostError: `host` is no host.
        """
        return self.policy_for_canonical(canonical_host(host))

    def policy_for_canonical(self, host: str) -> Policy | None:
        """Return the same for a host that is canonical already."""
        for pattern in _patterns_covering(host):
            if (row := self._by_pattern.get(pattern)) is not None:
                policy = self._built(pattern, row)
                return policy if policy.exempt is None else None
        return None

    def policy_of(self, wildcard: str, name: str) -> Policy | None:
        """Return the policy, or exemption, of exactly this pattern."""
        row = self._by_pattern.get((wildcard, name))
        return None if row is None else self._built((wildcard, name), row)

    def nearest(self, host: str) -> HostPattern | None:
        """Return the pattern whose name is the longest ending of a canonical host, or None."""
        name = host
        while name:
            for wildcard in ("", "*.", "**."):
                if (wildcard, name) in self._by_pattern:
                    return HostPattern(name, wildcard)
            name = name.partition(".")[2]
        return None

    @classmethod
    def from_mapping(
        cls, mapping: Mapping[str, Iterable[str]], *, no_backup: str | None = None
    ) -> Self:
        """Build a pin set from hosts and lists of pin spellings.

        Everything is checked at once; what is in the commonest spelling, and so needs no more than
        a look, becomes objects when it is first asked for: a hundred thousand policies load in a
        fraction of a second.

        Args:
            mapping: from host pattern to pins, any of which is accepted.
            no_backup: why policies of one pin have no second.

        Raises:
            InputError: a host or pin is malformed, or a rule is broken; nothing is left out.
        """
        made = cls.__new__(cls)
        made._fill(mapping, no_backup)  # noqa: SLF001 - the other constructor
        return made

    def _fill(self, mapping: Mapping[str, Iterable[str]], no_backup: str | None) -> None:
        self.name, self._no_backup, self._by_pattern = None, no_backup, {}
        plain = no_backup is None or bool(no_backup.strip())  # an empty reason is refused at once
        for host, given in mapping.items():
            pins = tuple(given)
            pattern = "", host
            if plain and pattern not in self._by_pattern and is_plain(host) and _are_plain(pins):
                self._by_pattern[pattern] = pins
            else:
                self._add(_policy(host, pins, no_backup))
        self._demand_one()

    def _add(self, policy: Policy) -> None:
        pattern = policy.host.wildcard, policy.host.name
        if pattern in self._by_pattern:
            raise PinSetError(
                f"two policies for {policy.host}",
                next_step="put their pins into one policy",
                place=policy.place,
            )
        self._by_pattern[pattern] = policy

    def _demand_one(self) -> None:
        if not self._by_pattern:
            raise PinSetError("the pin set is empty", expected="at least one policy")

    def _built(self, pattern: tuple[str, str], row: Policy | tuple[str, ...]) -> Policy:
        if isinstance(row, tuple):
            # Two threads may build it at once: they build equal ones, and either may stay.
            row = self._by_pattern[pattern] = _policy(pattern[1], row, self._no_backup)
        return row

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PinSet):
            return NotImplemented
        return (self.name, self.policies) == (other.name, other.policies)

    def __hash__(self) -> int:
        return hash((self.name, self.policies))

    def __repr__(self) -> str:
        return f"<PinSet {self.name or ''} of {len(self._by_pattern)} policies>"


def _policy(host: str, pins: Iterable[str], no_backup: str | None) -> Policy:
    return Policy(
        host=HostPattern.parse(host),
        pins=tuple(PolicyPin(Pin.parse(pin)) for pin in pins),
        no_backup=no_backup,
    )


def _are_plain(pins: tuple[str, ...]) -> bool:
    """Tell whether pins are enough, different and in the commonest spelling: valid for certain."""
    return len(set(pins)) == len(pins) >= ENOUGH_PINS and all(map(COMMON_PIN.fullmatch, pins))


def _patterns_covering(canonical: str) -> Iterator[tuple[str, str]]:
    """Yield every pattern that could cover a host, the most specific first.

    A walk up the labels: its cost is the host's, not the pin set's.
    """
    yield "", canonical
    name, above = canonical, 0
    while name:
        if above == 1:
            yield "*.", name
        yield "**.", name
        name, above = name.partition(".")[2], above + 1
