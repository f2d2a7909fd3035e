"""The bootstrap file that is written, and the short way back."""

import pytest

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
