from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from keypin.ct.entry import LogEntry
from keypin.ct.logged import read
from keypin.ct.names import plain, spoken


def said(logged):
    """Return what the certificate of an entry says of itself."""
    certificate = read(LogEntry(0, 0, False, logged.leaf, logged.der)).certificate
    assert certificate is not None
    return spoken(certificate)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a.example", ("a.example",)),
        ("A.Example.", ("a.example",)),
        ("*.a.example", ("*.a.example",)),
        ("https://A.example:8443/path?q=1", ("https", "a.example", "8443", "path", "q", "1")),
        ("mail@a.example", ("mail", "a.example")),
        ("a.example (test)", ("a.example", "test")),
        ("a.example\0.b.example", ("a.example.b.example", "a.example", "b.example")),
        ("\u212aelvin.example", ("\u212aelvin.example",)),
        ("...", ()),
    ],
)
def test_every_word_may_be_a_name(mint, text, names) -> None:
    """In lower case of ASCII, without dots at the ends, and around null bytes."""
    assert tuple(one for one in said(mint.certificate([mint.text(text)])).names if one) == names


@pytest.mark.parametrize("kind", ["UTF8String", "PrintableString", "BMPString", "UniversalString"])
def test_a_string_of_any_type_is_read(mint, kind) -> None:
    """As X.520 allows for a common name."""
    logged = mint.certificate([mint.text("a.example", kind=getattr(mint.types, kind))])
    assert said(logged).names == ("a.example",)


def test_names_stand_in_many_places(mint) -> None:
    """In every attribute of the subject, and in alternative names that are text or names."""
    inner = x509.Name([mint.text("inner.example")])
    names = [
        mint.dns("B.example"),
        x509.RFC822Name("someone@mail.example"),
        x509.UniformResourceIdentifier("https://url.example/"),
        x509.DirectoryName(inner),
        x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
    ]
    logged = mint.certificate([mint.text("ou.example", NameOID.ORGANIZATIONAL_UNIT_NAME)], names)
    found = said(logged)
    wanted = ["ou.example", "b.example", "mail.example", "url.example", "inner.example"]
    assert [name for name in found.names if "." in name] == wanted
    assert found.whole


def test_addresses_and_organisations(mint) -> None:
    """As they are compared."""
    names = [x509.IPAddress(ip_address(one)) for one in ("192.0.2.1", "2001:DB8::1")]
    subject = [mint.organization("Example  GMBH"), mint.text("unit")]
    logged = mint.certificate(subject, names, [mint.organization("Some CA"), mint.text("CA 1")])
    found = said(logged)
    assert found.addresses == ("192.0.2.1", "2001:db8::1")
    assert found.organizations == ("example gmbh",)
    assert found.issuers == ("some ca", "ca 1")


def test_names_in_other_scripts_have_a_labels(mint) -> None:
    """Of common names alone: nowhere else do they stand in letters."""
    found = said(mint.certificate([mint.text("*.B\u00dcCHER.example and x")]))
    assert found.foreign == ("*.xn--bcher-kva.example", "and", "x")
    assert said(mint.certificate([mint.text("\u00fc..example")])).foreign == ()
    assert said(mint.certificate([mint.text("a.example")])).foreign == ()


def test_what_cannot_be_read_is_said(mint) -> None:
    """A subject that is no text, or alternative names that are none."""
    logged = mint.certificate([mint.text("abcdef.example")], [mint.dns("b.example")])
    torn = said(type(logged)(1, logged.der.replace(b"abcdef.example", b"\xff\xffcdef.example")))
    assert (torn.names, torn.whole) == (("b.example",), False)
    torn = said(type(logged)(1, logged.der.replace(b"\x82\x09b.example", b"\x82\x09b.\xffxample")))
    assert (torn.names, torn.whole) == (("abcdef.example",), False)


def test_organisations_are_compared_by_their_letters() -> None:
    """Case, width, and the number of blanks do not matter."""
    assert plain("  Example\t\tStra\u00dfe \uff21\uff27 ") == "example strasse ag"


@given(st.text(max_size=16))
def test_any_text_is_read(mint, text) -> None:
    """Names have no blanks, and no dots at their ends."""
    found = said(mint.certificate([mint.text(text or "x")]))
    assert all(name == name.strip(". ") for name in found.names)
