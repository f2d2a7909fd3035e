"""What lists say of an endpoint, by which they sort: its state, who refuses it, who signed it."""

from collections.abc import Iterable, Sequence

from keypin.alerts import Signal
from keypin.findings import Severity
from keypin.watch.inventory.chains import issuer_named
from keypin.watch.inventory.endpoints import State
from keypin.watch.inventory.field import Field
from keypin.watch.probing.court import REFUSED, Verdict
from keypin.watch.probing.standing import Said, Standing

# Characters of an issuer's name: whoever made the certificate wrote it.
_LONGEST = 200


def said_of(
    one: Standing, field: Field, found: Sequence[Verdict], signals: Iterable[Signal]
) -> Said:
    """Return what lists say of an endpoint.

    Args:
        one: the endpoint, and what it shows.
        field: the releases in the field.
        found: the verdicts of their pin sets on what it shows.
        signals: what is to be told of it.
    """
    refusing = {verdict.pin_set for verdict in found if verdict.outcome in REFUSED}
    issuers = (issuer_named(chain[0]) for chain in one.chains.values())
    ends = (each.not_after for chain in one.chains.values() for each in chain)
    return Said(
        state=_state(one, found, signals),
        refused=sum(len(field.by_pin_set.get(number, ())) for number in refusing),
        issuer=min(issuers, default="")[:_LONGEST],
        expires_at=min(ends, default=None),
    )


def _state(one: Standing, found: Iterable[Verdict], signals: Iterable[Signal]) -> State:
    if not one.chains:
        return State.UNREACHABLE if one.shown.failures else State.UNKNOWN
    if any(verdict.outcome in REFUSED for verdict in found):
        return State.REFUSED
    if any(shake.problem is not None for shake in one.shown.handshakes):
        return State.REFUSED
    grave = any(signal.severity is not Severity.NOTE for signal in signals)
    return State.FINDING if grave else State.FINE
