"""Dart's client, and the callback that is not asked."""

from keypin.formats import form

FORM = form("flutter")
A = "B" * 42 + "A="


def test_the_callback_that_is_not_asked() -> None:
    """Pins in badCertificateCallback protect nothing against a certificate of another CA."""
    reading = FORM.loads(
        f"final client = HttpClient();\nclient.badCertificateCallback = (cert, host, port) =>\n"
        f"  host == 'api.example.com' && pins.contains('sha256/{A}');\n",
        name="client.dart",
    )
    (finding,) = reading.findings
    assert finding.id == "flutter-bad-certificate-callback"
    assert str(finding.place) == "client.dart:2"
    assert reading.pin_set.policy_for("api.example.com") is not None


def test_what_is_written_does_not_use_it() -> None:
    """What keypin writes compares the key of the socket itself."""
    text = FORM.dumps(FORM.loads(f"final p = {{'api.example.com': ['sha256/{A}']}};").pin_set)
    assert "badCertificateCallback" not in text
    assert "socket.peerCertificate" in text
