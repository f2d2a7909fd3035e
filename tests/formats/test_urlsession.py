"""URLSession delegates as people write them, and what is written for them."""

import pytest

from keypin.errors import FormatError
from keypin.formats import detect, form

FORM = form("urlsession")
A, B = ("B" * 42 + "A=", "C" * 42 + "A=")


@pytest.mark.parametrize(
    "text",
    [
        f'let pins: [String: [String]] = ["api.example.com": ["{A}", "{B}"]]',
        f'private let host = "api.example.com"\nprivate let hashes: Set<String> = [\n'
        f'    "{A}",\n    "{B}",\n]',
        f'@{{@"api.example.com": @[@"{A}", @"{B}"]}}',
        f'if host == "api.example.com" {{ return ["sha256/" + "{A}", "sha256/{B}"] }}',
    ],
)
def test_as_people_write(text: str) -> None:
    """Dictionaries, constants and Objective-C's literals are read alike."""
    (policy,) = FORM.loads(f"class D: NSObject, URLSessionDelegate {{\n{text}\n}}").pin_set.policies
    assert str(policy.host) == "api.example.com"
    assert [str(entry.pin) for entry in policy.pins] == [f"sha256/{A}", f"sha256/{B}"]


def test_hashes_without_a_host() -> None:
    """Delegates often serve one host, which the file does not tell: it is asked for."""
    text = f'private let pinnedHashes = [\n    "{A}",\n    "{B}",\n]\n'
    with pytest.raises(FormatError, match="no pins"):
        FORM.loads(text)
    (policy,) = FORM.loads(text, host="api.example.com").pin_set.policies
    assert [str(entry.pin) for entry in policy.pins] == [f"sha256/{A}", f"sha256/{B}"]


def test_it_is_recognised() -> None:
    """By the protocol, or by the function that evaluates trust."""
    assert detect("class D: NSObject, URLSessionDelegate {}", "D.swift") is FORM
    assert detect("SecTrustEvaluateWithError(trust, nil)") is FORM


def test_what_is_written_evaluates_first() -> None:
    """The trust is evaluated for the host before any key is compared."""
    text = FORM.dumps(FORM.loads(f'"a.example.com": "{A}"').pin_set)
    assert text.index("SecTrustEvaluateWithError") < text.index("pins(for: host)")
    assert "cancelAuthenticationChallenge" in text
