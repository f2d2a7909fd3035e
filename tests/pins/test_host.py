"""A host has one form, and a pattern covers whole labels: the bypasses of the field, one by one."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import HostError
from keypin.pins.host import HostPattern, canonical_host


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("example.com", "example.com"),
        ("EXAMPLE.Com", "example.com"),
        ("example.com.", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example.", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("example\uff0ecom", "example.com"),
        ("example\u3002com", "example.com"),
        ("\u24d4xample.com", "example.com"),
        ("_dmarc.example.com", "_dmarc.example.com"),
        ("localhost", "localhost"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
    ],
)
def test_one_form(spelling: str, canonical: str) -> None:
    """Every spelling of a host has the same form, and that form is its own."""
    form = canonical_host(spelling)
    if ":" in canonical:
        assert ip_address(form) == ip_address(canonical)
    else:
        assert form == canonical
    assert canonical_host(form) == form


@pytest.mark.parametrize(
    ("spelling", "complaint"),
    [
        ("", "the host is empty; expected a name or an IP address"),
        ("a" * 1025, "a host of 1025 characters; expected 253 characters at most"),
        ("a." * 127 + "a", "a name of 255 characters; expected 253 at most"),
        ("https://example.com", "a URL or path in 'https://example.com'; expected a host; write "
         "the host alone"),
        ("user@example.com", "user information in 'user@example.com'; expected a host; write the "
         "host alone"),
        ("example.com\\@evil.test", "a backslash in"),
        ("example%2ecom", "a percent sign or zone in 'example%2ecom'"),
        ("fe80::1%eth0", "a percent sign or zone in 'fe80::1%eth0'"),
        ("[2001:db8::1]", "brackets in '[2001:db8::1]'"),
        ("*.example.com", "a wildcard in '*.example.com'"),
        ("example.com:443", "'example.com:443' has a colon; expected a host; write the host "
         "without the port"),
        ("exa mple.com", "the character U+0020 at place 4 of 'exa mple.com'"),
        ("example.com\0.evil.test", "the character U+0000 at place 12"),
        ("example.com\n", "the character U+000A at place 12"),
        ("example.com..", "an empty label in 'example.com..'; expected a name with at most one "
         "trailing dot"),
        (".example.com", "an empty label in '.example.com'"),
        ("a..b", "an empty label in 'a..b'"),
        (".", "an empty label in '.'"),
        ("a" * 64 + ".com", "a label of 64 characters"),
        ("-a.com", "the label '-a' in '-a.com'"),
        ("127.1", "'127.1' ends in a number, which some clients read as an IPv4 address"),
        ("0x7f000001", "'0x7f000001' ends in a number"),
        ("2130706433", "'2130706433' ends in a number"),
        ("010.0.0.1", "'010.0.0.1' ends in a number"),
        ("\u0661.com", "is no internationalised name"),
    ],
)  # fmt: skip
def test_no_form(spelling: str, complaint: str) -> None:
    """What has no one form is refused rather than compared."""
    with pytest.raises(HostError) as caught:
        canonical_host(spelling)
    assert str(caught.value).startswith(complaint) or complaint in str(caught.value)


@given(text=st.text(max_size=300))
def test_any_text(text: str) -> None:
    """Any text has one form or is a HostError, and the form is stable."""
    try:
        form = canonical_host(text)
    except HostError:
        return
    assert canonical_host(form) == form


@pytest.mark.parametrize(
    ("pattern", "covered", "not_covered"),
    [
        (
            "example.com",
            ["example.com", "EXAMPLE.com."],
            ["api.example.com", "evilexample.com", "com"],
        ),
        (
            "*.example.com",
            ["api.example.com", "API.Example.com."],
            ["example.com", "a.b.example.com", "evilexample.com"],
        ),
        (
            "**.example.com",
            ["example.com", "api.example.com", "a.b.example.com"],
            ["evilexample.com", "example.com.evil.test", "com"],
        ),
        ("192.0.2.1", ["192.0.2.1"], ["192.0.2.10", "1.192.0.2.1.test"]),
        ("2001:db8::1", ["2001:DB8:0:0::1"], ["2001:db8::2"]),
        ("**.bücher.example", ["a.xn--bcher-kva.example"], ["bucher.example"]),
    ],
)
def test_covers_whole_labels(pattern: str, covered: list[str], not_covered: list[str]) -> None:
    """A pattern covers what it says and nothing that merely ends alike."""
    parsed = HostPattern.parse(pattern)
    assert all(parsed.matches(host) for host in covered)
    assert not any(parsed.matches(host) for host in not_covered)
    assert HostPattern.parse(str(parsed)) == parsed


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("**.com", "'com' is a public suffix: everybody registers names below it; expected a name "
         "that is yours; write **.NAME.com"),
        ("*.co.uk", "'co.uk' is a public suffix"),
        ("**.github.io", "'github.io' is a public suffix"),
        ("**.internal", "'**.internal' covers a whole top-level domain"),
        ("*.192.0.2.1", "the wildcard of '*.192.0.2.1'; expected an IP address alone"),
        ("a.*.example.com", "the wildcard in 'a.*.example.com'"),
        ("***.example.com", "the wildcard in '***.example.com'"),
        ("*", "the wildcard in '*'"),
        ("https://example.com", "a URL or path"),
    ],
)  # fmt: skip
def test_refused_patterns(pattern: str, complaint: str) -> None:
    """A pattern that covers strangers, or that nobody agrees on, is refused."""
    with pytest.raises(HostError) as caught:
        HostPattern.parse(pattern)
    assert complaint in str(caught.value)


@pytest.mark.parametrize("pattern", ["co.uk", "github.io", "**.me.github.io", "**.localhost"])
def test_allowed_patterns(pattern: str) -> None:
    """A suffix itself may be pinned as a host, and one's own name below it with subdomains."""
    assert str(HostPattern.parse(pattern)) == pattern


def test_only_canonical_values_exist() -> None:
    """A pattern cannot be built around the parser."""
    with pytest.raises(HostError, match="is not canonical"):
        HostPattern("Example.com")
    with pytest.raises(HostError, match="is not canonical"):
        HostPattern("example.com", "?")


def test_specificity() -> None:
    """The host alone, then longer names, then one label before any number."""
    order = [
        "a.b.example.com",
        "*.b.example.com",
        "**.b.example.com",
        "*.example.com",
        "**.example.com",
    ]
    patterns = [HostPattern.parse(text) for text in order]
    ranked = sorted(patterns, key=lambda pattern: pattern.specificity, reverse=True)
    assert ranked == patterns
