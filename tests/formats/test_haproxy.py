"""HAProxy's client certificates."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import InputError
from keypin.formats import LossError, detect, form
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin, Role

A, B = (Pin(bytes([byte]) * 32, of="certificate", position="leaf") for byte in (0xAB, 2))
HAPROXY = form("haproxy")
HEX = {pin: pin.digest.hex().upper() for pin in (A, B)}


def test_what_is_written() -> None:
    """A rule a digest that names the client, and the refusal of the nameless."""
    pins = (PolicyPin(A), PolicyPin(B, Role.BACKUP, "in the safe"))
    policy = Policy(host=HostPattern("till.example"), pins=pins, comment="the till")
    text = HAPROXY.dumps(PinSet([policy], "shop"))
    rule = "http-request set-var(txn.client) str(till.example) if { var(txn.client_pin) -m str "
    assert text == (
        "# Pins of shop.\n"
        "# In a frontend whose bind line says: ssl crt FILE ca-file FILE verify required\n"
        "http-request set-var(txn.client_pin) ssl_c_der,sha2(256),hex\n\n# the till\n"
        f"{rule}{HEX[A]} }}\n{rule}{HEX[B]} }} # backup: in the safe\n\n"
        "http-request deny deny_status 403 unless { var(txn.client) -m found }\n"
    )
    assert detect(text, "x") is HAPROXY


def test_keys_are_refused() -> None:
    """HAProxy has no digest of the key."""
    pins = (PolicyPin(Pin(bytes(32), position="leaf")), PolicyPin(A))
    with pytest.raises(LossError, match="it does not compare the key"):
        HAPROXY.dumps(PinSet([Policy(host=HostPattern("a.example"), pins=pins)]))


CONFIG = f"""\
frontend clients
    mode http
    bind :443 ssl crt /etc/s.pem ca-file /etc/ca.pem verify optional
    # the till
    acl till.example ssl_c_der,sha2(256),hex -m str {HEX[A]} {HEX[B]} # both

    acl office.example ssl_c_der,sha2(256),hex -i {HEX[A].lower()}
    acl known ssl_c_sha1,hex {"AB" * 20}
    acl small.example ssl_c_der,sha2(256),hex {HEX[A].lower()}
    acl others ssl_c_der,sha2(256),hex -f /etc/digests
    http-request deny unless {{ ssl_c_der,sha2(256),hex {HEX[B]} }}
    http-request set-header X %[ssl_c_der,sha2(256),hex,map_str(/etc/m)]
    use_backend x if {{ str({HEX[A]}) -m found }}
"""


def test_a_configuration_as_people_write_it() -> None:
    """Names of acls are clients if they are hosts; everything else is told."""
    reading = HAPROXY.loads(CONFIG, name="haproxy.cfg")
    first, second = reading.pin_set.policies
    assert (str(first.host), first.comment, first.place.line) == ("till.example", "the till", 5)
    assert [entry.pin for entry in first.pins] == [A, B]
    assert (str(second.host), [entry.pin for entry in second.pins]) == ("office.example", [A])
    assert [
        f"{one.place.line} {one.id} {one.subject}: {one.message.partition('. ')[0]}"
        for one in reading.findings
    ] == [
        "3 haproxy-verify :443: the bind line says verify optional",
        f"8 sha1-pin {'AB' * 20}: the certificate is told by its SHA-1 fingerprint",
        f"9 haproxy-dead-digest {HEX[A].lower()}: the digest has small letters",
        "10 code-not-followed /etc/digests: the digests are in another file",
        f"11 code-not-followed {HEX[B]}: the digest stands beside no client's name",
        "12 code-not-followed /etc/m: the digests are in another file",
    ]
    assert len(HAPROXY.loads(CONFIG, host="desk.example").pin_set.policies) == 3


@given(st.text("acl str().ssl_c_der,sha2(256)hex0A#{} \n"))
def test_any_text(text: str) -> None:
    """Nothing but our own error comes out of any text."""
    with contextlib.suppress(InputError):
        HAPROXY.loads(text)
