"""The real Envoy obeys what the form `envoy` writes."""

import http.client
import ssl
import subprocess
import sys

import pytest

from keypin.certs import load_certificates
from keypin.formats import form
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin

LISTENER = """\
  listeners:
    - address: {{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }}
      filter_chains:
        - filters:
            - name: envoy.filters.network.tcp_proxy
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                stat_prefix: lab
                cluster: localhost
"""
CAS = "/etc/ssl/certs/ca-certificates.crt"


@pytest.fixture
def envoy(program) -> list[str]:
    """Return the command of Envoy, which is installed beside Python."""
    path = program("envoy", sys.exec_prefix + "/bin")
    return [path, "--disable-hot-restart", "--concurrency", "1", "--log-level", "error"]


@pytest.fixture
def fetch(lab, envoy, free_port, start, tmp_path):
    """Return a function that fetches from a server through an Envoy with this form's text."""

    def run(text: str, server: str) -> bytes:
        port = free_port()
        file = tmp_path / "envoy.yaml"
        text = text.replace(CAS, str(lab.ca_file)).replace("443 }", f"{lab[server].port} }}")
        file.write_text(text + LISTENER.format(port=port))
        start([*envoy, "-c", str(file)], port)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("GET", "/")
            return connection.getresponse().read()
        except (ConnectionError, http.client.RemoteDisconnected):
            return b""
        finally:
            connection.close()

    return run


def _certificate(lab, name: str):
    return load_certificates(lab.cast.leaf(name).pem)[0]


def _set(*pins: Pin) -> PinSet:
    entries = tuple(map(PolicyPin, pins))
    return PinSet([Policy(host=HostPattern("localhost"), pins=entries, no_backup="a test")])


@pytest.mark.parametrize(
    ("server", "accepted"),
    [
        ("good-ecdsa", True),
        ("backup-deployed", True),
        ("man-in-the-middle", False),
        ("renewed-new-key", False),
    ],
)
def test_keys(lab, fetch, server, accepted) -> None:
    """Active and backup keys are accepted, others are refused."""
    names = ("active", "backup")
    pins = [Pin.of_key(_certificate(lab, name), position="leaf") for name in names]
    text = form("envoy").dumps(_set(*pins))
    assert (b"keypin lab" in fetch(text, server)) is accepted


@pytest.mark.parametrize("matching", ["key", "certificate", "neither"])
def test_either_list(lab, fetch, matching) -> None:
    """A certificate that is in either list is accepted."""
    pem = ssl.get_server_certificate(("127.0.0.1", lab["good-ecdsa"].port))
    (right,) = load_certificates(pem.encode())
    wrong = _certificate(lab, "attacker")
    key = Pin.of_key(right if matching == "key" else wrong, position="leaf")
    whole = Pin.of_certificate(right if matching == "certificate" else wrong, position="leaf")
    text = form("envoy").dumps(_set(key, whole))
    assert (b"keypin lab" in fetch(text, "good-ecdsa")) is (matching != "neither")


@pytest.mark.parametrize("name", ["intermediate", "root"])
def test_the_leaf_alone(lab, fetch, name) -> None:
    """The key of a CA never matches."""
    (authority,) = load_certificates(lab.cast.authority(name).pem)
    text = form("envoy").dumps(_set(Pin.of_key(authority, position="leaf")))
    assert fetch(text, "good-ecdsa") == b""


def test_a_whole_pin_set_is_valid(lab, envoy, tmp_path) -> None:
    """Envoy accepts names, addresses, both lists, and comments that only look like YAML."""
    certificate = _certificate(lab, "active")
    pins = (
        PolicyPin(Pin.of_key(certificate, position="leaf"), comment="a: [b # 'c"),
        PolicyPin(Pin.of_certificate(certificate, position="leaf")),
    )
    hosts = ("a.example", "xn--bcher-kva.example", "192.0.2.1", "::1")
    policies = [Policy(host=HostPattern(host), pins=pins, comment="- {x:") for host in hosts]
    file = tmp_path / "envoy.yaml"
    file.write_text(form("envoy").dumps(PinSet(policies, "lab")).replace(CAS, str(lab.ca_file)))
    command = [*envoy, "--mode", "validate", "-c", str(file)]
    ran = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("pin", ["abc", "0" * 64])
def test_what_envoy_refuses(lab, envoy, tmp_path, pin) -> None:
    """A pin that the reader refuses is refused by Envoy too."""
    text = form("envoy").dumps(_set(Pin.of_key(_certificate(lab, "active"), position="leaf")))
    good = Pin.of_key(_certificate(lab, "active")).spell("base64")
    file = tmp_path / "envoy.yaml"
    file.write_text(text.replace(CAS, str(lab.ca_file)).replace(good, pin))
    command = [*envoy, "--mode", "validate", "-c", str(file)]
    ran = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert ran.returncode != 0
