"""stunnel's certificates, read alone."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.certs import load_certificates
from keypin.errors import FormatError, InputError
from keypin.formats import LossError, detect, form
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin

STUNNEL = form("stunnel")


def _pem(lab, *names: str) -> str:
    return lab.cast.leaf("active", hosts=names).pem.decode()


def test_certificates(lab) -> None:
    """Each is a pin of the name in it; one without a name is for the host that is given."""
    one, two, bare = _pem(lab, "a.example"), _pem(lab, "a.example"), _pem(lab, "192.0.2.1")
    text = f"; peers\n{one}{two}{bare}"
    reading = STUNNEL.loads(text, name="peers.pem")
    (policy,) = reading.pin_set.policies
    assert str(policy.host) == "a.example"
    certificates = load_certificates((one + two).encode())
    assert [entry.pin for entry in policy.pins] == [
        Pin.of_certificate(certificate, position="leaf") for certificate in certificates
    ]
    assert policy.pins[0].place.line == 2
    assert [one.id for one in reading.findings] == ["code-not-followed"]
    assert len(STUNNEL.loads(text, host="b.example").pin_set.policies) == 2
    assert detect(one, "stunnel-peers.pem") is STUNNEL


def test_a_configuration(lab) -> None:
    """What it refers to is told, and where it does not pin."""
    text = "[clients]\nverifyChain = yes\nCAfile = /etc/peers.pem\n"
    reading = STUNNEL.loads(text + _pem(lab, "a.example"), name="x")
    assert [f"{one.place.line} {one.id} {one.subject}" for one in reading.findings] == [
        "2 stunnel-verify-chain verifyChain",
        "3 code-not-followed /etc/peers.pem",
    ]
    for pinning in ("verifyPeer = yes\n", "verify = 4\n"):
        more = STUNNEL.loads(pinning + text + _pem(lab, "a.example")).findings
        assert [one.id for one in more] == ["code-not-followed"]
    assert detect(text, "x") is STUNNEL
    assert detect("", "/etc/stunnel/stunnel.conf") is STUNNEL
    with pytest.raises(FormatError, match="no pins; expected certificates in PEM"):
        STUNNEL.loads(text, name="x")


def test_a_damaged_certificate() -> None:
    """It is refused with its line."""
    text = "\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    with pytest.raises(InputError) as caught:
        STUNNEL.loads(text, name="x")
    assert str(caught.value).startswith("x:2: not a readable certificate")


def test_it_is_never_written() -> None:
    """No digest gives a certificate back."""
    pins = (PolicyPin(Pin(bytes(32), of="certificate", position="leaf")),)
    pin_set = PinSet([Policy(host=HostPattern("a.example"), pins=pins, no_backup="x")])
    with pytest.raises(LossError) as caught:
        STUNNEL.dumps(pin_set)
    assert "which no digest gives back; give it the certificates themselves" in str(caught.value)
    with pytest.raises(FormatError, match=r"digests of a\.example; expected the certificates"):
        STUNNEL.write(pin_set)


@given(st.text("verifyPeer = CAfile-BEGIN\n"))
def test_any_text(text: str) -> None:
    """Nothing but our own error comes out of any text."""
    with contextlib.suppress(InputError):
        STUNNEL.loads(text)
