"""The cells of the release matrix: by what is served now, or by a chain that is only planned."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, and_, or_

from keypin.certs import TrustStore
from keypin.rotation import Judgement, Outcome, Release, judge
from keypin.rotation.forecast_share import Hit, hits
from keypin.rotation.names import hosts_of
from keypin.watch.inventory.chains import Chain
from keypin.watch.inventory.endpoints import State as Kept
from keypin.watch.inventory.endpoints import place
from keypin.watch.inventory.field import Field, Fielded
from keypin.watch.inventory.plans import KnownPlan, names_for
from keypin.watch.people.roles import Action as May
from keypin.watch.probing.court import REFUSED
from keypin.watch.probing.used import used_releases
from keypin.watch.store import Scope
from keypin.watch.store.tables import endpoints
from keypin.web.pages import endpoints_read as reading
from keypin.web.pages.chains_shown import certificates_shown
from keypin.web.pages.desk import Somebody
from keypin.web.pages.links import Links
from keypin.web.pages.listing import Ids
from keypin.web.pages.standing import VERDICTS, WORST, Now, now_of, pinned_by, said_by
from keypin.web.pages.sums import Sum, sum_now
from keypin.web.views.matrix import MatrixRow, Planned
from keypin.web.views.parts import Action, ChainShown, ReleaseVerdict, State, Tone
from keypin.web.words import day, percent, plural

# Applications that a sentence names.
_TOLD = 3

# The number of a plan that is not kept.
_UNKEPT = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """A chain that is only planned: the plan, the chain, and the anchors that judge it."""

    plan: KnownPlan
    chain: Chain
    trust: TrustStore

    @property
    def kept(self) -> bool:
        """Whether the plan is kept; else it is none, and the chain only tried."""
        return self.plan.id != _UNKEPT


# A plan and its chain.
Tried = tuple[KnownPlan, Chain]


def tried(name: str, chain: Chain, deploy_at: datetime, visit: Somebody) -> Tried:
    """Return a plan that is none: a chain is judged as one, and nothing of it is kept."""
    plan = KnownPlan(
        id=_UNKEPT,
        name=name,
        hosts=(),
        chain=b"",
        deploy_at=deploy_at,
        created_by=visit.identity.actor.name,
        created_at=visit.at,
        ended_at=None,
        ended=None,
    )
    return plan, chain


def planned(visit: Somebody, field: Field, trial: Trial, links: Links) -> Planned:
    """Return what is shown of a chain that is only planned, or tried."""
    host = next(iter(trial.chain[0].dns_names), "")
    by = pinned_by(field, host, links.release) if host and "*" not in host else None
    certificates = certificates_shown(trial.chain, by) if by else certificates_shown(trial.chain)
    withdraw = Action(
        "Withdraw the plan",
        links.to(f"/matrix/plan/{trial.plan.id}/withdraw"),
        danger=True,
        confirm="Withdraw the plan? Nothing is judged by it any more.",
    )
    may = visit.identity.may(May.WRITE_PLANS) and trial.plan.ended_at is None
    return Planned(
        name=trial.plan.name,
        chain=ChainShown(
            shown_by=f"to be deployed on {day(trial.plan.deploy_at)}",
            certificates=certificates,
            facts=(f"planned by {trial.plan.created_by}",) if trial.kept else (),
        ),
        clear=links.to("/matrix"),
        actions=(withdraw,) if may and trial.kept else (),
        kept=trial.kept,
    )


def rows_now(
    scope: Scope, numbers: Sequence[int], field: Field, releases: Sequence[Fielded], links: Links
) -> list[MatrixRow]:
    """Return rows by what is served now."""
    found, now = reading.read(scope, numbers), now_of(scope, numbers)
    return [
        MatrixRow(
            endpoint=links.endpoint(number, str(place(found[number]))),
            state=_state(found[number], now[number], field),
            cells=tuple(
                said_by(one, now[number], field, found[number]["host"], links.release(one))
                for one in releases
            ),
        )
        for number in numbers
        if number in found
    ]


def _state(row: RowMapping, now: Now, field: Field) -> State:
    several = sum(len(field.by_pin_set[one]) for one in now.refusing & field.by_pin_set.keys())
    if several:
        return State(Tone.BAD, f"{plural(several, 'release')} refused")
    if not now.chains:
        return _dark(reading.state_of(row, now), now)
    pinned = set(field.pinning.of(row["host"]))
    if not pinned:
        return State(Tone.QUIET, "not pinned")
    if not pinned <= now.by_pin_set.keys():
        return State(Tone.UNKNOWN, "not judged yet")
    return State(Tone.GOOD, "accepted")


def _dark(told: State, now: Now) -> State:
    """Return how an endpoint is that shows nothing: what was said before holds of now no more."""
    sure = told in {reading.PAUSED, reading.STATES[Kept.UNREACHABLE]}
    return told if sure or now.lost is None else reading.FAILED


def rows_planned(
    scope: Scope,
    numbers: Sequence[int],
    field: Field,
    releases: Sequence[Fielded],
    *,
    trial: Trial,
    links: Links,
) -> list[MatrixRow]:
    """Return rows by a chain that is only planned."""
    found = reading.read(scope, numbers)
    judged = _judged(field, releases, trial, [row["host"] for row in found.values()])
    made: list[MatrixRow] = []
    for number in numbers:
        row = found[number]
        cells = tuple(_cell(one, judged.get((row["host"], one.pin_set)), links) for one in releases)
        made.append(
            MatrixRow(
                endpoint=links.endpoint(number, str(place(row))),
                state=_planned_state([judged.get((row["host"], one.pin_set)) for one in releases]),
                cells=cells,
            )
        )
    return made


def _judged(
    field: Field, releases: Sequence[Fielded], trial: Trial, hosts: Sequence[str]
) -> Mapping[tuple[str, int], Judgement]:
    numbers = dict.fromkeys(one.pin_set for one in releases)
    asked = [Release(str(number), field.pin_set(number)) for number in numbers]
    if not asked or not hosts:
        return {}
    judged = judge(
        asked, trial.chain, trust=trial.trust, at=trial.plan.deploy_at, hosts=tuple(set(hosts))
    )
    return {(one.name.host, int(one.release.name)): one for one in judged}


def _cell(one: Fielded, judged: Judgement | None, links: Links) -> ReleaseVerdict:
    outcome = Outcome.NOT_PINNED if judged is None else judged.state.outcome
    match = next(iter(judged.state.matches), None) if judged else None
    refusal = judged.state.refusal if judged else None
    later = (
        next((each for each in judged.later if each.outcome in REFUSED), None) if judged else None
    )
    said = str(refusal).splitlines()[0] if refusal else ""
    until = f"until {day(later.at)}, then it is refused" if later else ""
    return ReleaseVerdict(
        release=links.release(one),
        share=one.share,
        verdict=VERDICTS[outcome],
        pin="" if match is None else str(match.pin.pin),
        position="" if match is None else match.position.value,
        detail=said or until,
    )


def _planned_state(judged: Sequence[Judgement | None]) -> State:
    outcomes = [one.state.outcome for one in judged if one is not None]
    refused = sum(outcome in REFUSED for outcome in outcomes)
    if refused:
        return State(Tone.BAD, f"{plural(refused, 'release')} would refuse")
    worst = min(outcomes, key=WORST.index, default=Outcome.NOT_PINNED)
    if worst is Outcome.NOT_PINNED:
        return State(Tone.QUIET, "not pinned")
    return State(Tone.GOOD, "would be accepted")


def planned_ids(names: frozenset[str]) -> Callable[[Scope, str], Ids]:
    """Return the query of the endpoints that a chain is for."""
    exact = [name for name in names if not name.startswith("*.")]
    parents = [name[1:] for name in names if name.startswith("*.")]
    one_label = [
        and_(
            endpoints.c.host.endswith(parent, autoescape=True),
            ~endpoints.c.host.like(f"%.%{parent}"),
        )
        for parent in parents
    ]

    def ids(scope: Scope, query: str) -> Ids:
        return reading.ids(scope, query).where(or_(endpoints.c.host.in_(exact), *one_label))

    return ids


def names_of(plan: KnownPlan, chain: Chain) -> frozenset[str]:
    """Return the names that a plan is for."""
    return names_for(plan.hosts, chain)


def summary_now(scope: Scope, field: Field) -> State:
    """Say what the whole matrix comes to, whichever page of it is shown."""
    if not field.releases:
        return State(Tone.QUIET, "No release is in the field.")
    found = sum_now(scope, field)
    if found.refusing:
        said = summed(field, found.refusing, "is", "are", "refused by what is served now")
        return State(said.tone, " ".join(filter(None, (said.word, _unknown(field, found)))))
    if not found.judged:
        return State(
            Tone.UNKNOWN,
            "Whether a release is refused is not known: none of the endpoints that releases pin "
            "was read and judged.",
        )
    if found.unknown:
        return State(
            Tone.UNKNOWN, f"No release is refused by what is read now. {_unknown(field, found)}"
        )
    return summed(field, found.refusing, "is", "are", "refused by what is served now")


def _unknown(field: Field, found: Sum) -> str:
    """Say of how many releases not all is known; nothing where there is none."""
    number = sum(len(field.by_pin_set[one]) for one in found.unknown)
    if not number:
        return ""
    verb = "pins" if number == 1 else "pin"
    return f"{plural(number, 'release')} {verb} endpoints that are not read: unknown."


def summary_planned(field: Field, trial: Trial) -> State:
    """Say what deploying a chain would come to."""
    hosts = _hosts(field, names_of(trial.plan, trial.chain))
    numbers = {number for host in hosts for number in field.pinning.of(host)}
    releases = [one for one in field.releases if one.pin_set in numbers]
    judged = _judged(field, releases, trial, hosts)
    found = frozenset(number for (_, number), one in judged.items() if one.state.outcome in REFUSED)
    when = day(trial.plan.deploy_at)
    return summed(field, found, "would be", "would be", f"refused, were it deployed on {when}")


def _hosts(field: Field, names: frozenset[str]) -> list[str]:
    """Return the hosts that names are for: of a wildcard, those that a pin set names, too."""
    if not any(name.startswith("*.") for name in names):
        return sorted(names)
    each = (hosts_of(names, field.pin_set(number)) for number in field.by_pin_set)
    return sorted({one.host for several in each for one in several})


def summed(field: Field, found: frozenset[int], one: str, many: str, what: str) -> State:
    """Say application by application what is refused: their users are not of one whole.

    Args:
        field: the releases in the field.
        found: the pin sets that refuse.
        one: the verb for one release, as "is".
        many: the verb for several.
        what: how the sentence ends.
    """
    counted = Counter(
        release.application for number in found for release in field.by_pin_set.get(number, ())
    )
    if not counted:
        return State(Tone.GOOD, f"No release {one} {what}.")
    several = sorted(hits(used_releases(field, found)), key=_users_of, reverse=True)
    told = [_told(counted[each.application], each) for each in several[:_TOLD]]
    if len(several) > _TOLD:
        told.append(f"those of {plural(len(several) - _TOLD, 'other application')}")
    all_of_it = " and ".join(part for part in (", ".join(told[:-1]), told[-1]) if part)
    verb = one if counted.total() == 1 else many
    return State(Tone.BAD, f"{all_of_it} {verb} {what}.")


def _users_of(hit: Hit) -> float:
    return -1.0 if hit.share is None else hit.share.fraction


def _told(number: int, hit: Hit) -> str:
    """Say how many releases of an application are refused, and how many of its users have them."""
    releases = f"{plural(number, 'release')} of {hit.application}"
    if hit.share is None:
        return f"{releases} with an unknown share of its users"
    least = "at least " if hit.unknown else ""
    return f"{releases} with {least}{percent(hit.share.fraction)} of its users"


def default_name(chain: Chain, at: datetime) -> str:
    """Return what a plan is called unless somebody says so."""
    name = chain[0].common_name or next(iter(chain[0].dns_names), "a chain")
    return f"{name}, {at:%Y-%m-%d %H:%M:%S}"
