"""Rules on pins that cannot match, and on servers that their own pins refuse.

The first kind is seen in the pin itself: a placeholder from a manual, the digest of nothing, a
root's key where only a leaf may stand. The second needs observed chains: what would be refused if
these pins were shipped now.
"""

from collections.abc import Iterator

from keypin.certs.verified import VerifiedChain
from keypin.findings import Severity
from keypin.pins.ca_facts import CROSS, KnownKey, known_key
from keypin.pins.policy import Role
from keypin.pins.rules.placeholders import PLACEHOLDERS
from keypin.pins.rules.rule import Case, Hit, Rule, Seen, lines, spelled


def placeholder(case: Case) -> Iterator[Hit]:
    """Fire on a digest of one repeated byte, of nothing, or out of a manual."""
    for entry in case.pins():
        what = PLACEHOLDERS.get(str(entry.pin))
        if len(set(entry.pin.digest)) == 1:
            what = "one byte repeated"
        if what is not None:
            yield Hit(f"{entry.pin} is no real pin: it is {what}", (), entry.place)


def _impossible(key: KnownKey, position: str) -> bool:
    """Whether a CA key can never stand at a position."""
    cross_signed = any(cross.subject.pin == key.pin for cross in CROSS)
    allowed = {"any", "ca", str(key.level)}
    if cross_signed:
        allowed.add("intermediate")
    return position not in allowed


def wrong_position(case: Case) -> Iterator[Hit]:
    """Fire on a CA key that is pinned where it never stands, or seen only elsewhere."""
    for entry in case.pins():
        key = known_key(entry.pin)
        if key is not None and _impossible(key, entry.pin.position):
            text = f"{entry.pin} is the {key.level} {key.name}, pinned as {entry.pin.position}"
            yield Hit(text, (), entry.place)
            continue
        seen = tuple(item for item in case.seen() if entry.pin.is_of(item.certificate))
        if seen and not case.matches(entry.pin):
            places = ", ".join(sorted({str(item.position) for item in seen}))
            text = f"{entry.pin} is pinned as {entry.pin.position}, but stands as {places}"
            yield Hit(text, lines(seen), entry.place)


def repeated(case: Case) -> Iterator[Hit]:
    """Fire on a key that a policy names twice, at two positions: the policy refuses the rest."""
    first: dict[str, Role] = {}
    for entry in case.pins():
        text = str(entry.pin)
        if text in first:
            yield Hit(
                f"{text} is named twice, as {first[text]} and as {entry.role}", (), entry.place
            )
        first.setdefault(text, entry.role)


def _shown(chain: VerifiedChain) -> tuple[str, ...]:
    return tuple(str(Seen(c, chain.position(i))) for i, c in enumerate(chain.certificates))


def _covered(case: Case, chain: VerifiedChain, *roles: Role) -> bool:
    """Whether a pin of some roles matches a chain."""
    return any(
        entry.pin.matches(certificate, chain.position(index))
        for entry in case.pins(*roles)
        for index, certificate in enumerate(chain.certificates)
    )


def _split(case: Case) -> tuple[list[Hit], int]:
    """Return a hit for each observed chain that no pin matches, and how many chains match."""
    chains = dict.fromkeys(case.chains)
    refused = [
        Hit(f"no pin matches the chain that {host} shows", _shown(chain))
        for host, chain in chains
        if not _covered(case, chain)
    ]
    return refused, len(chains) - len(refused)


def nothing_deployed(case: Case) -> Iterator[Hit]:
    """Fire where every observed chain would be refused."""
    refused, matched = _split(case)
    if not matched:
        yield from refused


def partly_deployed(case: Case) -> Iterator[Hit]:
    """Fire where some observed chains would be refused: another address, host or key type."""
    refused, matched = _split(case)
    if matched:
        yield from refused


def only_retiring(case: Case) -> Iterator[Hit]:
    """Fire where a server is accepted only thanks to a pin that is to be removed."""
    for host, chain in dict.fromkeys(case.chains):
        if _covered(case, chain) and not _covered(case, chain, Role.ACTIVE, Role.BACKUP):
            yield Hit(f"{host} matches retiring pins only", _shown(chain))


def unseen(case: Case) -> Iterator[Hit]:
    """Fire on an active pin that no observed chain contains, while others do match."""
    if not _split(case)[1]:
        return
    for entry in case.pins(Role.ACTIVE):
        if not any(entry.pin.is_of(item.certificate) for item in case.seen()):
            yield Hit(f"no server shows the active pin {entry.pin}", spelled([entry]), entry.place)


def denied_deployed(case: Case) -> Iterator[Hit]:
    """Fire where an observed chain contains a denied key."""
    for pin in case.policy.denied:
        if seen := case.matches(pin):
            yield Hit(f"the denied pin {pin} is in use: every connection is refused", lines(seen))


RULES: tuple[Rule, ...] = (
    Rule(
        id="pin-placeholder",
        severity=Severity.ERROR,
        reason="Such a pin matches no key on earth; where it passes for a backup there is none.",
        cure="Compute the pin from the key itself with keypin pin.",
        check=placeholder,
    ),
    Rule(
        id="pin-wrong-position",
        severity=Severity.ERROR,
        reason="A pin matches at its position only, and this key does not stand there.",
        cure="Correct the position, or allow any.",
        check=wrong_position,
    ),
    Rule(
        id="pin-repeated",
        severity=Severity.WARNING,
        reason="One key in two roles is still one key: there are fewer ways out than it seems.",
        cure="Name it once, in the role that it has.",
        check=repeated,
    ),
    Rule(
        id="no-pin-deployed",
        severity=Severity.ERROR,
        reason="Shipped now, these pins would refuse every connection.",
        cure="Add the pin of a key in the evidence, once you know that the chain is the right one.",
        check=nothing_deployed,
    ),
    Rule(
        id="chain-not-covered",
        severity=Severity.ERROR,
        reason="Which chain a client gets depends on its key types, its address and its route, so "
        "a part of the clients is refused.",
        cure="Pin both keys of a server with an ECDSA and an RSA certificate, and every host that "
        "the pattern covers; or give the host a policy of its own.",
        check=partly_deployed,
    ),
    Rule(
        id="only-retiring-deployed",
        severity=Severity.ERROR,
        reason="Once the retiring pins are removed, as they are meant to be, this server is "
        "refused.",
        cure="Deploy a certificate for an active pin first, or make the pin active again.",
        check=only_retiring,
    ),
    Rule(
        id="active-pin-unseen",
        severity=Severity.WARNING,
        reason="A pin that nothing matches is a backup, a leftover or a mistake; only you know "
        "which.",
        cure="Move it to backup_pins or retiring_pins, or remove it.",
        check=unseen,
    ),
    Rule(
        id="denied-pin-deployed",
        severity=Severity.ERROR,
        reason="A denied key in the chain refuses the connection whatever else matches.",
        cure="Replace the certificate on the server before these pins are shipped.",
        check=denied_deployed,
    ),
)
