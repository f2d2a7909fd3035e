"""A refusal is a TLS error to every client, and has the whole story."""

import pickle
import ssl

import pytest

import keypin
from keypin.tls.refusal import PinningError, readable


@pytest.fixture
def refusal(pinned, serve, dial, attacker) -> keypin.PinMismatchError:
    """Return the error of a real refused handshake."""
    with pytest.raises(keypin.PinMismatchError) as caught:
        dial(pinned(), serve(*attacker))
    return caught.value


def test_it_is_what_clients_catch(refusal) -> None:
    """All the types that a refused certificate has in Python."""
    for kind in (
        ssl.SSLCertVerificationError,
        ssl.CertificateError,
        ssl.SSLError,
        OSError,
        ValueError,
        keypin.KeypinError,
    ):
        assert isinstance(refusal, kind)
    assert refusal.reason == "PIN_MISMATCH"
    assert refusal.library == "keypin"
    assert refusal.verify_code == 50
    assert refusal.errno == ssl.SSL_ERROR_SSL
    assert refusal.verify_message == "localhost: no pin matches the verified chain"


def test_it_has_the_story(refusal, cast) -> None:
    """Host, port, verified chain with subjects and pins, accepted pins, the next step."""
    text = str(refusal)
    assert text in repr(refusal.args)  # which is what requests and aiohttp print
    assert cast.pin("attacker") in text
    assert cast.pin("active") in text
    assert "CN=keypin lab other intermediate" in text
    assert "next step:" in text
    assert refusal.accepted[0].startswith(f'"{cast.pin("active")}"')
    assert [str(keypin.Pin.of_key(found)) for found in refusal.chain] == [
        cast.pin(name) for name in ("attacker", "other-intermediate", "other-root")
    ]
    assert str(refusal.policy.host) == "localhost"
    assert len(refusal.presented) == 2


def test_it_crosses_processes(refusal) -> None:
    """Pickled, the story arrives; certificates stay behind."""
    again = pickle.loads(pickle.dumps(refusal))  # noqa: S301 - our own
    assert isinstance(again, PinningError)
    assert (str(again), again.host, again.port) == (str(refusal), "localhost", refusal.port)


def test_it_is_raised_again_as_new(refusal) -> None:
    """A connection that is used although it was refused raises an equal error, not the same."""
    again = refusal.again()
    assert again is not refusal
    assert type(again) is type(refusal)
    assert str(again) == str(refusal)
    assert again.__traceback__ is None
    assert again.chain == refusal.chain


def test_unreadable_certificates_are_left_out(good) -> None:
    """What a server sends beside its chain may be anything."""
    der = ssl.PEM_cert_to_DER_cert(good[0].pem.decode())
    assert [found.der for found in readable([b"junk", der])] == [der]


def test_it_has_a_diagnosis(refusal) -> None:
    """What most probably happened, with evidence, in the text and as fields."""
    assert refusal.diagnosis.id == "unknown"
    assert f"  why: {refusal.diagnosis.message}\n" in str(refusal)
    assert refusal.diagnosis.next_step in str(refusal)


def test_the_diagnosis_knows_what_the_host_showed_before(pinned, serve, dial, good, cast) -> None:
    """A new key under the same CA is told from another CA, once the host has matched."""
    context = pinned()
    dial(context, serve(*good))
    rotated = serve(cast.leaf("renewed"), cast.authority("intermediate"))
    with pytest.raises(keypin.PinMismatchError) as caught:
        dial(context, rotated)
    assert caught.value.diagnosis.id == "key-rotated"
    assert cast.pin("active") in caught.value.diagnosis.evidence[0]
