"""`keypin explain`: which policy decides for a host, in a shape that scripts rely on."""

import json

import pytest

PIN = "sha256/a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s="
BACKUP = "sha256/1HNeOiZeFu7gP1lxi5tdAwGcB9i2xR+Q2jpmbuwTqzU="


@pytest.fixture
def pins(tmp_path):
    """Return a pins.toml with a policy for a name and its subdomains, expiring in 2027."""
    file = tmp_path / "pins.toml"
    file.write_text(
        f'version = 1\n[[policy]]\nhost = "**.example.com"\npins = ["{PIN}"]\n'
        f'backup_pins = ["{BACKUP}"]\nexpires = 2027-06-01\n'
    )
    return file


def explain(keypin, pins, *arguments: str):
    """Return the JSON answer."""
    ran = keypin("explain", "--pins", pins, *arguments, "--json")
    assert ran.code == 0
    return json.loads(ran.out)


def test_pinned(keypin, pins) -> None:
    """A host that is covered: the policy, its pins, and that they are enforced."""
    answer = explain(keypin, pins, "API.example.com.", "--at", "2026-12-01")
    assert answer == {
        "schema": "keypin/explain/1",
        "host": "api.example.com",
        "outcome": "pinned",
        "policy": "**.example.com",
        "pins": [PIN, BACKUP],
        "enforced": True,
        "expires": "2027-06-01T00:00:00Z",
        "reason": "**.example.com covers this host; it is enforced",
    }


def test_expired(keypin, pins) -> None:
    """From its expiry on, to the second, the policy only reports, unless it says otherwise."""
    before = explain(keypin, pins, "example.com", "--at", "2027-05-31T23:59:59Z")
    after = explain(keypin, pins, "example.com", "--at", "2027-06-01")
    assert (before["enforced"], after["enforced"]) == (True, False)
    assert "it expired on 2027-06-01 and only reports mismatches since" in after["reason"]


def test_not_pinned(keypin, pins) -> None:
    """A host that is not covered is its own outcome."""
    answer = explain(keypin, pins, "example.org")
    assert (answer["outcome"], answer["policy"], answer["pins"]) == ("not-pinned", None, [])


def test_text(keypin, pins) -> None:
    """For a person it is a sentence and the pins."""
    ran = keypin("explain", "--pins", pins, "example.com", "--at", "2026-12-01")
    assert ran.out.splitlines() == [
        "example.com: pinned",
        "  **.example.com covers this host; it is enforced",
        f"  {PIN}",
        f"  {BACKUP}",
    ]


def test_bad_pins(keypin, tmp_path) -> None:
    """A malformed pin is named with file, line and key."""
    file = tmp_path / "pins.toml"
    file.write_text('version = 1\n[[policy]]\nhost = "example.com"\npins = ["sha256/abc"]\n')
    ran = keypin("explain", "--pins", file, "example.com")
    assert ran.code == 2
    assert f"{file}:4: policy[0].pins[0]: " in ran.err


def test_not_utf8(keypin, tmp_path) -> None:
    """A file that is no text is refused by byte and line."""
    file = tmp_path / "pins.toml"
    file.write_bytes(b"version = 1\n\xff\n")
    ran = keypin("explain", "--pins", file, "example.com")
    assert ran.err.startswith(f"keypin: {file}:2: byte 13 is not UTF-8")


def test_bad_time(keypin, pins) -> None:
    """A time that is none is refused with the right form."""
    ran = keypin("explain", "--pins", pins, "example.com", "--at", "soon")
    assert ran.code == 2
    assert "2027-03-15" in ran.err
