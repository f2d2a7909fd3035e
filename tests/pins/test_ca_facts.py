from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from keypin.certs.certificate import Certificate
from keypin.certs.container import load_certificates
from keypin.errors import CertificateError
from keypin.pins.ca_facts import (
    BY_NAME,
    CROSS,
    KEYS,
    ROTATING,
    Level,
    known_key,
    known_keys,
    roots_of,
    rotation_by_name,
    rotation_of,
)
from keypin.pins.ca_keys import INTERMEDIATES, REMOVED, ROOTS
from keypin.pins.pin import Pin

# Roots in use under a cross-sign that no store contains yet.
PENDING = {"Root YE", "Root YR"}


def test_every_row_is_a_pin_and_stands_once() -> None:
    """The table of rows becomes as many keys, each under its name."""
    assert len(KEYS) == len(BY_NAME) == len(ROOTS) + len(INTERMEDIATES)
    assert all(str(Pin.parse(pin)) == pin for pin in KEYS)
    assert set(BY_NAME) >= REMOVED


def test_roots_are_those_of_the_trust_store(public_root) -> None:
    """Every root that is not marked as removed is in certifi, under its name and last day."""
    for key in KEYS.values():
        if key.level is Level.ROOT and not key.removed and key.name not in PENDING:
            certificate = public_root[key.pin]
            assert key.name in certificate.subject
            assert certificate.not_after.date() == key.not_after


def test_removed_roots_are_in_the_trust_store_no_longer(public_root) -> None:
    """What is marked as removed is absent from certifi."""
    assert not {BY_NAME[name].pin for name in REMOVED} & public_root.keys()


def _published(folder: Path) -> Iterator[Certificate]:
    for path in sorted(folder.rglob("*.pem")):
        try:
            yield from load_certificates(path.read_bytes())
        except CertificateError:
            continue


def test_intermediates_are_those_that_the_cas_publish(vectors) -> None:
    """Each pin is that of published certificates, of which the last ends on the row's day."""
    seen = {}
    for certificate in _published(vectors / "chains" / "letsencrypt"):
        key = known_key(Pin.of_key(certificate))
        if key is not None:
            seen.setdefault(key.name, []).append(certificate.not_after.date())
    ours = [k for k in KEYS.values() if k.operator == "Let's Encrypt" and k.name in seen]
    assert len(ours) == 26
    assert all(max(seen[key.name]) == key.not_after for key in ours)


def test_a_key_is_known_by_its_pin_in_any_form() -> None:
    """Text or pin; what is not listed is not known."""
    one = BY_NAME["ISRG Root X1"]
    assert known_key(one.pin) is one
    assert known_key(Pin.parse(one.pin, position="root")) is one
    assert known_key("sha256/unknown") is None
    assert known_keys(["sha256/unknown", one.pin]) == (one,)


def test_the_roots_of_an_operator_leave_out_the_removed() -> None:
    """Google's R2 has left, GlobalSign's R4 key is Google's."""
    assert [key.name for key in roots_of("Google Trust Services")] == [
        "GTS Root R1",
        "GTS Root R3",
        "GTS Root R4",
        "GlobalSign ECC Root CA - R4",
    ]


def test_cross_signs_name_keys_that_are_known() -> None:
    """Each joins two rows, and says until when."""
    assert all(isinstance(cross.until, date) for cross in CROSS)
    assert {cross.by.name for cross in CROSS if cross.subject.name == "Root YR"} == {"ISRG Root X1"}


@pytest.mark.parametrize(
    ("name", "organization", "operator"),
    [
        ("YE1", "Let's Encrypt", "Let's Encrypt"),
        ("WE1", "Google Trust Services", "Google Trust Services"),
        ("GlobalSign Atlas R3 DV TLS CA 2026 Q3", "GlobalSign nv-sa", "GlobalSign"),
    ],
)
def test_a_rotating_ca_is_recognised_by_name(root, name, organization, operator) -> None:
    """The intermediate of tomorrow bears the name of today's operator."""
    found = rotation_by_name(root.below(name, organization).certificate)
    assert found is not None
    assert found.operator == operator
    assert rotation_of(operator) is found


def test_nobody_else_is_accused_of_rotating(root) -> None:
    """A private CA and an operator without a row have no rotation."""
    assert rotation_by_name(root.certificate) is None
    assert rotation_of("SSL.com") is None
    assert all(row.source for row in ROTATING)
