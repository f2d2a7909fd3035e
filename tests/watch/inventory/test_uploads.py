"""Uploads: shipped apps and files of pins become one canonical text."""

import io
import os
import plistlib
import tracemalloc
import zipfile
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import InputError
from keypin.pins.toml import loads
from keypin.watch.inventory import read_upload
from keypin.watch.inventory.plans import read_chain
from keypin.watch.inventory.uploads import remark

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def ipa(pin):
    """Return a function that builds an iOS app which pins, or does not."""

    def build(*hosts: str) -> io.BytesIO:
        leaves = [{"SPKI-SHA256-BASE64": pin(key).removeprefix("sha256/")} for key in "ab"]
        domains = {host: {"NSPinnedLeafIdentities": leaves} for host in hosts}
        info = {
            "CFBundleIdentifier": "com.example.shop",
            "CFBundleShortVersionString": "3.2",
            "NSAppTransportSecurity": {"NSPinnedDomains": domains},
        }
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("Payload/Shop.app/Info.plist", plistlib.dumps(info))
        file.seek(0)
        return file

    return build


def test_the_pins_of_a_shipped_app_are_found(ipa, pin) -> None:
    """Without its source; what is kept is what the app accepts."""
    upload = read_upload(ipa("api.example.com"), "Shop.ipa", at=NOON)
    assert (upload.form, upload.source) == ("ipa", "Shop.ipa")
    policy = loads(upload.text).pin_set.policy_for("api.example.com")
    assert policy is not None
    assert pin("a") in {str(one.pin) for one in policy.pins}
    assert all(remark(one)["id"] for one in upload.remarks)


def test_an_app_in_which_no_pin_is_found_says_what_to_do(ipa) -> None:
    """A release without pins would be judged by none."""
    with pytest.raises(InputError, match=r"no pin with a host.*upload its pins\.toml"):
        read_upload(ipa(), "Shop.ipa", at=NOON)


def test_apps_in_an_app_take_no_memory(tmp_path) -> None:
    """Some megabytes of an XAPK can hold hundreds of an APK, which has hundreds in turn."""
    large, path = 96 << 20, tmp_path / "a.xapk"
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_STORED) as apk:
        apk.writestr("classes.bin", bytes(large))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as xapk:
        for name in ("a.apk", "b.apk"):
            xapk.writestr(name, os.urandom(1 << 20) + inner.getvalue())
    del inner
    tracemalloc.start()
    try:
        with path.open("rb") as file, pytest.raises(InputError, match="no pin with a host"):
            read_upload(file, "a.xapk", at=NOON)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < large / 2


def test_an_app_under_another_name_is_an_app_all_the_same(ipa) -> None:
    """Its bytes say so."""
    assert read_upload(ipa("api.example.com"), "upload.bin", at=NOON).form == "ios"


def test_the_same_pins_have_the_same_digest(toml) -> None:
    """However they were laid out."""
    text = toml("a.example")
    one = read_upload(io.BytesIO(text.encode()), "a.toml", at=NOON)
    other = read_upload(io.BytesIO(("# a comment\n" + text).encode()), "b.toml", at=NOON)
    assert one.digest == other.digest


@given(st.one_of(st.binary(), st.binary().map(lambda data: b"PK\3\4" + data)))
def test_whatever_is_uploaded_is_read_or_refused(data) -> None:
    """A route that takes uploads answers 4xx, and never 5xx."""
    for read in (lambda: read_upload(io.BytesIO(data), "x", at=NOON), lambda: read_chain(data)):
        with suppress(InputError):
            read()
