"""A certificate with all that Certificate Transparency has to say of it."""

from dataclasses import replace

from cryptography import x509

from keypin.certs import Certificate, Endpoint, Handshake, Observation, Stapled, TrustStore, verify
from keypin.cli.transparency import examine, examine_observation, issuer_of
from keypin.ct.log_list import LogList
from keypin.lab.authority import Request, issue, new_key


def seen(transparency, *leaves, stapled: Stapled | None = None) -> Observation:
    """Return an observation in which an endpoint showed certificates, each in a handshake."""
    ca = Certificate.from_der(transparency.ca.der)
    trust = TrustStore((ca,), "the CA")
    shakes = (
        Handshake(
            address="127.0.0.1:443",
            key_type="ecdsa",
            tls_version="TLSv1.3",
            cipher="c",
            presented=(leaf,),
            verified=verify((leaf,), "localhost", trust=trust, at=transparency.now),
            stapled=stapled,
        )
        for leaf in leaves
    )
    endpoint = Endpoint.parse("localhost")
    return Observation(endpoint=endpoint, at=transparency.now, handshakes=tuple(shakes))


def leaf_of(transparency, *names: str) -> Certificate:
    """Return a certificate with SCTs of logs."""
    return Certificate.from_der(transparency.issued(*names).der)


def logs_of(transparency) -> LogList:
    """Return the list of the logs."""
    return LogList.loads(transparency.list.read_bytes())


def sct_list(*scts: bytes) -> bytes:
    """Return a list of SCTs as it is in the TLS extension (RFC 6962 section 3.3)."""
    listed = b"".join(len(one).to_bytes(2, "big") + one for one in scts)
    return len(listed).to_bytes(2, "big") + listed


def test_the_issuer_is_the_one_whose_key_signed(transparency) -> None:
    """Of two CAs of one name the one counts that issued; a stranger never does."""
    other = issue(Request(name="A CA", key=new_key("ecdsa"), ca=True), transparency.now)
    ca, twin = Certificate.from_der(transparency.ca.der), Certificate.from_der(other.der)
    leaf = leaf_of(transparency, "alpha")
    assert issuer_of(leaf, (leaf, twin, ca)) is ca
    assert issuer_of(leaf, (leaf, twin)) is None


def test_the_issuer_is_in_the_verified_chain(transparency) -> None:
    """A server that sends its own certificate alone is judged nevertheless."""
    observation = seen(transparency, leaf_of(transparency, "alpha", "beta"))
    [one] = examine_observation(observation, (), logs_of(transparency), transparency.now)
    assert str(one.verdicts) == "accepted by Chrome and Apple"
    assert one.subject == "localhost:443"


def test_each_certificate_once(transparency) -> None:
    """What several addresses show alike is said once."""
    first, second = leaf_of(transparency, "alpha", "beta"), leaf_of(transparency, "alpha")
    observation = seen(transparency, first, second, first)
    found = examine_observation(observation, (), logs_of(transparency), transparency.now)
    assert [one.certificate for one in found] == [first, second]


def test_scts_of_the_handshake(transparency) -> None:
    """SCTs of the TLS extension count beside those in the certificate."""
    leaf = leaf_of(transparency)
    chain = [leaf.der, transparency.ca.der]
    scts = [transparency.logs[name].add(chain, transparency.now) for name in ("alpha", "beta")]
    observation = seen(transparency, leaf, stapled=Stapled(scts=sct_list(*scts)))
    [one] = examine_observation(observation, (), logs_of(transparency), transparency.now)
    assert [promise.delivery for promise in one.promises] == ["tls", "tls"]
    assert str(one.verdicts) == "accepted by Chrome and Apple"


def test_a_list_of_scts_that_is_none(transparency) -> None:
    """A server that sends nonsense is told so, and judged by its other SCTs."""
    leaf = leaf_of(transparency, "alpha", "beta")
    observation = seen(transparency, leaf, stapled=Stapled(scts=b"nonsense"))
    [one] = examine_observation(observation, (), logs_of(transparency), transparency.now)
    assert [finding.id for finding in one.findings] == ["ct-sct-unreadable"]
    assert "a list whose length is not what it says" in one.findings[0].message
    assert one.verdicts.accepted


def test_a_list_in_the_certificate_that_is_none(transparency) -> None:
    """Of a certificate whose own list cannot be read there is no SCT to judge by."""
    request = Request(name="www.example", key=transparency.ca.key, issuer=transparency.ca)
    oid = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
    broken = x509.UnrecognizedExtension(oid, b"\x04\x03abc")
    leaf = Certificate.from_der(
        issue(replace(request, further=((broken, False),)), transparency.now).der
    )
    one = examine("a.pem", leaf, (), logs_of(transparency), transparency.now)
    assert one.promises == ()
    assert [finding.id for finding in one.findings] == [
        "ct-sct-unreadable",
        "ct-not-accepted",
        "ct-not-accepted",
    ]


def test_browsers_demand_scts_of_public_cas_alone(transparency) -> None:
    """What they would say of another CA is a note; of a public one it is an error."""
    observation = seen(transparency, leaf_of(transparency, "alpha"))
    logs, at = logs_of(transparency), transparency.now
    own = TrustStore((Certificate.from_der(transparency.ca.der),), "public")
    stranger = issue(Request(name="B CA", key=new_key("ecdsa"), ca=True), at)
    other = TrustStore((Certificate.from_der(stranger.der),), "others")
    [public] = examine_observation(observation, (), logs, at, own)
    [private] = examine_observation(observation, (), logs, at, other)
    assert [finding.severity for finding in public.findings] == ["error", "error"]
    assert [finding.severity for finding in private.findings] == ["note", "note"]
