"""What an endpoint showed."""

from keypin.certs import Cause, Endpoint, Failure, Handshake, Observation, Stapled, VerifiedChain


def test_chains_are_told_once_each(pki) -> None:
    """The distinct verified chains come in the order they were seen; a failure adds none."""
    first = VerifiedChain((pki.leaf(None, "a.test").certificate,))
    second = VerifiedChain((pki.leaf(None, "b.test").certificate,))

    def handshake(chain) -> Handshake:
        return Handshake(
            address="192.0.2.1:443",
            key_type="default",
            tls_version="TLSv1.3",
            cipher="TLS_AES_128_GCM_SHA256",
            presented=(),
            verified=chain,
            stapled=Stapled(ocsp=b"\x30\x00"),
        )

    failure = Failure(address=None, key_type="rsa", cause=Cause.DNS, detail="no address for a.test")
    observation = Observation(
        endpoint=Endpoint("a.test"),
        at=pki.now,
        handshakes=tuple(handshake(chain) for chain in (second, None, first, second)),
        failures=(failure,),
    )
    assert observation.chains == (second, first)
    assert observation.failures[0].alert is None
