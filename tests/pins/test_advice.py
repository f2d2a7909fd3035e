import dataclasses

import pytest

from keypin.certs.verified import VerifiedChain
from keypin.findings import Finding, Severity
from keypin.pins.advice import Target, Verdict, advise
from keypin.pins.ca_facts import BY_NAME
from keypin.pins.pin import Pin
from keypin.pins.policy import Role
from keypin.pins.situation import (
    Authority,
    Client,
    Exposure,
    Platform,
    Renewal,
    Reserve,
    Server,
    Situation,
    Stakes,
    Updates,
)

IDEAL = Situation(
    client=Client.MINE,
    server=Server.MINE,
    platform=Platform.MOBILE,
    updates=Updates.WEEKS,
    authority=Authority.PUBLIC,
    renewal=Renewal.SAME_KEY,
    reserve=Reserve.OFFLINE_KEY,
    exposure=Exposure.PUBLIC,
    stakes=Stakes.HIGH,
)


def but(**changes: object) -> Situation:
    """Return the ideal situation with some answers changed."""
    return dataclasses.replace(IDEAL, **changes)


def finding(name: str) -> Finding:
    """Return a finding of diagnose."""
    return Finding(id=name, severity=Severity.NOTE, subject="a.test", message="m", cure="c")


def test_both_ends_ones_own_with_a_backup_pin_the_servers_key(root) -> None:
    """The textbook case: leaf key, offline backup, no CA can be used against you."""
    chain = root.chain("api.example.com")
    advice = advise(IDEAL, chain)
    assert (advice.verdict, advice.target) == (Verdict.PIN, Target.LEAF)
    assert advice.pins == (Pin.of_key(chain.leaf),)
    assert advice.proposals[0].role is Role.ACTIVE
    assert advice.steps[0].startswith("Make a second key on a machine without a network")
    assert advice.backup.startswith(advice.steps[0])
    assert advice.reasons[0].startswith("You control both ends")
    assert advice.open == ()
    assert "Roll out in report mode first" in advice.cautions[0]
    assert any("Set an expiry" in caution for caution in advice.cautions)


@pytest.mark.parametrize(
    ("situation", "reason"),
    [
        (but(platform=Platform.BROWSER), "Browsers do not pin"),
        (but(server=Server.THIRD_PARTY), "The server is a third party's"),
        (but(client=Client.OTHERS), "The clients are others'"),
        (but(updates=Updates.NEVER), "Clients that cannot be updated outlive"),
        (but(renewal=Renewal.MANAGED), "Whoever manages the certificate"),
        (but(server=Server.PROVIDER, renewal=None), "A CDN or platform holds the key"),
        (but(stakes=Stakes.ORDINARY), "For ordinary stakes"),
    ],
)
def test_where_not_to_pin(situation, reason, root) -> None:
    """Each refusal says why, and proposes no pin."""
    advice = advise(situation, root.chain("api.example.com"))
    assert (advice.verdict, advice.target) == (Verdict.DO_NOT, None)
    assert advice.reasons[0].startswith(reason)
    assert (advice.proposals, advice.backup, advice.cautions) == ((), "", ())


def test_a_ca_of_ones_own_is_pinned_at_its_root(root) -> None:
    """Even in a device that is never updated: nobody else can change that key."""
    chain = root.chain("hub.example.com")
    private = but(authority=Authority.PRIVATE, platform=Platform.DEVICE, updates=Updates.NEVER)
    advice = advise(private, chain)
    assert (advice.verdict, advice.target) == (Verdict.PIN, Target.ROOT)
    assert advice.pins == (Pin.of_key(chain.root),)
    assert advice.steps[0].startswith("Make a second root key")


def test_a_new_key_at_each_renewal_leaves_the_roots(root, public_root) -> None:
    """All roots of the CA, and those of a second one as backup."""
    one = BY_NAME["ISRG Root X1"].pin
    chain = VerifiedChain.from_verifier((root.leaf("api.example.com"), public_root[one]))
    advice = advise(but(renewal=Renewal.NEW_KEY), chain)
    assert (advice.verdict, advice.target) == (Verdict.WITH_CARE, Target.ROOT)
    roles = {proposal.why.split(", ")[-1]: proposal.role for proposal in advice.proposals[1:]}
    assert roles == {"Let's Encrypt": Role.ACTIVE, "Google Trust Services": Role.BACKUP}
    assert Pin.parse(BY_NAME["Root YR"].pin) in advice.pins
    assert len(advice.pins) == len(set(advice.pins))
    assert advice.steps[0].startswith("Choose a second CA")


