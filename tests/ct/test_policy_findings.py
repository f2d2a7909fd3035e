"""What is wrong with SCTs, as findings with an identifier, evidence and a cure."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta

from keypin.ct.policy import CHROME
from keypin.ct.policy_findings import SEVERITIES, findings, unreadable
from keypin.ct.promise import promises_of
from keypin.ct.sct import SctFormatError
from keypin.ct.verdict import judge

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def found(world, *names: str, listed=None, issuer=None, demanded=True):
    """Return the findings of a certificate with SCTs of logs."""
    certificate = world.certificate(*names)
    listed = listed or world.listed()
    promises = promises_of(certificate, listed, issuer=issuer)
    verdicts = judge(promises, certificate, listed, NOW)
    return findings("a.example", certificate, promises, verdicts, demanded=demanded)


def test_nothing_to_say(world) -> None:
    """What every browser accepts has no finding."""
    assert found(world, "sectigo", "encrypt", issuer=world.issuer) == ()


def test_not_accepted(world) -> None:
    """A refusal names the browser, the reasons, and what each SCT was worth."""
    listed = world.listed(static=("sectigo", "encrypt"))
    (one,) = found(world, "sectigo", "encrypt", listed=listed, issuer=world.issuer)
    assert (one.id, one.severity, one.subject) == ("ct-not-accepted", "error", "a.example")
    assert one.message == (
        "Apple does not accept it: all of them are of static logs, and one must be of an RFC 6962 "
        "log"
    )
    assert one.evidence == (
        "sectigo: counts, its log is usable",
        "encrypt: counts, its log is usable",
    )


def test_signatures(world) -> None:
    """A broken signature is an error, a missing issuer a warning, an unknown log a note."""
    said = found(world, "sectigo", "encrypt", listed=world.listed("sectigo"), issuer=world.issuer)
    assert [one.id for one in said] == ["ct-log-unknown", "ct-not-accepted", "ct-not-accepted"]
    assert said[0].message == "1 SCT is of a log that the list does not have"
    assert said[0].evidence == (
        f"log ID {b64encode(world.logs['encrypt'].signer.log_id).decode()}",
    )
    assert said[1].evidence[1].endswith("does not count, the list knows no such log")
    said = found(world, "sectigo", "encrypt")
    assert [one.id for one in said] == ["ct-issuer-missing"]
    assert said[0].message.startswith("its issuer is missing, 'CN=World CA', whose key is in")
    wrong = world.certificate()
    said = found(world, "sectigo", issuer=wrong)
    assert said[0].id == "ct-sct-bad-signature"
    assert said[0].message.startswith("the embedded SCT of sectigo is not by that log")


def test_a_stale_list(world) -> None:
    """An old list is told with its age."""
    listed = world.listed(at=NOW - timedelta(days=90))
    (one,) = found(world, "sectigo", "encrypt", listed=listed, issuer=world.issuer)
    assert (one.id, one.severity) == ("ct-list-stale", SEVERITIES["ct-list-stale"])
    assert one.message.startswith("the log list is 90 days old")
    certificate = world.certificate()
    verdicts = judge((), certificate, listed, NOW, (CHROME,))
    assert str(verdicts) == "not accepted by Chrome"


def test_many_unknown_logs(world) -> None:
    """SCTs of logs that the list lacks are told together, each log with its ID."""
    listed = world.listed("cloudflare")
    unknown, *_ = found(world, "sectigo", "encrypt", listed=listed, issuer=world.issuer)
    assert unknown.message == "2 SCTs are of a log that the list does not have"
    assert len(unknown.evidence) == 2


def test_a_ca_that_is_not_public(world) -> None:
    """Of an organisation's own CA browsers demand no SCTs: what they would say is a note."""
    chrome, apple = found(world, demanded=False)
    assert (chrome.id, chrome.severity) == ("ct-not-accepted", "note")
    assert chrome.message == (
        "Chrome does not accept it: it comes with no SCT; nor does it demand any of a CA that is "
        "not public"
    )
    assert apple.cure == "Nothing, unless the CA is to become a public one."


def test_unreadable() -> None:
    """A list of SCTs that is none is an error that says why."""
    one = unreadable("a.example", SctFormatError("a list of 3 bytes", expected="a list of SCTs"))
    assert (one.id, one.severity) == ("ct-sct-unreadable", SEVERITIES["ct-sct-unreadable"])
    assert one.message == (
        "a list of SCTs cannot be read: a list of 3 bytes; expected a list of SCTs"
    )
