"""What all that is served now comes to for the releases in the field: refused, unknown, or neither.

Not refused is said of what was read alone. A release that pins an endpoint of which nothing is
known, or none that is watched, is neither refused nor accepted: that is a third thing.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists

from keypin.watch.inventory.endpoints import State
from keypin.watch.inventory.field import Field
from keypin.watch.probing.court import REFUSED
from keypin.watch.store import Scope
from keypin.watch.store.tables import endpoints, observations, pin_sets, verdicts

# Hosts that are looked through for the pin sets of which something is not known.
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Sum:
    """What pin sets in the field say of all that is served now.

    Attributes:
        refusing: those that refuse what some endpoint serves.
        unknown: the others that pin an endpoint which shows nothing now, or none that is watched.
        judged: those that say something of what some endpoint serves.
    """

    refusing: frozenset[int]
    unknown: frozenset[int]
    judged: frozenset[int]


def sum_now(scope: Scope, field: Field) -> Sum:
    """Return what the pin sets in the field say of all that is served now."""
    if not field.releases:
        return Sum(frozenset(), frozenset(), frozenset())
    refused = verdicts.c.outcome.in_([one.value for one in REFUSED])
    refusing, judged = _saying(scope, field, refused), _saying(scope, field)
    blind = field.by_pin_set.keys() - judged
    partly = {number for host in _dark(scope) for number in field.pinning.of(host)}
    return Sum(refusing, frozenset((blind | partly) - refusing), judged)


def _saying(scope: Scope, field: Field, *which: ColumnElement[bool]) -> frozenset[int]:
    """Return the pin sets in the field that say such a thing of what some endpoint serves now."""
    open_now = exists().where(
        observations.c.organisation == verdicts.c.organisation,
        observations.c.endpoint == verdicts.c.endpoint,
        observations.c.chain == verdicts.c.chain,
        observations.c.ended_at.is_(None),
        scope.mine(observations),
        scope.mine(verdicts),
    )
    said = exists().where(
        scope.mine(verdicts),
        scope.mine(pin_sets),
        verdicts.c.pin_set == pin_sets.c.id,
        *which,
        open_now,
    )
    query = scope.select(pin_sets.c.id).where(pin_sets.c.id.in_(field.by_pin_set), said)
    return frozenset(scope.execute(query).scalars())


def _dark(scope: Scope) -> list[str]:
    """Return the hosts of endpoints of which nothing is known now."""
    nothing = endpoints.c.state.in_([State.UNKNOWN.value, State.UNREACHABLE.value])
    return list(scope.execute(scope.select(endpoints.c.host).where(nothing).limit(_MOST)).scalars())
