"""The real Node obeys what the form `node` writes, and a server cannot name its own issuers."""

import subprocess
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from keypin.formats import form
from keypin.lab import Expect
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin
from keypin.pins.toml import loads

pytestmark = pytest.mark.once

_CLIENT = """\
const https = require("node:https");
const { PinnedAgent } = require("./pins.cjs");
const agent = new PinnedAgent({ ca: require("node:fs").readFileSync(process.argv[2]) });
const lookup = (host, options, found) =>
  options.all ? found(null, [{ address: "127.0.0.1", family: 4 }]) : found(null, "127.0.0.1", 4);
const get = (url) => new Promise((resolve) => {
  const call = https.get(url, { agent, lookup, timeout: 5000 }, (answer) => {
    answer.resume().on("end", () => resolve(`ok ${answer.socket.isSessionReused()}`));
  });
  call.on("timeout", () => call.destroy(new Error("timeout")));
  call.on("error", (error) => resolve(`refused ${error.message.split('\\n')[0]}`));
});
(async () => {
  const urls = process.argv.slice(4);
  if (process.argv[3] === "at once") {
    console.log((await Promise.all(urls.map(get))).join("\\n"));
  } else {
    for (const url of urls) console.log(await get(url));
  }
  process.exit();
})();
"""


@pytest.fixture
def ask(lab, program, tmp_path):
    """Return a function that has Node ask URLs with a pin set, and gives what came of each."""

    def run(
        pin_set: PinSet, *urls: str, without: tuple[str, ...] = (), how: str = "in turn"
    ) -> list[str]:
        text = form("node").dumps(pin_set)
        for part in without:
            assert part in text
            text = text.replace(part, "")
        (tmp_path / "pins.cjs").write_text(text)
        (tmp_path / "client.cjs").write_text(_CLIENT)
        command = [program("node"), str(tmp_path / "client.cjs"), str(lab.ca_file), how, *urls]
        ran = subprocess.run(command, capture_output=True, check=True, timeout=60, text=True)
        return ran.stdout.splitlines()

    return run


def _pins(host: str, *pins: str) -> PinSet:
    entries = tuple(PolicyPin(Pin.parse(pin)) for pin in pins)
    return PinSet([Policy(host=HostPattern.parse(host), pins=entries, no_backup="a test")])


@pytest.mark.slow
def test_every_server_of_the_laboratory(by_pins, ask) -> None:
    """Node accepts and refuses with the written file as each scenario demands."""
    for together in by_pins:
        pin_set = loads(together[0].pins_toml.read_text()).pin_set
        said = ask(pin_set, *(running.url for running in together), how="at once")
        for running, one in zip(together, said, strict=True):
            accepted = running.scenario.expect is Expect.ACCEPT
            assert one.startswith("ok") is accepted, (running.scenario.name, one)


def test_no_session_is_resumed(lab, ask, cast_pins) -> None:
    """A second connection is a whole handshake: for a resumed one Node would not ask us."""
    url = lab["tls12-only"].url
    assert ask(cast_pins("localhost"), url, url, url) == ["ok false"] * 3
    assert all(
        "no pin matches" in said for said in ask(cast_pins("localhost", "new-root"), url, url)
    )


@pytest.fixture
def cast_pins(lab):
    """Return a function that makes a pin set out of keys of the cast."""
    return lambda host, name="active": _pins(host, lab.cast.pin(name))


def test_host_patterns(ask, patterns) -> None:
    """The most specific pattern decides, as it does in a pin set."""
    pin_set, taken = patterns
    said = ask(pin_set, *taken)
    assert [one.startswith("ok") for one in said] == list(taken.values()), said


@pytest.fixture
def forgery(lab, program, start, free_port, tmp_path) -> str:
    """Return the URL of a server that forged an issuer for its own, trusted certificate.

    The forgery has the issuer's name and key identifier, and a pinned key. It has expired, so that
    OpenSSL passes it over and verifies with the real issuer; Node links the first that fits.
    """
    leaf, real = (
        lab.cast.leaf("attacker", "other-intermediate"),
        lab.cast.authority("other-intermediate"),
    )
    then = lab.cast.now - timedelta(days=9)
    builder = (
        x509.CertificateBuilder()
        .subject_name(real.certificate.subject)
        .issuer_name(real.certificate.subject)
        .public_key(lab.cast.authority("intermediate").key.public_key())
        .serial_number(7)
        .not_valid_before(then)
        .not_valid_after(then + timedelta(days=1))
    )
    for extension in real.certificate.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    forged = builder.sign(leaf.key, hashes.SHA256()).public_bytes(Encoding.PEM)
    (tmp_path / "leaf.pem").write_bytes(leaf.pem)
    (tmp_path / "leaf.key").write_bytes(leaf.key_pem)
    (tmp_path / "chain.pem").write_bytes(forged + real.pem)
    port = free_port()
    command = [program("openssl"), "s_server", "-quiet", "-www", "-accept", f"127.0.0.1:{port}"]
    command += ["-cert", str(tmp_path / "leaf.pem"), "-key", str(tmp_path / "leaf.key")]
    start([*command, "-cert_chain", str(tmp_path / "chain.pem")], port)
    return f"https://localhost:{port}/"


def test_a_forged_issuer(ask, cast_pins, forgery) -> None:
    """A forged issuer with a pinned key matches nothing; believed by its name, it would."""
    pins = cast_pins("localhost", "intermediate")
    assert ask(cast_pins("localhost", "other-intermediate"), forgery)[0].startswith("refused")
    assert "no pin matches" in ask(pins, forgery)[0]
    naive = "if (!certifies(above, certificate)) break;"
    assert ask(pins, forgery, without=(naive,))[0].startswith("ok")


def test_sessions_would_be_resumed(lab, ask, cast_pins) -> None:
    """Node resumes sessions where it may, which is why none are kept."""
    url = lab["tls12-only"].url
    kept = (", maxCachedSessions: 0", ", session: undefined")
    assert "ok true" in ask(cast_pins("localhost"), url, url, url, without=kept)


def test_rejection_cannot_be_turned_off(lab, ask, cast_pins, monkeypatch) -> None:
    """The environment's switch that accepts every certificate does not reach this agent."""
    monkeypatch.setenv("NODE_TLS_REJECT_UNAUTHORIZED", "0")
    assert ask(cast_pins("localhost"), lab["unknown-root-pinned-key"].url)[0].startswith("refused")
