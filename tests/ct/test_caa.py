"""CAA by RFC 8659 and RFC 8657: whom a record set allows, and when that cannot be told."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.ct.caa import (
    NotKnown,
    Permit,
    Record,
    RecordSet,
    Word,
    climb,
    identifiers_of,
    operators_of,
    rule,
)
from keypin.ct.caa_names import IDENTIFIERS, ORGANIZATIONS

OURS = identifiers_of("Let's Encrypt")


def said(*records: str, name: str = "a.shop.example", identifiers=OURS) -> tuple[str, str]:
    """Return what records, written as in a zone, say of an issuer."""
    rows = (re.fullmatch(r"(\d+) (\S+) (.*)", one) for one in records)
    found = RecordSet("shop.example", tuple(Record(int(one[1]), one[2], one[3]) for one in rows))
    ruling = rule(name, found, identifiers)
    assert (ruling.name, ruling.records) == (name, found)
    return ruling.word.value, ruling.why


def test_no_records_allow_everybody() -> None:
    """RFC 8659 section 3: without a record set, any CA may issue."""
    assert said() == ("allowed", "no record restricts it")
    assert said("0 iodef mailto:a@shop.example") == ("allowed", "no record restricts it")


def test_the_issuer_is_named() -> None:
    """One record that names it is enough, in any case of letters."""
    assert said("0 issue sectigo.com", "0 ISSUE LetsEncrypt.org") == (
        "allowed",
        "it allows letsencrypt.org",
    )


def test_another_issuer_is_named() -> None:
    """Whoever is not named may not issue."""
    assert said("0 issue sectigo.com", "0 issue pki.goog") == (
        "forbidden",
        "it allows pki.goog and sectigo.com alone",
    )


@pytest.mark.parametrize("value", [";", "", " ; ", "%%%%%", "letsencrypt.org; =x", "a..b", "a b"])
def test_nobody_is_named(value: str) -> None:
    """A semicolon forbids every CA, and so does what is malformed (RFC 8659 section 4.2)."""
    assert said(f"0 issue {value}") == ("forbidden", "it allows no CA")
    assert said(f"0 issue {value}", identifiers=()) == ("forbidden", "it allows no CA")


def test_wildcards_have_records_of_their_own() -> None:
    """`issuewild` decides for wildcards, where there is one; `issue` for all else."""
    both = ("0 issue letsencrypt.org", "0 issuewild pki.goog")
    assert said(*both)[0] == "allowed"
    assert said(*both, name="*.shop.example") == ("forbidden", "it allows pki.goog alone")
    assert said("0 issue letsencrypt.org", name="*.shop.example")[0] == "allowed"
    assert said("0 issuewild ;") == ("allowed", "no record restricts it")


def test_a_critical_property_that_nobody_knows() -> None:
    """A CA that does not know a critical tag must not issue; nobody knows an unregistered one."""
    allowed = "0 issue letsencrypt.org"
    assert said("128 tbs Unknown", allowed) == (
        "forbidden",
        "no CA knows its critical property tbs",
    )
    assert said("0 tbs Unknown", allowed)[0] == "allowed"
    assert said("128 issuemail ;", allowed)[0] == "allowed"
    assert said("128 issue letsencrypt.org")[0] == "allowed"


def test_an_account_is_not_in_a_certificate() -> None:
    """RFC 8657: whether the account or the validation was the right one cannot be told."""
    bound = (
        "0 issue letsencrypt.org; accounturi=https://acme.example/1 ; validationmethods=dns-01",
        "0 issue letsencrypt.org; validationmethods=http-01;accounturi=https://acme.example/2",
    )
    assert said(*bound) == (
        "not-told",
        "it allows letsencrypt.org with a certain accounturi and validationmethods, which a "
        "certificate does not tell",
    )
    assert said(*bound, "0 issue letsencrypt.org; policy=ev")[0] == "allowed"
    assert said(*bound, identifiers={"pki.goog"})[0] == "forbidden"


def test_an_issuer_without_known_names_is_never_a_violation() -> None:
    """Who is not in the table may be meant by any name."""
    assert said("0 issue ca.example", identifiers=identifiers_of("Some CA")) == (
        "not-told",
        "by which names the issuer is meant in CAA records is not known",
    )
    assert said(identifiers=())[0] == "allowed"


def test_what_could_not_be_looked_up_is_not_told() -> None:
    """The reason is passed on."""
    ruling = rule("a.example", NotKnown("the name server did not answer"), OURS)
    assert (ruling.word, ruling.why) == (Word.NOT_TOLD, "the name server did not answer")
    assert ruling.records == RecordSet()


def test_parameters_are_read_as_the_grammar_says() -> None:
    """Blanks and tabs around, names in any case, values of printable characters."""
    assert Permit.parse("\tCA.example ;\tA = 1;b-2=x=y ") == Permit(
        "ca.example", (("a", "1"), ("b-2", "x=y"))
    )
    assert Permit.parse("ca.example;").parameters == ()
    assert Permit.parse("; accounturi=x") == Permit("", (("accounturi", "x"),))
    for broken in ("ca.example; a", "ca.example; a=1;", "ca.example; a=\u00e9", "-a.example"):
        assert Permit.parse(broken) == Permit("")


def test_the_climb_goes_to_the_top_level() -> None:
    """RFC 8659 section 3: each name above, without the root; a wildcard begins below its star."""
    assert climb("a.b.example") == ("a.b.example", "b.example", "example")
    assert climb("*.b.example") == ("b.example", "example")


def test_an_issuer_is_found_by_its_organisation() -> None:
    """Marks and case do not matter; a reseller may be run by several."""
    assert identifiers_of("letS ENCRYPT") == frozenset()
    assert identifiers_of("LET'S ENCRYPT") == {"letsencrypt.org"}
    assert operators_of("DigiCert Inc") == operators_of("DIGICERT, INC.") == ("DigiCert",)
    assert identifiers_of("ZeroSSL") >= {"zerossl.com", "sectigo.com"}
    assert identifiers_of(None) == frozenset()


def test_the_table_is_whole() -> None:
    """Each operator is there once, with a source, and its names in the form of the records."""
    operators = [operator for operator, _, _ in IDENTIFIERS]
    assert len(operators) == len(set(operators))
    assert {one for _, behind in ORGANIZATIONS for one in behind} == set(operators)
    assert all(source and names for _, names, source in IDENTIFIERS)
    for _, names, _ in IDENTIFIERS:
        assert [Permit.parse(name).issuer for name in names] == list(names)


def test_a_record_is_written_as_in_a_zone() -> None:
    """Flags, tag and quoted value."""
    assert str(Record(128, "issue", ";")) == '128 issue ";"'


@given(st.integers(0, 255), st.text(), st.text())
def test_any_record_is_ruled_on(flags: int, tag: str, value: str) -> None:
    """Whatever stands in the DNS, there is an answer; and none but a permit allows."""
    word, _ = said_of(Record(flags, tag, value))
    if Permit.parse(value).issuer != "letsencrypt.org" and tag.lower() == "issue":
        assert word is Word.FORBIDDEN


def said_of(record: Record) -> tuple[Word, str]:
    """Return what one record says."""
    ruling = rule("a.example", RecordSet("a.example", (record,)), OURS)
    return ruling.word, ruling.why
