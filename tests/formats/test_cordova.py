"""Cordova's plugin, and the connection that it does not look at."""

import pytest

from keypin.errors import FormatError
from keypin.formats import form

FORM = form("cordova")
SHA256 = " ".join(["AB"] * 32)
SHA1 = " ".join(["CD"] * 20)


def test_a_call_of_the_plugin() -> None:
    """Server and fingerprints are read, and what the plugin does not do is said."""
    reading = FORM.loads(
        f'var server = "https://api.example.com";\nvar fp = "{SHA256}";\n'
        "window.plugins.sslCertificateChecker.check(ok, bad, server, fp);\n"
    )
    (policy,) = reading.pin_set.policies
    assert str(policy.host) == "api.example.com"
    assert str(policy.pins[0].pin).startswith("cert-sha256/")
    assert [one.id for one in reading.findings] == ["cordova-other-connection"]


def test_sha1_alone_is_no_pin() -> None:
    """The fingerprints of old versions are refused by name, never taken for pins."""
    with pytest.raises(FormatError, match="no pins"):
        FORM.loads(f'check(ok, bad, "https://api.example.com", "{SHA1}")')
