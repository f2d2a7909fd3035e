from keypin.certs.container import load_certificates
from keypin.certs.endpoint import Endpoint
from keypin.certs.observation import Observation
from keypin.certs.verified import VerifiedChain
from keypin.diagnose.view import View
from keypin.pins.ca_facts import BY_NAME
from keypin.pins.pin import Pin


def test_a_known_root_is_public_even_where_the_store_dropped_it(
    shake, public, now, vectors
) -> None:
    """A platform may trust what certifi has removed; that is no interception."""
    path = vectors / "chains" / "github2016" / "github.com-2016.pem"
    chain = VerifiedChain.from_verifier(load_certificates(path.read_bytes()))
    assert str(Pin.of_key(chain.root)) == BY_NAME["DigiCert High Assurance EV Root CA"].pin
    view = View(Observation(endpoint=Endpoint("github.com"), at=now), None, now)
    assert view.is_public(shake(*chain, verified=chain))
    own = public.chain("github.com")
    assert not view.is_public(shake(own.leaf, verified=own))


def test_a_handshake_without_certificates_is_left_out(shake, now) -> None:
    """There is nothing in it to judge."""
    empty = shake()
    view = View(Observation(endpoint=Endpoint("a.test"), at=now, handshakes=(empty,)), None, now)
    assert view.handshakes == ()
