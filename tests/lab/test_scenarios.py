"""Each scenario is what its row says, by the word of Python's ssl, which knows nothing of pins."""

import pytest

from keypin.lab import SCENARIOS, Expect
from keypin.pins import Pin

VERIFIED = {
    *(name for name, row in SCENARIOS.items() if row.expect is Expect.ACCEPT),
    "reordered-chain",
    "man-in-the-middle",
    "renewed-new-key",
    "rotated-intermediate-pinned",
    "stuffed-after",
    "stuffed-before",
    "stuffed-twice",
    "stuffed-intermediate",
}

REASONS = {
    "slow-handshake": "TimeoutError",
    "forged-leaf": "certificate signature failure",
    "leaf-as-ca": "invalid CA certificate",
    "path-length": "path length constraint exceeded",
    "bad-signature": "certificate signature failure",
    "expired": "certificate has expired",
    "not-yet-valid": "certificate is not yet valid",
    "wrong-host": "Hostname mismatch, certificate is not valid for 'localhost'.",
    "self-signed": "self-signed certificate",
    "self-signed-attacker": "self-signed certificate",
    "unknown-root": "self-signed certificate in certificate chain",
    "unknown-root-pinned-key": "self-signed certificate in certificate chain",
    "interception-proxy": "self-signed certificate in certificate chain",
    "missing-intermediate": "unable to get local issuer certificate",
    "captive-portal": "self-signed certificate",
    "silent": "TimeoutError",
}
BROKEN = {
    "client-certificate",
    "oversized-chain",
    "cut-off",
    "alert",
    "garbage",
    "endless",
    "plain-http",
}


def test_every_scenario_is_claimed() -> None:
    """No row escapes the tests below."""
    assert VERIFIED | set(REASONS) | BROKEN == set(SCENARIOS)


@pytest.mark.parametrize("name", sorted(VERIFIED))
def test_verified(lab, verdict, name: str) -> None:
    """A client without pins accepts these: what refuses the hostile ones is the pin alone."""
    assert verdict(lab[name]) == "ok"


@pytest.mark.parametrize("name", sorted(REASONS))
def test_not_verified(lab, verdict, name: str) -> None:
    """A correct client refuses these, for the reason that the row is about."""
    assert verdict(lab[name]) == REASONS[name]


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_broken(lab, verdict, name: str) -> None:
    """These never come to an answer, whatever the client calls it."""
    assert verdict(lab[name]).endswith(("Error", "no answer"))


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name.startswith("stuffed-")])
def test_stuffed(lab, shown, name: str) -> None:
    """A stuffed chain does hold a pinned key, at a place where no path leads."""
    server = lab[name]
    pins = [str(Pin.of_key(certificate)) for certificate in shown(server)]
    assert pins[0] not in server.pins
    assert set(pins) & set(server.pins)


def test_backup_is_deployed_nowhere_else(lab, shown) -> None:
    """The backup key is seen where the row says so, and nowhere else."""
    backup = lab["good-ecdsa"].pins[-1]
    assert str(Pin.of_key(shown(lab["backup-deployed"])[0])) == backup
    assert str(Pin.of_key(shown(lab["good-ecdsa"])[0])) != backup


def test_addresses_differ(lab, shown) -> None:
    """Two addresses on one port show different leaf keys, both pinned."""
    server = lab["different-addresses"]
    leaves = {str(Pin.of_key(shown(server, address)[0])) for address in server.addresses}
    assert len(leaves) == 2
    assert leaves <= set(server.pins)


def test_oversized(lab) -> None:
    """Hundreds of certificates follow the chain."""
    assert SCENARIOS["oversized-chain"].play(lab.cast).filler > 500


@pytest.mark.parametrize("row", SCENARIOS.values(), ids=list(SCENARIOS))
def test_rows_are_complete(row) -> None:
    """Each row says what it proves in one sentence, and what the flaw is called."""
    assert row.proves.endswith(".")
    assert row.flaw
    assert row.hostile is (row.expect is Expect.REFUSE)
    assert row.reference or not row.hostile
