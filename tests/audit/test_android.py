"""APK, AAB, XAPK and APKS: who the app is, and its configuration."""

import pytest

from keypin.audit.android import is_android, read_android
from keypin.audit.gathered import Gathered
from keypin.audit.model import App, Platform
from keypin.audit.tree import ANDROID, Attribute, Element
from keypin.errors import InputError

SHOP = App(Platform.ANDROID, "com.example.shop", "1.2.3", "42")
NOBODY = App(Platform.ANDROID)
NET = 0x7F010000


@pytest.fixture
def apk(make_axml, make_arsc, make_manifest, make_config) -> dict[str, bytes]:
    """The entries of an APK whose file names are obfuscated."""
    return {
        "AndroidManifest.xml": make_axml(make_manifest(NET)),
        "resources.arsc": make_arsc({"xml/net": ["res/aB.xml"]}),
        "res/aB.xml": make_axml(make_config()),
    }


def read(archive) -> tuple[App, Gathered]:
    """Return the app and what was found."""
    assert is_android(archive)
    found = Gathered()
    return read_android(archive, found), found


def places(found: Gathered) -> list[str]:
    """Return where pins with a host were found."""
    return [str(one.place) for one in found.pins.values() if one.host]


def test_an_apk(make_archive, apk) -> None:
    """The manifest names the configuration by a number, the table its file."""
    app, found = read(make_archive(apk))
    assert app == SHOP
    assert places(found) == ["app.apk!/res/aB.xml:5", "app.apk!/res/aB.xml:6"]
    assert found.findings == {}


def test_variants_of_a_configuration(make_archive, apk, make_arsc, make_axml, make_config) -> None:
    """A device takes one variant: the pins of all are told, and the newest decides."""
    apk["resources.arsc"] = make_arsc({"xml/net": ["res/aB.xml", "res/xml-v28/net.xml"]})
    apk["res/xml-v28/net.xml"] = make_axml(make_config(host="example.org"))
    _, found = read(make_archive(apk))
    assert len(places(found)) == 4
    assert [str(policy.host) for policy in found.policies] == ["**.example.org"]


def test_a_version_by_reference(make_archive, make_axml, make_arsc) -> None:
    """A version may be a resource; one that is not there is unknown."""
    version = Attribute("versionName", "@string/v", ANDROID, 0x7F010000)
    build = Attribute("versionCode", "@string/w", ANDROID, 0x7F010009)
    manifest = Element("manifest", (Attribute("package", ""), version, build))
    entries = {
        "AndroidManifest.xml": make_axml(manifest),
        "resources.arsc": make_arsc({"string/v": ["2.0"]}),
    }
    assert read(make_archive(entries))[0] == App(Platform.ANDROID, None, "2.0")


def test_a_bundle(make_archive, make_proto, make_message, make_manifest, make_config) -> None:
    """A bundle has the same in protobuf, module by module."""
    file = make_message((5, make_message((1, "res/xml/net.xml"))))
    value = make_message((2, make_message((4, file))))
    entry = make_message((1, make_message((1, 0))), (2, "net"), (6, value))
    kind = make_message((1, make_message((1, 1))), (2, "xml"), (3, entry))
    table = make_message((2, make_message((1, make_message((1, 0x7F))), (3, kind))))
    entries = {
        "base/manifest/AndroidManifest.xml": make_proto(make_manifest(NET)),
        "base/resources.pb": table,
        "base/res/xml/net.xml": make_proto(make_config()),
        "a/b/c/manifest/AndroidManifest.xml": b"",
    }
    app, found = read(make_archive(entries, "app.aab"))
    assert app == SHOP
    assert places(found)[0] == "app.aab!/base/res/xml/net.xml:5"


def test_an_archive_of_apks(make_archive, make_zip, apk, make_axml, pins) -> None:
    """Each APK is read; the base tells most of the app."""
    split = {
        "AndroidManifest.xml": make_axml(Element("manifest", (Attribute("package", "x"),))),
        "assets/a.txt": pins[0].encode(),
    }
    entries = {
        "config.apk": make_zip(split),
        "base.apk": make_zip(apk),
        "icons.apk": make_zip({"a": b""}),
        "manifest.json": b"{}",
    }
    app, found = read(make_archive(entries, "app.xapk"))
    assert app == SHOP
    assert "app.xapk!/base.apk!/res/aB.xml:5" in places(found)
    texts = [str(one.place) for one in found.pins.values() if one.host is None]
    assert "app.xapk!/config.apk!/assets/a.txt:1" in texts


def test_an_app_without_a_manifest(make_archive) -> None:
    """Code alone is an app of nobody."""
    assert read(make_archive({"classes.dex": b""}))[0] == NOBODY
    assert not is_android(make_archive({"a": b""}))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("AndroidManifest.xml", "is no binary XML"),
        ("resources.arsc", "is no resource table"),
        ("res/aB.xml", "is no binary XML"),
    ],
)
def test_broken_parts(make_archive, apk, entry, message) -> None:
    """A part that cannot be read is told, and the rest is read."""
    _, found = read(make_archive({**apk, entry: b""}))
    (finding,) = found.findings
    assert finding.message.startswith(message)
    assert str(finding.place) == f"app.apk!/{entry}"


def test_a_configuration_that_is_not_there(make_archive, apk) -> None:
    """The manifest may name what nobody has packed, and the table may be missing."""
    del apk["res/aB.xml"]
    _, found = read(make_archive(apk))
    (finding,) = found.findings
    assert finding.message.startswith("the manifest names it, and it is not there")
    del apk["resources.arsc"]
    assert read(make_archive(apk))[1].findings == {}


def test_a_configuration_by_its_text(make_archive, apk, make_axml, make_manifest) -> None:
    """An attribute that refers to nothing names no file."""
    manifest = make_manifest()
    application = manifest.children[0]
    application.attributes = (Attribute("networkSecurityConfig", "net", ANDROID),)
    apk["AndroidManifest.xml"] = make_axml(manifest)
    app, found = read(make_archive(apk))
    assert (app, places(found)) == (SHOP, [])


def test_cyclic_resources(make_archive, apk, make_arsc) -> None:
    """They are refused by name, and no part of such an app is read."""
    apk["resources.arsc"] = make_arsc({"xml/net": [NET]})
    with pytest.raises(
        InputError,
        match=r"^app.apk!/resources.arsc: refused: cyclic resources: 0x7f010000 -> 0x7f01",
    ):
        read(make_archive(apk))
