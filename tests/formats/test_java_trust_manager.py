"""Java's trust managers as people write them, and what is written for them."""

import pytest

from keypin.errors import FormatError
from keypin.formats import detect, form
from keypin.pins import HostPattern, Of, Pin, PinSet, Policy, PolicyPin

FORM = form("java")
A, B = ("B" * 42 + "A=", "C" * 42 + "A=")


@pytest.mark.parametrize(
    "text",
    [
        f'PINS.put("api.example.com", Set.of("sha256/{A}", "sha256/{B}"));',
        f'Map.of("api.example.com", List.of("{A}", "{B}"))',
        f'String host = "api.example.com";\nString[] pins = {{ "{A}", "{B}" }};',
        f'val pins = mapOf("api.example.com" to setOf("{A}", "{B}"))',
    ],
)
def test_as_people_write(text: str) -> None:
    """Maps and arrays are read alike, in Java and in Kotlin."""
    (policy,) = FORM.loads(f"class T implements X509TrustManager {{\n{text}\n}}").pin_set.policies
    assert str(policy.host) == "api.example.com"
    assert [str(entry.pin) for entry in policy.pins] == [f"sha256/{A}", f"sha256/{B}"]


def test_a_fingerprint() -> None:
    """What keytool prints is of the certificate."""
    text = f'check("api.example.com", "{":".join(["AB"] * 32)}");'
    (policy,) = FORM.loads(text).pin_set.policies
    assert policy.pins[0].pin.of is Of.CERTIFICATE


def test_it_is_recognised() -> None:
    """By what it is about, and not where OkHttp's pinner stands in the same file."""
    text = "class T extends X509ExtendedTrustManager {}"
    assert detect(text, "T.java") is FORM
    assert detect(text, "T.kt") is FORM
    assert detect(text + "new CertificatePinner.Builder()", "T.java") is form("okhttp-java")


def test_a_class_without_pins() -> None:
    """A trust manager alone is no pin."""
    with pytest.raises(FormatError, match=r"T\.java: no pins; expected Java with hosts"):
        FORM.loads("class T extends X509ExtendedTrustManager {}", name="T.java")


def test_no_comma_behind_the_last_pin() -> None:
    """Java's argument lists have none there, unlike those of other languages."""
    pins = tuple(PolicyPin(Pin(letter * 32), comment="x") for letter in (b"a", b"b"))
    text = FORM.dumps(PinSet([Policy(host=HostPattern.parse("example.com"), pins=pins)]))
    first, second = (line for line in text.split("\n") if "// x" in line)
    assert first.endswith('", // x')
    assert second.endswith('" // x')