def test_pins_are_proposed_for_every_chain_of_the_host(root) -> None:
    """An RSA and an ECDSA certificate are two keys; a root that both share is one."""
    ecdsa, rsa = root.chain("api.example.com"), root.chain("api.example.com")
    leaves = advise(IDEAL, ecdsa, also=(rsa, ecdsa))
    assert leaves.pins == (Pin.of_key(ecdsa.leaf), Pin.of_key(rsa.leaf))
    roots = advise(but(authority=Authority.PRIVATE), ecdsa, also=(rsa,))
    assert roots.pins == (Pin.of_key(root.certificate),)


def test_a_key_of_ones_own_at_a_provider_may_be_pinned() -> None:
    """The provider terminates TLS with the key that was uploaded."""
    assert advise(but(server=Server.PROVIDER)).verdict is Verdict.PIN


def test_without_a_backup_key_care_comes_first() -> None:
    """The way to the backup is in the advice."""
    advice = advise(but(reserve=Reserve.NONE))
    assert (advice.verdict, advice.target) == (Verdict.WITH_CARE, Target.LEAF)
    assert advice.reasons[0].startswith("There is no backup key: make one first")
    assert advice.proposals == ()


def test_what_is_unknown_is_told_with_what_it_would_change() -> None:
    """Each unknown answer is tried; those that change nothing are left out."""
    advice = advise(Situation())
    assert advice.verdict is Verdict.WITH_CARE
    questions = {item.key: item for item in advice.open}
    assert questions["server"].effects == (
        "provider (a CDN or hosting platform, for us): do-not-pin",
        "third-party (another company: it is their service): do-not-pin",
    )
    assert "private (our own): pin, root" in questions["authority"].effects
    assert "exposure" not in questions


def test_one_missing_answer_may_decide() -> None:
    """All is right but for the renewal, which nobody knows."""
    (question,) = advise(but(renewal=None)).open
    assert question.question == "What does a renewal do to the server's key?"
    assert question.effects[0] == "same-key (it keeps the key): pin, leaf"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("intercepting-proxy", "An intercepting proxy answers here"),
        ("captive-portal", "A captive portal answers here"),
        ("clock-error", "This machine's clock seems wrong"),
        ("self-signed", "The certificate is self-signed"),
        ("name-mismatch", "The certificate is not for this host"),
        ("certificate-expired", "The certificate has expired"),
        ("verification-failed", "The chain does not verify"),
    ],
)
def test_what_is_not_the_server_is_never_pinned(name, reason, root) -> None:
    """However good the situation: this chain is not the one to pin."""
    advice = advise(IDEAL, root.chain("api.example.com"), [finding(name)])
    assert (advice.verdict, advice.target, advice.proposals) == (Verdict.DO_NOT, None, ())
    assert advice.reasons[0].startswith(reason)
    assert advice.open == ()


def test_observed_facts_answer_open_questions(root, public_root) -> None:
    """A CDN's marks, a private root and a public one say what was not asked."""
    cdn = advise(but(server=None, renewal=None), None, [finding("hosting-service")])
    assert cdn.reasons[0].startswith("A CDN or platform holds the key")
    private = advise(but(authority=None), root.chain("a.test"), [finding("private-root")])
    assert private.target is Target.ROOT
    assert "make sure that it is your CA's" in private.cautions[1]
    one = public_root[BY_NAME["ISRG Root X1"].pin]
    public = advise(but(authority=None), VerifiedChain.from_verifier((root.leaf("a.test"), one)))
    assert (public.target, public.open) == (Target.LEAF, ())
    unknown = advise(but(authority=None), root.chain("a.test"))
    assert [item.key for item in unknown.open] == ["authority"]


def test_a_given_answer_beats_what_was_observed() -> None:
    """The user knows better whose key it is."""
    assert advise(IDEAL, None, [finding("hosting-service")]).verdict is Verdict.PIN


def test_cautions_follow_from_what_was_seen() -> None:
    """Key types, addresses and the internal host under a public CA."""
    found = [finding("key-types-differ"), finding("addresses-differ")]
    advice = advise(but(exposure=Exposure.INTERNAL, updates=Updates.DAYS), None, found)
    text = " ".join(advice.cautions)
    assert "An internal host needs no public CA" in text
    assert "pin the keys of both" in text
    assert "The addresses show different keys" in text
    assert "Ship the pin of the next key" not in text


def test_a_service_is_not_told_of_rooted_devices() -> None:
    """Cautions are for the platform at hand."""
    advice = advise(but(platform=Platform.SERVICE))
    assert not any("rooted" in caution for caution in advice.cautions)
