"""Node's checkServerIdentity as people write it, and what is written for it."""

import pytest

from keypin.errors import FormatError
from keypin.formats import detect, form
from keypin.pins import Of

FORM = form("node")
A, B = ("B" * 42 + "A=", "C" * 42 + "A=")

# After the example of https://nodejs.org/api/https.html.
EXAMPLE = f"""\
const options = {{
  hostname: 'github.com',
  port: 443,
  path: '/',
  method: 'GET',
  checkServerIdentity(host, cert) {{
    const err = tls.checkServerIdentity(host, cert);
    if (err) return err;
    const pubkey256 = '{A}';
    if (sha256(cert.pubkey) !== pubkey256) return new Error('no');
    const cert256 = '{":".join(["FD"] * 16)}:' +
      '{":".join(["0F"] * 16)}';
    if (cert.fingerprint256 !== cert256) return new Error('no');
  }},
}};
"""


def test_the_example_of_nodes_documentation() -> None:
    """Both of its pins are read: of the key, and of the certificate."""
    (policy,) = FORM.loads(EXAMPLE, name="client.js").pin_set.policies
    assert str(policy.host) == "github.com"
    assert [entry.pin.of for entry in policy.pins] == [Of.SPKI, Of.CERTIFICATE]
    assert str(policy.pins[0].place) == "client.js:9"


@pytest.mark.parametrize("name", ["client.js", "client.mjs", "client.cts", "client.ts", None])
def test_scripts_that_check_identities(name: str | None) -> None:
    """The callback's name tells the form, in scripts of every ending."""
    assert detect(EXAMPLE, name) is FORM
    assert not FORM.detect(EXAMPLE, "readme.md")


def test_a_script_without_pins() -> None:
    """What Node calls a check may be none."""
    with pytest.raises(FormatError, match=r"x\.js: no pins; expected JavaScript with hosts"):
        FORM.loads("agent.options.checkServerIdentity = () => undefined;", name="x.js")


def test_what_is_written_keeps_no_session_and_believes_no_name() -> None:
    """The three traps of Node have their lines: resumption, the links, and rejectUnauthorized."""
    text = FORM.dumps(FORM.loads(f"x = {{'example.com': ['{A}', '{B}']}}").pin_set)
    assert "maxCachedSessions: 0" in text
    assert "session: undefined" in text
    assert "rejectUnauthorized: true" in text
    assert "subject.verify(issuer.publicKey)" in text
