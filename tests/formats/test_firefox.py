"""Firefox's list: its sets, its test mode, and the one moment that ends all pins."""

from datetime import UTC, datetime

import pytest

from keypin.errors import FormatError, HostError, PinError
from keypin.formats import form
from keypin.pins import HostPattern, Mode, OnExpiry, Pin, PinSet, Policy, PolicyPin

FORM = form("firefox")
A = "A" * 42 + "A="

LIST = f"""\
/* This Source Code Form is subject to the terms of the Mozilla Public License. */
#include <stdint.h>
/* A Root CA */
static const char kA_Root_CAFingerprint[] =
  "{A}";

static const char* const kPinset_shop_Data[] = {{
  kA_Root_CAFingerprint,
}};
static const StaticFingerprints kPinset_shop = {{
  sizeof(kPinset_shop_Data) / sizeof(const char*),
  kPinset_shop_Data
}};

static const TransportSecurityPreload kPublicKeyPinningPreloadList[] = {{
  {{ "Shop.example.com", true, false, false, -1, &kPinset_shop }},
  {{ "test.example.com", false, true, false, 7, &kPinset_shop }},
}};

static const PRTime kPreloadPKPinsExpirationTime = INT64_C(1801440000000000);
"""


def test_a_list() -> None:
    """Subdomains, test mode and the expiry are read; a child without them inherits."""
    pin_set = FORM.loads(LIST, name="StaticHPKPins.h").pin_set
    shop, test = pin_set.policies
    assert str(shop.host) == "**.shop.example.com"
    assert test.mode is Mode.REPORT
    assert shop.expires == datetime(2027, 2, 1, tzinfo=UTC)
    assert shop.on_expiry is OnExpiry.ALLOW
    assert str(shop.place) == "StaticHPKPins.h:16"
    assert str(shop.pins[0].place) == "StaticHPKPins.h:4"


def test_another_order() -> None:
    """Lines are right whatever stands first."""
    head, rest = LIST.split("static const TransportSecurityPreload")
    pin_set = FORM.loads(f"static const TransportSecurityPreload{rest}{head}", name="h").pin_set
    assert str(pin_set.policies[0].place) == "h:2"


@pytest.mark.parametrize(
    ("old", "new", "error", "complaint"),
    [
        ("&kPinset_shop }", "&kPinset_x }", FormatError,
         "h:16: the unknown set kPinset_x; expected kPinset_x_Data"),
        ("  kA_Root_CAFingerprint,", "  kB,", FormatError,
         "h:7: the unknown pin kB; expected its fingerprint"),
        (A, "AAAA", PinError, "h:4: the digest has 3 bytes"),
        ("Shop.example.com", "a b", HostError, "h:16: "),
    ],
)  # fmt: skip
def test_mistakes(old: str, new: str, error: type[Exception], complaint: str) -> None:
    """Each mistake is told with its line."""
    with pytest.raises(error) as caught:
        FORM.loads(LIST.replace(old, new), name="h")
    assert str(caught.value).startswith(complaint)


def test_one_moment_ends_all() -> None:
    """Policies that expire at different times cannot be said."""
    pins = (PolicyPin(Pin(b"a" * 32)), PolicyPin(Pin(b"b" * 32)))
    policies = [
        Policy(host=HostPattern("a.example.com"), pins=pins),
        Policy(
            host=HostPattern("b.example.com"),
            pins=pins,
            expires=datetime(2027, 1, 1, tzinfo=UTC),
            on_expiry=OnExpiry.ALLOW,
        ),
    ]
    found = FORM.losses(PinSet(policies))
    assert [(loss.id, loss.effect) for loss in found] == [("one-expiry", "weaker")]
