"""Envoy's TLS contexts."""

import contextlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import InputError
from keypin.formats import detect, form
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin, Role

A, B, C = (Pin(bytes([byte]) * 32, position="leaf") for byte in (1, 2, 3))
D = Pin(bytes([4]) * 32, of="certificate", position="leaf")
ENVOY = form("envoy")


def _b64(pin: Pin) -> str:
    return pin.spell("base64")


def _policy(host: str, *entries: PolicyPin, **settings) -> Policy:
    pins = entries or (PolicyPin(A), PolicyPin(D), PolicyPin(B, Role.BACKUP, "in the safe"))
    return Policy(host=HostPattern(host), pins=pins, **settings)


def test_what_is_written() -> None:
    """A bootstrap file with a cluster a host, and the pins in two lists."""
    text = ENVOY.dumps(PinSet([_policy("shop.example", comment="the shop")], "shop"))
    assert text.startswith(
        "# Pins of shop.\n\nstatic_resources:\n  clusters:\n    # the shop\n"
        '    - name: "shop.example"\n      type: LOGICAL_DNS\n'
    )
    assert '          sni: "shop.example"\n' in text
    assert text.endswith(
        "            validation_context:\n"
        "              trusted_ca: { filename: /etc/ssl/certs/ca-certificates.crt }\n"
        "              match_typed_subject_alt_names:\n"
        '                - san_type: DNS\n                  matcher: { exact: "shop.example" }\n'
        "              verify_certificate_spki:\n"
        f'                - "{_b64(A)}"\n                - "{_b64(B)}" # backup: in the safe\n'
        "              verify_certificate_hash:\n"
        f'                - "{"04" * 32}"\n'
    )
    assert "sni" not in ENVOY.dumps(PinSet([_policy("192.0.2.1")]))


def test_both_readers_agree() -> None:
    """What is written is read by the template and by YAML's reader alike, places included."""
    policies = [_policy("a.example", comment="two\nlines"), _policy("b.example")]
    text = ENVOY.dumps(PinSet(policies, "shop"))
    quick = ENVOY.loads(text, name="x")
    slow = ENVOY.loads(text + "  listeners: []\n", name="x")
    assert quick.pin_set == slow.pin_set == PinSet(policies, "shop")
    assert quick.findings == slow.findings == ()
    for ours, theirs in zip(quick.pin_set.policies, slow.pin_set.policies, strict=True):
        assert ours.place == theirs.place
        assert [one.place for one in ours.pins] == [one.place for one in theirs.pins]
    assert detect(text, "x.yaml") is ENVOY


def test_addresses() -> None:
    """They have no sni, and are told by the name that is demanded."""
    pin_set = PinSet([_policy("192.0.2.1"), _policy("::1"), _policy("a.example")])
    assert ENVOY.loads(ENVOY.dumps(pin_set)).pin_set == pin_set


def test_what_only_looks_as_written() -> None:
    """A host that stands twice, or a cluster without pins, goes to the reader of YAML."""
    text = ENVOY.dumps(PinSet([_policy("a.example")]))
    cluster = text.partition("clusters:\n")[2]
    assert len(ENVOY.loads(text + cluster).pin_set.policies) == 1
    bare = cluster.partition("              verify_")[0].replace("a.example", "b.example")
    assert len(ENVOY.loads(text + bare).pin_set.policies) == 1
    strange = text.replace(f'"{_b64(A)}"', f'"{"01" * 32}"')
    with pytest.raises(InputError, match="expected 44 characters of base64"):
        ENVOY.loads(strange)


def test_the_order_of_two_lists() -> None:
    """It is kept by role alone, and said where it is not."""
    mixed = _policy("a.example", PolicyPin(D), PolicyPin(A))
    (loss,) = ENVOY.losses(PinSet([mixed]))
    assert (loss.id, loss.cure) == ("order", "put the pins of keys first")


CONTEXT = f"""\
transport_socket:
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
    sni: A.example
    common_tls_context:
      combined_validation_context:
        default_validation_context:
          trusted_ca: {{inline_string: x}}
          match_typed_subject_alt_names: [{{san_type: DNS, matcher: {{exact: a.example}}}}]
          verify_certificate_spki: [{_b64(A)}, '{_b64(B)}']   # two keys
          verify_certificate_hash:
            # the old one
            - {"04:" * 31}04   # retiring
"""


def test_a_context_as_people_write_it() -> None:
    """Any depth, flow style, colons and comments."""
    reading = ENVOY.loads(CONTEXT, name="envoy.yaml")
    (policy,) = reading.pin_set.policies
    assert str(policy.host) == "a.example"
    assert [entry.pin for entry in policy.pins] == [A, B, D]
    assert [entry.role for entry in policy.pins] == [Role.ACTIVE, Role.ACTIVE, Role.RETIRING]
    assert [entry.place.line for entry in policy.pins] == [10, 10, 13]
    assert policy.place.line == 8
    assert reading.findings == ()


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


@given(at=st.integers(0, 2000), put=st.text("\x85\r\n #\"'-:[]{}&*aA1", max_size=3))
def test_a_damaged_file(at: int, put: str) -> None:
    """Nothing but our own error comes out of it."""
    text = ENVOY.dumps(PinSet([replace(_policy("a.example"), comment="x")]))
    with contextlib.suppress(InputError):
        ENVOY.loads(text[:at] + put + text[at + 1 :])
