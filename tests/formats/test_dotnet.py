"""Validation callbacks of .NET as people write them, and what is written for them."""

import pytest

from keypin.errors import FormatError
from keypin.formats import detect, form
from keypin.pins import Of

FORM = form("dotnet")
A, B = ("B" * 42 + "A=", "C" * 42 + "A=")


@pytest.mark.parametrize(
    "text",
    [
        f'{{ "api.example.com", new[] {{ "{A}", "{B}" }} }},',
        f'["api.example.com"] = ["sha256/{A}", "sha256/{B}"],',
        f'const string Host = "api.example.com";\nstatic readonly HashSet<string> Pins = new()\n'
        f'{{\n    @"{A}",\n    @"{B}",\n}};',
        f'if (request.RequestUri.Host == "api.example.com") return pin is "{A}" or "{B}";',
    ],
)
def test_as_people_write(text: str) -> None:
    """Initialisers, collection expressions and comparisons are read alike."""
    (policy,) = FORM.loads(f"class P {{\n{text}\n}}").pin_set.policies
    assert str(policy.host) == "api.example.com"
    assert [str(entry.pin) for entry in policy.pins] == [f"sha256/{A}", f"sha256/{B}"]


def test_thumbprints() -> None:
    """`Thumbprint` is SHA-1 and left out; a hash by SHA-256 is of the certificate."""
    reading = FORM.loads(f'host == "a.example.com" && t == "{"AB" * 20}" || t == "{"AB" * 32}"')
    assert [finding.id for finding in reading.findings] == ["sha1-pin"]
    assert reading.pin_set.policies[0].pins[0].pin.of is Of.CERTIFICATE


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "Pinning.cs"),
        ("handler.ServerCertificateCustomValidationCallback += Check;", None),
        ("options.RemoteCertificateValidationCallback = Check;", None),
    ],
)
def test_it_is_recognised(text: str, name: str | None) -> None:
    """By its ending, or by either callback's name."""
    assert detect(text, name) is FORM


def test_a_callback_that_accepts_everything() -> None:
    """It is no pin."""
    with pytest.raises(FormatError, match=r"H\.cs: no pins; expected C# with hosts"):
        FORM.loads("handler.ServerCertificateCustomValidationCallback = (_, _, _, _) => true;",
                   name="H.cs")  # fmt: skip


def test_what_is_written_demands_no_policy_errors() -> None:
    """Pins are looked for only in what .NET itself accepts."""
    text = FORM.dumps(FORM.loads(f'"a.example.com": "{A}"').pin_set)
    assert "errors != SslPolicyErrors.None" in text
    assert "chain.ChainElements" in text
