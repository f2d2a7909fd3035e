"""IPA: who the app is, and the pins of its property lists."""

import plistlib

import pytest

from keypin.audit.apple import is_apple, read_apple
from keypin.audit.gathered import Gathered
from keypin.audit.model import App, Platform, Source
from keypin.errors import InputError

INFO = "Payload/Shop.app/Info.plist"


def info(pins) -> bytes:
    """Return a property list with pins, in binary as apps have it."""
    identities = [{"SPKI-SHA256-BASE64": pin.removeprefix("sha256/")} for pin in pins]
    domains = {"example.com": {"NSPinnedLeafIdentities": identities}}
    values = {
        "CFBundleIdentifier": "com.example.shop",
        "CFBundleShortVersionString": "1.2.3",
        "CFBundleVersion": "42",
        "NSAppTransportSecurity": {"NSPinnedDomains": domains},
    }
    return plistlib.dumps(values, fmt=plistlib.FMT_BINARY)


def test_an_ipa(make_archive, pins) -> None:
    """The app's own list tells who it is; those of frameworks are read for pins."""
    framework = "Payload/Shop.app/Frameworks/TrustKit.framework"
    archive = make_archive(
        {
            f"{framework}/Info.plist": plistlib.dumps({"CFBundleIdentifier": "other"}),
            INFO: info(pins),
            "Payload/Shop.app/Other/Info.plist": b"broken",
            "Payload/Shop.app/main.jsbundle": b"",
        },
        "app.ipa",
    )
    assert is_apple(archive)
    found = Gathered()
    assert read_apple(archive, found) == App(Platform.IOS, "com.example.shop", "1.2.3", "42")
    assert {(one.host, one.source) for one in found.pins.values()} >= {
        ("example.com", Source.NS_PINNED_DOMAINS)
    }
    assert list(found.libraries) == ["TrustKit"]
    assert "app-part-unreadable" in {finding.id for finding in found.findings}


def test_a_billion_laughs(make_archive) -> None:
    """A list that is built to exhaust its reader is refused, with its place."""
    archive = make_archive({INFO: b'<!DOCTYPE p [<!ENTITY a "ha">]><plist/>'}, "app.ipa")
    with pytest.raises(InputError) as error:
        read_apple(archive, Gathered())
    assert str(error.value).startswith(f"app.ipa!/{INFO}: refused: a billion laughs")


def test_what_is_none(make_archive) -> None:
    """A folder of this name alone makes no app."""
    assert not is_apple(make_archive({"Payload/a": b"", "b.app/c": b""}))
