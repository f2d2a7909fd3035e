"""Envoy: `verify_certificate_spki` and `verify_certificate_hash` of a validation context.

https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/transport_sockets/tls/v3/common.proto
(CertificateValidationContext): SHA-256 alone, of the leaf alone; a certificate that is in either
list is accepted. The lists hold in addition to `trusted_ca`, and in its place where there is none.
What is written is a bootstrap file with a cluster a host, as Envoy starts with.
"""

import re
from collections.abc import Iterator

from keypin.formats.abilities import NO_WILDCARDS, Abilities, Overlap, Positions
from keypin.formats.envoy_contexts import REMARKS, read_contexts
from keypin.formats.envoy_text import read_own, write_own
from keypin.formats.form import Form, Reading
from keypin.formats.loss import Effect, Loss, lost
from keypin.pins import Of, PinSet, PolicyPin, Role

__all__ = ["FORMS", "REMARKS"]

CAN = Abilities(
    wildcards=NO_WILDCARDS,
    overlap=Overlap.NONE,
    positions=Positions.LEAF,
    of=frozenset(Of),
    reasons=True,
    roles=True,
    comments=True,
    names=True,
)

_KEYS = re.compile(r"verify_?certificate_?(?:spki|hash)\"?\s*:", re.IGNORECASE)


def _read(text: str, *, name: str | None, host: str | None) -> Reading:
    return read_own(text, name=name) or read_contexts(text, name=name, host=host)


def _own(pin_set: PinSet) -> Iterator[Loss]:
    """Yield the loss of the order of pins, which two lists do not keep."""
    for policy in pin_set.policies:
        if [*policy.pins] != sorted(policy.pins, key=_place_in_lists):
            message = "keys and certificates are two lists, so that the order of pins is not kept"
            yield lost(policy, "order", Effect.DROPPED, message, "put the pins of keys first")


def _place_in_lists(entry: PolicyPin) -> tuple[int, bool]:
    return [*Role].index(entry.role), entry.pin.of is Of.CERTIFICATE


def _is_envoy(text: str, name: str) -> bool:  # noqa: ARG001 - files of any name
    return _KEYS.search(text) is not None


FORM = Form(
    id="envoy",
    title="Envoy's TLS context",
    file="envoy.yaml",
    language="yaml",
    can=CAN,
    read=_read,
    write=write_own,
    own=_own,
    detect=_is_envoy,
    page="how-to/platforms/envoy.md",
)
FORMS = (FORM,)
