"""nginx's client certificates."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import InputError
from keypin.formats import detect, form
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin, Role

A, B = (Pin(bytes([byte]) * 32, of="certificate", position="leaf") for byte in (0xAB, 2))
NGINX = form("nginx")
HEX = {pin: pin.digest.hex() for pin in (A, B)}


def test_what_is_written() -> None:
    """A map from digests to clients, large enough for its keys."""
    pins = (PolicyPin(A), PolicyPin(B, Role.BACKUP))
    policy = Policy(host=HostPattern("till.example"), pins=pins, comment="the till")
    text = NGINX.dumps(PinSet([policy]))
    assert text == (
        '# Pins.\n# In the server: ssl_verify_client on; if ($pinned_client = "") { return 403; }\n'
        "js_import keypin from keypin.js;\njs_set $client_sha256 keypin.sha256;\n"
        "map_hash_bucket_size 128;\nmap_hash_max_size 2048;\n"
        'map $client_sha256 $pinned_client {\n    default "";\n\n    # the till\n'
        f"    {HEX[A]} till.example;\n    {HEX[B]} till.example; # backup\n}}\n"
    )
    assert detect(text, "x") is NGINX
    many = [Policy(host=HostPattern(f"h{n}.example"), pins=pins) for n in range(2000)]
    assert "map_hash_max_size 8192;" in NGINX.dumps(PinSet(many))


CONFIG = f"""\
map $client_digest $who {{
    # the till
    "{HEX[A].upper()}" till.example; {HEX[B]} 'till.example';
    {"ab" * 20} old.example;
    {HEX[B]} 1;
}}
if ($ssl_client_fingerprint != "{"cd" * 20}") {{ return 403; }}
"""


def test_a_configuration_as_people_write_it() -> None:
    """Quotes and capitals are the map's; SHA-1 is told; a value that is no name names nobody."""
    reading = NGINX.loads(CONFIG, name="nginx.conf")
    (policy,) = reading.pin_set.policies
    assert (str(policy.host), policy.comment) == ("till.example", "the till")
    assert [entry.pin for entry in policy.pins] == [A, B]
    assert [f"{one.place.line} {one.id} {one.subject}" for one in reading.findings] == [
        f"4 sha1-pin {'ab' * 20}",
        f"5 code-not-followed {HEX[B]}",
        f"7 sha1-pin {'cd' * 20}",
    ]
    assert len(NGINX.loads(CONFIG, host="desk.example").pin_set.policies) == 2


def test_fingerprints_alone() -> None:
    """Nginx's own variable is SHA-1, which is no pin."""
    text = f'if ($ssl_client_fingerprint = "{"cd" * 20}") {{}}\n'
    assert detect(text, "x") is NGINX
    with pytest.raises(InputError, match="x:1: SHA-1 fingerprints alone; expected a map from"):
        NGINX.loads(text, name="x")


@given(st.text("map $a{};\"'0.1e# \n"))
def test_any_text(text: str) -> None:
    """Nothing but our own error comes out of any text."""
    with contextlib.suppress(InputError):
        NGINX.loads(text)
