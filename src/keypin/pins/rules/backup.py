"""Rules on backup pins: there is one, it is offline, and it does not fall with the active one.

RFC 7469 section 4.3: a backup pin is of a key that is deployed nowhere and kept safe, so that the
loss of the deployed one is not the loss of every client.
"""

from collections.abc import Iterator

from keypin.findings import Severity
from keypin.pins.ca_facts import Level, known_key, known_keys
from keypin.pins.pin import Of, Pin
from keypin.pins.policy import Role
from keypin.pins.rules.rule import Case, Hit, Rule, lines, spelled


def missing(case: Case) -> Iterator[Hit]:
    """Fire where no pin has the role of a backup and no reason is given for that."""
    if case.policy.no_backup is None and not case.pins(Role.BACKUP):
        yield Hit("no pin of this policy is a backup", spelled(case.pins()))


def deployed(case: Case) -> Iterator[Hit]:
    """Fire on a backup pin whose key is in a chain that a server uses now."""
    for entry in case.pins(Role.BACKUP):
        seen = tuple(item for item in case.seen() if entry.pin.is_of(item.certificate))
        if seen:
            yield Hit(f"the backup pin {entry.pin} is in use now", lines(seen), entry.place)


def _operators(case: Case) -> set[str]:
    """Return the CA operators that the active pins or the observed chains depend on."""
    pins: list[Pin] = [entry.pin for entry in case.pins(Role.ACTIVE)]
    pins += [Pin.of_key(item.certificate) for item in case.seen()]
    return {key.operator for key in known_keys(pins)}


def same_operator(case: Case) -> Iterator[Hit]:
    """Fire where every backup is a CA key, and each is the active CA's own."""
    backups = case.pins(Role.BACKUP)
    keys = known_keys(entry.pin for entry in backups)
    relied_on = _operators(case)
    if not backups or len(keys) < len(backups) or not relied_on:
        return
    if {key.operator for key in keys} <= relied_on:
        names = ", ".join(sorted({key.operator for key in keys}))
        evidence = tuple(f"{key.pin}: {key.name}, {key.operator}" for key in keys)
        yield Hit(f"every backup pin is a key of {names}, as is the active chain", evidence)


def intermediate(case: Case) -> Iterator[Hit]:
    """Fire on a backup pin that is a CA's intermediate: the CA may retire it unused."""
    for entry in case.pins(Role.BACKUP):
        key = known_key(entry.pin)
        if key is not None and key.level is Level.INTERMEDIATE:
            yield Hit(
                f"the backup pin {entry.pin} is the intermediate {key.name} of {key.operator}",
                (f"its last certificate ends {key.not_after}",),
                entry.place,
            )


def certificate(case: Case) -> Iterator[Hit]:
    """Fire on a backup that is the digest of a certificate: it ages although nobody uses it."""
    for entry in case.pins(Role.BACKUP):
        if entry.pin.of is Of.CERTIFICATE:
            yield Hit(f"the backup pin {entry.pin} is of a certificate", (), entry.place)


RULES: tuple[Rule, ...] = (
    Rule(
        id="backup-missing",
        severity=Severity.WARNING,
        reason="When the only key is lost or has to be revoked, every client in the field is cut "
        "off until it is updated.",
        cure="Make a key, keep it offline, and put its pin under backup_pins; or give the reason "
        "why there is none as no_backup.",
        check=missing,
    ),
    Rule(
        id="backup-deployed",
        severity=Severity.ERROR,
        reason="A key that is in use is lost together with the active one; it is no way back.",
        cure="Replace it by the pin of a key that is deployed nowhere.",
        check=deployed,
    ),
    Rule(
        id="backup-same-ca",
        severity=Severity.WARNING,
        reason="If that CA is distrusted, or refuses you a certificate, active and backup pins "
        "fail on the same day.",
        cure="Take as backup a root of another CA that you could move to, or a key of your own.",
        check=same_operator,
    ),
    Rule(
        id="backup-intermediate",
        severity=Severity.WARNING,
        reason="A CA retires intermediates as it likes, so the backup may be dead when needed.",
        cure="Take as backup a key of your own, or that CA's roots.",
        check=intermediate,
    ),
    Rule(
        id="backup-certificate-pin",
        severity=Severity.ERROR,
        reason="A certificate that waits in reserve expires there, and its pin with it.",
        cure="Pin the key instead: its pin holds for any later certificate of that key.",
        check=certificate,
    ),
)
