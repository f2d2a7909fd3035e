"""Validation contexts at any depth."""

import json
from textwrap import indent

import pytest

from keypin.errors import InputError
from keypin.formats import detect, form
from keypin.pins import Pin

A, B, C = (Pin(bytes([byte]) * 32, position="leaf") for byte in (1, 2, 3))

ENVOY = form("envoy")


def _b64(pin: Pin) -> str:
    return pin.spell("base64")


def test_json_with_either_spelling() -> None:
    """Protobuf's JSON has names in camel case too."""
    context = {"trustedCa": {}, "verifyCertificateSpki": [_b64(A), _b64(B)]}
    data = {
        "sni": "a.example",
        "autoSniSanValidation": True,
        "commonTlsContext": {"validationContext": context},
    }
    for text in (json.dumps(data), json.dumps(data, indent=2)):
        reading = ENVOY.loads(text)
        assert [entry.pin for entry in reading.pin_set.policies[0].pins] == [A, B]
        assert reading.findings == ()
        assert detect(text, "x.json") is ENVOY


def _read(text: str, host: str | None = None):
    reading = ENVOY.loads(text, name="x", host=host)
    return reading.pin_set, [
        f"{one.place}: {one.id} {one.subject}: {one.message.partition('. ')[0]}"
        for one in reading.findings
    ]


def test_what_is_switched_off() -> None:
    """Each is told beside the pins."""
    text = (
        f"sni: a.example\nv:\n  verify_certificate_spki: [{_b64(A)}, {_b64(B)}]\n"
        "  trust_chain_verification: ACCEPT_UNTRUSTED\n"
    )
    pin_set, findings = _read(text)
    assert len(pin_set.policies) == 1
    assert findings == [
        "x:3: envoy-without-ca a.example: there is no trusted_ca",
        "x:4: envoy-untrusted a.example: trust_chain_verification is ACCEPT_UNTRUSTED",
        "x:3: envoy-any-name a.example: no name is demanded",
    ]
    fetched = "w:\n" + indent(f"validation_context_sds_secret_config: {{}}\n{text}", "  ")
    assert "without-ca" not in "".join(_read(fetched)[1])
    with_default = text.replace("ACCEPT_UNTRUSTED", "VERIFY_TRUST_CHAIN")
    assert "untrusted" not in "".join(_read(with_default)[1])


def test_contexts_of_clients() -> None:
    """A listener does not know its clients: the host is asked for, or left out and said."""
    names = "[{matcher: {exact: a.example}}, {matcher: {exact: b.example}}]"
    text = (
        f"a:\n  trusted_ca: {{}}\n  match_typed_subject_alt_names: {names}\n"
        f"  verify_certificate_spki: [{_b64(A)}, {_b64(B)}]\n"
        "b:\n  trusted_ca: {}\n  match_subject_alt_names: [{exact: c.example}, {exact: [x]}]\n"
        f"  verify_certificate_spki: [{_b64(A)}, {_b64(B)}]\nsni: ''\n"
    )
    pin_set, findings = _read(text)
    assert [str(policy.host) for policy in pin_set.policies] == ["c.example"]
    assert findings == [
        "x:2: code-not-followed validation_context: the validation context does not say for which "
        "host it is"
    ]
    pin_set, findings = _read(text, "client.example")
    assert len(pin_set.policies) == 2
    assert findings == []


def test_one_host_twice() -> None:
    """The same pins in two clusters are one policy; different ones are refused."""
    one = f"{{sni: a.example, v: {{verify_certificate_spki: [{_b64(A)}, {_b64(B)}]}}}}"
    assert len(_read(f"[{one}, {one}]")[0].policies) == 1
    with pytest.raises(InputError, match=r"x:2: two policies for a\.example"):
        _read(f"[{one},\n{one.replace(_b64(B), _b64(C))}]")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("verify_certificate_spki: [abc]", "x:1: the pin 'abc'; expected 44 characters of base64"),
        (
            f"verify_certificate_hash: [{'4' * 63}]",
            f"x:1: the pin '{'4' * 63}'; expected 64 hex digits, with or without colons",
        ),
        ("verify_certificate_spki: [[a]]", "x:1: a pin that stands in no list"),
        (f"verify_certificate_spki: {_b64(A)}", "x:1: a pin that stands in no list"),
        (f"verify_certificate_spki: [{_b64(B)[:-2]}J=]", "has bits that no byte uses"),
        ("verify_certificate_spki: []", "x: no pins; expected a validation context with"),
        ("a: b", "x: no pins; expected a validation context with"),
    ],
)
def test_what_is_refused(text: str, error: str) -> None:
    """What Envoy refuses, and what holds no pins."""
    with pytest.raises(InputError) as caught:
        _read(text, "a.example")
    assert error in str(caught.value)
