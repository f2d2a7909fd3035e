"""Envoy's TLS contexts."""

import contextlib
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import InputError
from keypin.formats import form
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin, Role

A, B, C = (Pin(bytes([byte]) * 32, position="leaf") for byte in (1, 2, 3))

D = Pin(bytes([4]) * 32, of="certificate", position="leaf")

ENVOY = form("envoy")


def _b64(pin: Pin) -> str:
    return pin.spell("base64")


def _policy(host: str, *entries: PolicyPin, **settings) -> Policy:
    pins = entries or (PolicyPin(A), PolicyPin(D), PolicyPin(B, Role.BACKUP, "in the safe"))
    return Policy(host=HostPattern(host), pins=pins, **settings)


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


@given(at=st.integers(0, 2000), put=st.text("\x85\r\n #\"'-:[]{}&*aA1", max_size=3))
def test_a_damaged_file(at: int, put: str) -> None:
    """Nothing but our own error comes out of it."""
    text = ENVOY.dumps(PinSet([replace(_policy("a.example"), comment="x")]))
    with contextlib.suppress(InputError):
        ENVOY.loads(text[:at] + put + text[at + 1 :])
