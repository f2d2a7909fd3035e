"""A context of keypin is an `ssl.SSLContext` that nobody weakens."""

import copy
import gc
import pickle
import socket
import ssl
import weakref

import pytest

import keypin
from keypin.errors import InputError
from keypin.tls import WeakenedContextError


def test_a_good_server(pinned, serve, dial, good) -> None:
    """The connection works, and carries the evidence."""
    tls = dial(pinned(), serve(*good))
    tls.sendall(b"hello")
    assert tls.recv(5) == b"hello"
    assert isinstance(tls, ssl.SSLSocket)
    assert isinstance(tls.verdict, keypin.Matched)
    assert tls.verdict.host == "localhost"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_an_attacker(version, pinned, serve, dial, attacker) -> None:
    """A trusted CA's certificate with another key is refused, in each version of TLS."""
    context, peer = pinned(), serve(*attacker)
    context.maximum_version = version
    with pytest.raises(keypin.PinMismatchError) as caught:
        dial(context, peer)
    assert caught.value.host == "localhost"
    assert caught.value.port == peer.port
    assert "no pin matches the verified chain" in str(caught.value)
    peer.wait()
    assert peer.received == []


def test_a_host_without_a_policy(pinned, serve, dial, good) -> None:
    """It is refused unless the context is told otherwise; the nearest policy is named."""
    peer = serve(*good)
    with pytest.raises(keypin.UnpinnedHostError) as caught:
        dial(pinned(host="api.localhost"), peer)
    assert "localhost: no policy covers this host" in str(caught.value)
    allowed = dial(pinned(host="api.localhost", unpinned="allow"), peer)
    assert isinstance(allowed.verdict, keypin.NotPinned)


def test_options_that_are_none(cast) -> None:
    """A choice that does not exist is named."""
    pins = {"localhost": [cast.pin("active"), cast.pin("backup")]}
    with pytest.raises(InputError, match="unpinned='maybe'; expected 'refuse' or 'allow'"):
        keypin.SSLContext(pins=pins, unpinned="maybe")
    with pytest.raises(InputError, match="trust='none'"):
        keypin.SSLContext(pins=pins, trust="none")
    with pytest.raises(ValueError, match="PROTOCOL_TLS_CLIENT alone"):
        keypin.SSLContext(ssl.PROTOCOL_TLS_SERVER, pins=pins)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("verify_mode", ssl.CERT_NONE),
        ("verify_mode", ssl.CERT_OPTIONAL),
        ("check_hostname", False),
        ("verify_flags", ssl.VerifyFlags.VERIFY_ALLOW_PROXY_CERTS),
        ("sslsocket_class", ssl.SSLSocket),
        ("sslobject_class", ssl.SSLObject),
        ("keypin_judge", None),
    ],
)
def test_nobody_weakens_it(name, value, pinned, serve, dial, attacker) -> None:
    """What pins rest on cannot be turned off, and stays on after the attempt."""
    context = pinned()
    with pytest.raises(WeakenedContextError, match=r"on a context of keypin"):
        setattr(context, name, value)
    with pytest.raises(keypin.PinMismatchError):
        dial(context, serve(*attacker))


def test_what_may_be_set(pinned) -> None:
    """A library that demands what is there already gets it."""
    context = pinned()
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = True
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST
    context.options &= ~ssl.OP_NO_RENEGOTIATION
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname is True
    assert context.options & ssl.OP_NO_RENEGOTIATION


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, pickle.dumps])
def test_it_cannot_be_copied(how, pinned) -> None:
    """A copy without the judge would be a context without pins."""
    with pytest.raises(TypeError):
        how(pinned())


@pytest.mark.parametrize("host", [None, ""])
def test_a_connection_names_its_host(host, pinned, serve, dial, good) -> None:
    """Without server_hostname no policy can be chosen."""
    with pytest.raises(ValueError, match="server_hostname"):
        dial(pinned(), serve(*good), host)
    with pytest.raises(ValueError, match="server_hostname"):
        pinned().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=host)


def test_pins_only(cast, serve, dial) -> None:
    """A device that signed its own certificate is known by its key, and an impostor is refused."""
    pins = {"device.test": [cast.pin("active")]}
    context = keypin.create_default_context(
        pins, trust="pins-only", no_backup="one key is burnt in"
    )
    device = serve(cast.leaf(issuer=None, name="device", hosts=("whatever.test",)))
    assert isinstance(dial(context, device, "device.test").verdict, keypin.Matched)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname is True
    impostor = serve(cast.leaf("attacker", None, name="device"), cast.leaf(issuer=None))
    with pytest.raises(keypin.PinMismatchError):
        dial(context, impostor, "device.test")


def test_pins_only_takes_pins_of_leaves(cast) -> None:
    """Pins of CAs could never match: no chain is verified then."""
    pin = keypin.Pin.parse(cast.pin("root"), position="root")
    policy = keypin.Policy(
        host=keypin.HostPattern("device.test"),
        pins=(keypin.pins.PolicyPin(pin),),
        no_backup="a test",
    )
    with pytest.raises(InputError, match=r'the root pin .* with trust="pins-only"'):
        keypin.SSLContext(pins=keypin.PinSet((policy,)), trust="pins-only")


def test_pins_only_goes_alone(cast, ca_file) -> None:
    """With it there are no CAs, and no hosts without pins."""
    pins = {"device.test": [cast.pin("active"), cast.pin("backup")]}
    with pytest.raises(InputError, match="one of both"):
        keypin.create_default_context(pins, trust="pins-only", cafile=ca_file)
    with pytest.raises(InputError, match="pins for every host"):
        keypin.create_default_context(pins, trust="pins-only", unpinned="allow")


def test_the_platforms_anchors(cast, serve, dial, good) -> None:
    """Without anchors of one's own, the platform's decide, and they do not know the lab."""
    context = keypin.create_default_context({"localhost": [cast.pin("active"), cast.pin("backup")]})
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        dial(context, serve(*good))
    assert not isinstance(caught.value, keypin.PinningError)


def test_anchors_as_data_and_folder(cast, tmp_path, serve, dial, good) -> None:
    """`cadata` and `capath` are taken as ssl takes them."""
    pins = {"localhost": [cast.pin("active"), cast.pin("backup")]}
    peer = serve(*good)
    data = cast.authority("root").pem.decode()
    assert dial(keypin.create_default_context(pins, cadata=data), peer).verdict
    context = keypin.create_default_context(pins, capath=tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError):
        dial(context, peer)


def test_the_key_log(cast, ca_file, tmp_path, monkeypatch, serve, dial, good) -> None:
    """SSLKEYLOGFILE is honoured, as by `ssl.create_default_context`."""
    log = tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(log))
    pins = {"localhost": [cast.pin("active"), cast.pin("backup")]}
    dial(keypin.create_default_context(pins, cafile=ca_file), serve(*good))
    assert "TRAFFIC_SECRET" in log.read_text()


def test_a_context_goes_when_nobody_uses_it(pinned, serve, good) -> None:
    """A program may make one for each request."""
    context = pinned()
    with socket.create_connection(("127.0.0.1", serve(*good).port)) as plain:
        context.wrap_socket(plain, server_hostname="localhost").close()
    gone = weakref.ref(context)
    gc.disable()
    try:
        del context
        assert gone() is None
    finally:
        gc.enable()
