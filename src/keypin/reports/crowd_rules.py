"""Rules about the crowd: how many users report it, from how many networks and countries.

A chain alone does not tell one intercepted office from an attack on everybody. Where the crowd
tells nothing either, the mismatch is told as `keypin.diagnose` tells it.
"""

from keypin.findings import Severity
from keypin.pins.story import plain
from keypin.reports.rule import Found, Rule
from keypin.reports.study import Study
from keypin.reports.words import of_leaf, seen, trust

# What is many: below it, chance and one household explain as much.
MANY_SOURCES = 5
MANY_NETWORKS = 3
# Without networks, only as many sources speak of many users.
VERY_MANY_SOURCES = 20
# One source with so many reports is one client in a loop.
MANY_REPORTS = 20
# One network or country has so much of the whole that it is the cause.
CONCENTRATED = 0.9

# How bad is what `keypin.diagnose` finds, where it is no error.
_SEVERITIES = {
    "private-root": Severity.WARNING,
    "device-key-changed": Severity.WARNING,
    "unknown": Severity.WARNING,
}
# What an operator does now and then: many users alone do not make it an attack.
_OPERATORS = {"cdn", "key-rotated", "intermediate-changed", "misplaced-pin"}


def _one_source(study: Study) -> Found | None:
    group = study.group
    if group.sources.distinct != 1 or group.count < MANY_REPORTS:
        return None
    return Found("one client repeats itself", of_leaf(study))


def _one_network(study: Study) -> Found | None:
    networks = study.group.networks
    if study.group.sources.distinct < MANY_SOURCES or networks.concentration < CONCENTRATED:
        return None
    name, count = networks.top[0]
    evidence = (f"{count} of {networks.total} reports come from it", trust(study))
    message = f"it happens in one network, {plain(name)}"
    return Found(message, (*evidence, *of_leaf(study)), benign=False if study.reason else None)


def _one_country(study: Study) -> Found | None:
    countries = study.group.countries
    if not _many(study) or countries.concentration < CONCENTRATED or study.public:
        return None
    name, count = countries.top[0]
    evidence = (f"{count} of {countries.total} reports come from it", trust(study))
    message = f"it happens in many networks of one country, {plain(name)}"
    return Found(message, (*evidence, *of_leaf(study)))


def _attack(study: Study) -> Found | None:
    """Many users see a key that is not ours; a chain to an anchor of our own is our own matter."""
    found = study.diagnosis
    judged = study.public or study.reason is not None
    if found is None or found.id in _OPERATORS or not judged or not _many(study):
        return None
    if study.verified is not None and not study.public:
        return None
    # A CA that nobody trusts is nobody's rotation; another public one is, unless we look ourselves.
    sure = not study.public or bool(study.facts.shown)
    return Found(
        "an unknown server answers many users in our place",
        (trust(study), seen(study), found.message, *found.evidence),
        benign=False if sure else None,
    )


def _told(study: Study) -> Found | None:
    """Hand on what the mismatch means by itself, with what our probes say."""
    found = study.diagnosis
    if found is None:
        return None
    return Found(
        message=found.message,
        evidence=(*found.evidence, seen(study)),
        next_step=found.next_step,
        benign=found.benign,
        id=found.id,
        severity=_SEVERITIES.get(found.id, Severity.ERROR),
    )


def _unknown(study: Study) -> Found | None:
    return Found("nothing tells what happened", (trust(study), *of_leaf(study)))


def _many(study: Study) -> bool:
    """Tell whether many users are concerned: many sources, in many networks if they are known."""
    group = study.group
    if not group.networks.total:
        return group.sources.distinct >= VERY_MANY_SOURCES
    return group.sources.distinct >= MANY_SOURCES and group.networks.distinct >= MANY_NETWORKS


CROWD_RULES: tuple[Rule, ...] = (
    Rule(
        id="one-client",
        severity=Severity.NOTE,
        when=f"All of {MANY_REPORTS} reports or more come from one source.",
        next_step="nothing, unless you know the client",
        look=_one_source,
    ),
    Rule(
        id="one-network",
        severity=Severity.WARNING,
        when=f"{CONCENTRATED:.0%} of the reports come from one network, of {MANY_SOURCES} sources "
        "or more.",
        next_step="ask those who run the network what stands in it",
        look=_one_network,
    ),
    Rule(
        id="one-country",
        severity=Severity.ERROR,
        when=f"{CONCENTRATED:.0%} of the reports come from one country, of {MANY_NETWORKS} "
        "networks or more, with a chain that is not public.",
        next_step="treat these connections as intercepted by somebody above the networks",
        benign=False,
        look=_one_country,
    ),
    Rule(
        id="attack",
        severity=Severity.ERROR,
        when=f"A key that is not ours, of {MANY_SOURCES} sources in {MANY_NETWORKS} networks or "
        f"more ({VERY_MANY_SOURCES} sources where networks are not known), and nothing that speaks "
        "for a rotation.",
        next_step="ask the operator whether the host was moved; if not, treat it as an attack: "
        "compare DNS and routes, look the certificate up in CT, and have its CA revoke it",
        look=_attack,
    ),
    Rule(
        id="mismatch",
        severity=Severity.WARNING,
        when="Nothing above: what `keypin.diagnose` makes of the mismatch by itself, under its own "
        "identifier, as `key-rotated`, `intermediate-changed`, `other-ca`, `cdn`, `private-root`.",
        next_step="compare what the endpoint shows with the pins of the release",
        look=_told,
    ),
    Rule(
        id="unexplained",
        severity=Severity.NOTE,
        when="Nothing else answers, as where no pin can be read.",
        next_step="look at the sample report",
        look=_unknown,
    ),
)
