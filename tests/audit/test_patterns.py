"""What pins and hosts look like."""

import pytest

from keypin.audit.patterns import (
    HOST,
    host_pattern,
    is_evident_host,
    is_known,
    looks_like_host,
    pins_in,
    spelled,
)
from keypin.pins import Of, Pin

KNOWN = "C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="  # ISRG Root X1
PIN = "sha256/" + "B" * 42 + "A="


@pytest.mark.parametrize(
    "text",
    [PIN, PIN.replace("/", "//", 1), f'sha256="{PIN[7:]}', f'sha256=\\"{PIN[7:]}', PIN[7:]],
)
def test_spellings_of_one_pin(text) -> None:
    """OkHttp's, curl's, HPKP's, that one escaped in code, and bare base64."""
    assert spelled(text).pin == Pin.parse(PIN)


def test_a_fingerprint_is_of_a_certificate() -> None:
    """Hex with colons is what Flutter's plugin compares with the whole certificate's digest."""
    found = spelled(":".join(["AB"] * 32)).pin
    assert found is not None
    assert (found.of, found.digest) == (Of.CERTIFICATE, b"\xab" * 32)


def test_what_is_no_pin() -> None:
    """A broken hash is told apart from what merely is malformed."""
    broken = spelled("sha1/mBN/TTGneHe2Hq0yFG+SRt5nMZQ=")
    assert (broken.pin, broken.broken) == (None, True)
    short = spelled("sha256/AAAA")
    assert (short.pin, short.broken) == (None, False)
    assert short.problem == "the digest has 3 bytes"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (PIN, 1),
        (f"{PIN};{PIN}", 2),
        (PIN[7:], 1),
        (f"x{PIN[7:]}", 0),
        ("B" * 44, 0),
        ("hello", 0),
        ("sha256/short", 0),
    ],
)
def test_pins_in_texts_of_code(text, count) -> None:
    """A text may hold several pins with their hash; bare base64 stands alone."""
    assert len(pins_in(text)) == count


def test_known_keys() -> None:
    """A CA's key is known by its bare digest."""
    assert is_known(KNOWN)
    assert not is_known(PIN[7:])


@pytest.mark.parametrize(
    ("text", "shape", "evident"),
    [
        ("api.example.com", True, True),
        ("*.example.com", True, True),
        ("**.example.com", True, True),
        ("API.Example.com.", True, True),
        ("com.example.shop", True, False),
        ("index.html", True, False),
        ("localhost", False, False),
        ("https://example.com", False, False),
        ("a text. another", False, False),
        ("a." * 130 + "com", False, False),
    ],
)
def test_hosts(text, shape, evident) -> None:
    """Names of packages and files have the shape of a host, and are none."""
    assert (looks_like_host(text), is_evident_host(text)) == (shape, evident)


def test_host_patterns() -> None:
    """A pattern that may be pinned is one; a whole public suffix is none."""
    assert str(host_pattern("*.example.com")) == "*.example.com"
    assert host_pattern("*.com") is None


def test_hosts_among_bytes() -> None:
    """A host ends where a name ends, and is not a part of a path or an address."""
    data = b'{"https://api.example.com/v1":1,"a":"b.example.org"} x@mail.example /etc/a.conf'
    assert [match[1] for match in HOST.finditer(data)] == [b"api.example.com", b"b.example.org"]
