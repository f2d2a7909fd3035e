"""What is to be said of an app beside its pins."""

from collections import Counter
from datetime import datetime

from keypin.audit.judge import findings_of
from keypin.audit.model import App, Audit, EmbeddedCertificate, FoundPin, Platform, Source
from keypin.errors import Place
from keypin.pins import Pin, PinSet

APP = App(Platform.ANDROID, "com.example.shop")
BALTIMORE = "sha256/Y9mvm0exBk1JoQ57f9Vm28jKo5lFm/woKcVxrYxu80o="
AUTHORITY_X3 = "sha256/YLh1dUR9y6Kja30RrAn7JKnbQG/uEtLMkBgFF2Fuihg="


def said(at: datetime, **parts) -> Counter[str]:
    """Return the findings on an app, by identifier."""
    return Counter(finding.id for finding in findings_of(Audit(APP, **parts), at))


def hostless(pin: str, file: str = "app.apk!/a") -> FoundPin:
    """Return a pin of no host."""
    return FoundPin(Pin.parse(pin), None, Place(file), Source.TEXT, nearby=("a.example",))


def test_an_app_without_pins(now) -> None:
    """That is worth a note, another one where a library is there that would fetch them."""
    assert said(now) == {"app-no-pins": 1}
    assert said(now, libraries=("Approov",)) == {"app-pins-at-run-time": 1}


def test_a_library_whose_pins_are_there(now, pins) -> None:
    """Then nothing is missing."""
    found = FoundPin(Pin.parse(pins[0]), "a.example", Place(), Source.TRUSTKIT)
    assert "app-pins-at-run-time" not in said(now, pins=(found,), libraries=("TrustKit",))


def test_one_pin(now, pins) -> None:
    """A policy of one pin bricks; one of two does not, whose backup nobody can tell."""
    one = PinSet.from_mapping({"a.example": pins[:1]}, no_backup="the app has one")
    assert said(now, pin_set=one)["app-one-pin"] == 1
    two = said(now, pin_set=PinSet.from_mapping({"a.example": pins}))
    assert not {"app-one-pin", "backup-missing", "expiry-missing"} & two.keys()


def test_lint_rules_hold_for_apps(now) -> None:
    """A pin of a key that its CA has retired is found as in a pins.toml."""
    made = PinSet.from_mapping({"a.example": [BALTIMORE, AUTHORITY_X3]})
    assert said(now, pin_set=made)["ca-key-ended"] == 2


def test_pins_of_no_host(now, pins) -> None:
    """They are told file by file, and a retired key pin by pin."""
    found = (hostless(pins[0]), hostless(pins[1]), hostless(BALTIMORE, "b"), hostless(AUTHORITY_X3))
    findings = list(findings_of(Audit(APP, found), now))
    messages = [one.message.partition(". ")[0] for one in findings]
    assert messages == [
        "3 pins are of no host that is known",
        "a pin is of no host that is known",
        f"{BALTIMORE} is Baltimore CyberTrust Root of DigiCert, which left Mozilla's root "
        "programme",
        f"{AUTHORITY_X3} is Let's Encrypt Authority X3 of Let's Encrypt, which has expired",
    ]
    assert findings[0].evidence[0] == f"{pins[0]}; near it: a.example"


def test_certificates(now, make_certificate) -> None:
    """A server's certificate and an expired one are told; a CA's and a trust store's are not."""
    held = (
        make_certificate(),
        make_certificate(days=-1),
        make_certificate(ca=True),
    )
    found = tuple(EmbeddedCertificate(one, Place("app.apk!/a")) for one in held)
    counted = said(now, certificates=found)
    assert (counted["app-leaf-certificate"], counted["app-certificate-expired"]) == (1, 1)
    store = tuple(EmbeddedCertificate(held[1], Place("store", index)) for index in range(11))
    assert "app-certificate-expired" not in said(now, certificates=store)
