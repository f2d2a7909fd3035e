"""rustls's verifiers as people write them, and what is written for them."""

import pytest

from keypin.errors import FormatError
from keypin.formats import LossError, detect, form
from keypin.pins import HostPattern, Of, Pin, PinPosition, PinSet, Policy, PolicyPin

FORM = form("rustls")
A, B = ("B" * 42 + "A=", "C" * 42 + "A=")


@pytest.mark.parametrize(
    "text",
    [
        f'const PINS: &[(&str, &[&str])] = &[("api.example.com", &["{A}", "{B}"])];',
        f'pins.insert("api.example.com", vec!["sha256/{A}", "sha256/{B}"]);',
        f'static HOST: &str = "api.example.com";\nconst FIRST: &str = r"{A}";\n'
        f'const NEXT: &str = r#"{B}"#;',
    ],
)
def test_as_people_write(text: str) -> None:
    """Slices, maps and raw strings are read alike, as pins of the leaf."""
    (policy,) = FORM.loads(f"impl ServerCertVerifier for P {{}}\n{text}").pin_set.policies
    assert str(policy.host) == "api.example.com"
    assert [str(entry.pin) for entry in policy.pins] == [f"sha256/{A}", f"sha256/{B}"]
    assert {entry.pin.position for entry in policy.pins} == {PinPosition.LEAF}


def test_a_fingerprint() -> None:
    """Hexadecimal is of the certificate."""
    (policy,) = FORM.loads(f'("a.example.com", "{"ab" * 32}")').pin_set.policies
    assert policy.pins[0].pin.of is Of.CERTIFICATE


def test_a_ca_can_never_match() -> None:
    """A pin that is said to be a CA's is refused: only the leaf is compared."""
    pins = (PolicyPin(Pin(bytes(32), position="ca")),)
    policy = Policy(host=HostPattern.parse("example.com"), pins=pins, no_backup="a test")
    with pytest.raises(LossError, match="only the leaf is compared"):
        FORM.dumps(PinSet([policy]))


def test_it_is_recognised() -> None:
    """By its ending, or by the trait."""
    assert detect("", "pins.rs") is FORM
    assert detect("impl ServerCertVerifier for P {}") is FORM


def test_a_verifier_without_pins() -> None:
    """A verifier alone is no pin."""
    with pytest.raises(FormatError, match=r"v\.rs: no pins; expected Rust with hosts"):
        FORM.loads("impl ServerCertVerifier for P {}", name="v.rs")
