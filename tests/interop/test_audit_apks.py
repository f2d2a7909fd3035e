"""Apps built by the platform's own tools, and read back: aapt2's resources, smali's code.

Dalvik code is assembled from sources as d8 and R8 leave them: Debian has no compiler from Java.
"""

import io
import subprocess
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keypin.audit import Audit, Source, audit
from keypin.formats import form
from keypin.lab.cast import Cast

pytestmark = pytest.mark.once

NOW = datetime(2026, 11, 23, tzinfo=UTC)
FRAMEWORK = Path("/usr/share/android-framework-res/framework-res.apk")
PINS = [f"sha256/{letter * 42}A=" for letter in "BCDE"]
BARE = [pin.removeprefix("sha256/") for pin in PINS]

MANIFEST = """<manifest xmlns:android="http://schemas.android.com/apk/res/android"
    package="com.example.shop" android:versionCode="42" android:versionName="@string/version">
  <uses-sdk android:minSdkVersion="24" android:targetSdkVersion="29"/>
  <application android:label="Shop" android:networkSecurityConfig="@xml/net"/>
</manifest>"""

CONFIG = f"""<?xml version="1.0" encoding="utf-8"?>
<network-security-config>
  <domain-config>
    <domain includeSubdomains="true">example.com</domain>
    <pin-set expiration="2028-01-01">
      <pin digest="SHA-256">{BARE[0]}</pin>
      <pin digest="SHA-256">{BARE[1]}</pin>
    </pin-set>
    <trust-anchors>
      <certificates src="@raw/ca" overridePins="true"/>
    </trust-anchors>
  </domain-config>
</network-security-config>
"""

STRINGS = '<resources><string name="version">1.2.3</string></resources>'

SMALI = """.class public L{owner};
.super Ljava/lang/Object;
.method public static pinner()V
    .registers 5
    new-instance v0, L{builder};
    invoke-direct {{v0}}, L{builder};-><init>()V
    const/4 v1, 0x2
    new-array v1, v1, [Ljava/lang/String;
    const/4 v2, 0x0
    const-string v3, "{pins[0]}"
    aput-object v3, v1, v2
    const/4 v2, 0x1
    const-string v3, "{pins[1]}"
    aput-object v3, v1, v2
    const-string v2, "{host}"
    invoke-virtual {{v0, v2, v1}}, L{builder};->{add}(Ljava/lang/String;[Ljava/lang/String;)L{builder};
    return-void
.end method
"""  # noqa: E501 - smali has no line breaks


@dataclass(frozen=True)
class Tools:
    """Android's tools, and a folder to use them in."""

    aapt: str
    smali: str
    folder: Path

    def run(self, *command: object) -> None:
        """Run a tool in the folder."""
        subprocess.run(list(map(str, command)), cwd=self.folder, check=True, capture_output=True)

    def link(self, output: str, *more: str) -> Path:
        """Compile and link the resources."""
        for name, text in {
            "AndroidManifest.xml": MANIFEST,
            "res/values/strings.xml": STRINGS,
            "res/xml/net.xml": CONFIG,
            "res/raw/ca.pem": "no certificate",
        }.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text, encoding="utf-8")
        self.run(self.aapt, "compile", "--dir", "res", "-o", "res.zip")
        self.run(self.aapt, "link", "-o", output, "-I", FRAMEWORK, *more,
                 "--manifest", "AndroidManifest.xml", "res.zip")  # fmt: skip
        return self.folder / output

    def assemble(self, owner: str, builder: str, add: str, host: str) -> bytes:
        """Assemble a class that hands two pins over with a host."""
        source = SMALI.format(owner=owner, builder=builder, add=add, host=host, pins=PINS[2:])
        (self.folder / "A.smali").write_text(source, encoding="utf-8")
        self.run(self.smali, "assemble", "-o", "out.dex", "A.smali")
        return (self.folder / "out.dex").read_bytes()


@pytest.fixture
def tools(program, tmp_path: Path) -> Tools:
    """Return the tools, or skip where one is missing."""
    found = Tools(program("aapt2"), program("smali"), tmp_path)
    if not FRAMEWORK.exists():
        pytest.skip("android-framework-res is not installed")
    return found


def read(path: Path) -> Audit:
    """Audit a file."""
    with path.open("rb") as file:
        return audit(file, name=path.name, at=NOW)


def pins(found: Audit) -> set[tuple[str, str | None, str, str]]:
    """Return the pins with host, place and source."""
    return {(str(one.pin), one.host, str(one.place), one.source) for one in found.pins}


def add_code(tools: Tools, path: Path, folder: str = "") -> None:
    """Add two dex files: OkHttp by its name, and a library whose names R8 has taken."""
    plain = tools.assemble(
        "com/example/shop/Net", "okhttp3/CertificatePinner$Builder", "add", "*.example.org"
    )
    renamed = tools.assemble("a/b", "c/d", "a", "api.example.net")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"{folder}classes.dex", plain)
        archive.writestr(f"{folder}classes2.dex", renamed)


def expected(name: str, module: str = "", code: str = "") -> set[tuple[str, str | None, str, str]]:
    """Return the pins of the app, with their places."""
    net, dex = f"{name}!/{module}res/xml/net.xml", f"{name}!/{code}classes"
    return {
        (PINS[0], "**.example.com", f"{net}:6", Source.NETWORK_SECURITY_CONFIG),
        (PINS[1], "**.example.com", f"{net}:7", Source.NETWORK_SECURITY_CONFIG),
        *((pin, "*.example.org", f"{dex}.dex: com.example.shop.Net.pinner", Source.LIBRARY_CALL)
          for pin in PINS[2:]),
        *((pin, "api.example.net", f"{dex}2.dex: a.b.pinner", Source.CALL) for pin in PINS[2:]),
    }  # fmt: skip


def test_an_apk(tools: Tools) -> None:
    """Name, version by a resource, configuration and code of a real APK."""
    path = tools.link("app.apk")
    add_code(tools, path)
    found = read(path)
    assert str(found.app) == "com.example.shop 1.2.3"
    assert pins(found) == expected("app.apk")
    said = {finding.id for finding in found.findings}
    assert {"android-expiration", "android-override-pins"} <= said


def test_a_shipped_app_and_its_source_say_the_same(tools: Tools) -> None:
    """The policies read from the APK are those of the XML that it was built from, line for line."""
    found = read(tools.link("app.apk"))
    assert found.pin_set is not None
    source = form("android-nsc").loads(CONFIG, name="app.apk!/res/xml/net.xml")
    assert found.pin_set.policies == source.pin_set.policies
    lines = [[entry.place for entry in policy.pins] for policy in found.pin_set.policies]
    assert lines == [[entry.place for entry in one.pins] for one in source.pin_set.policies]


def test_file_names_that_were_taken_away(tools: Tools) -> None:
    """R8 renames resources to `res/aB.xml`: the table alone knows which is which."""
    tools.link("app.apk")
    # Later versions call it --shorten-resource-paths.
    option = "--enable-resource-path-shortening"
    tools.run(tools.aapt, "optimize", option, "-o", "short.apk", "app.apk")
    found = read(tools.folder / "short.apk")
    (place, *_) = {one.place.file for one in found.pins}
    assert place is not None
    assert place.startswith("short.apk!/res/")
    assert "xml/net" not in place
    assert {one.host for one in found.pins} == {"**.example.com"}


def test_sparse_tables(tools: Tools) -> None:
    """A table whose entries are indexed sparsely gives the same."""
    tools.link("app.apk")
    tools.run(tools.aapt, "optimize", "--enable-sparse-encoding", "-o", "sparse.apk", "app.apk")
    assert {one.host for one in read(tools.folder / "sparse.apk").pins} == {"**.example.com"}


def test_a_bundle(tools: Tools) -> None:
    """A bundle as bundletool lays it out, of what aapt2 links for it."""
    linked = tools.link("linked.zip", "--proto-format")
    path = tools.folder / "app.aab"
    with zipfile.ZipFile(linked) as proto, zipfile.ZipFile(path, "w") as archive:
        for name in proto.namelist():
            place = "manifest/" if name == "AndroidManifest.xml" else ""
            archive.writestr(f"base/{place}{name}", proto.read(name))
    add_code(tools, path, "base/dex/")
    found = read(path)
    assert str(found.app) == "com.example.shop 1.2.3"
    assert pins(found) == expected("app.aab", "base/", "base/dex/")


def test_an_archive_of_apks(tools: Tools) -> None:
    """An XAPK holds the base and its splits."""
    base = tools.link("base.apk")
    add_code(tools, base)
    path = tools.folder / "app.xapk"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(base, "com.example.shop.apk")
        archive.writestr("manifest.json", "{}")
    found = read(path)
    assert str(found.app) == "com.example.shop 1.2.3"
    assert pins(found) == expected("app.xapk!/com.example.shop.apk")


@pytest.mark.parametrize("kind", ["JKS", "PKCS12"])
def test_key_stores(tools: Tools, program, cast: Cast, kind: str) -> None:
    """A trust store of Java's own making is read; one under a password is told."""
    (tools.folder / "ca.pem").write_bytes(cast.authority("root").pem)
    tools.run(program("keytool"), "-importcert", "-noprompt", "-alias", "ca", "-file", "ca.pem",
              "-keystore", "trust.jks", "-storetype", kind, "-storepass", "secret1")  # fmt: skip
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("classes.dex", tools.assemble("a", "b", "c", "no host"))
        archive.write(tools.folder / "trust.jks", "res/raw/trust.jks")
    found = audit(file, name="app.apk", at=NOW)
    held = [str(one.place) for one in found.certificates]
    told = [one.id for one in found.findings if "cannot be opened" in one.message]
    expected_place = "app.apk!/res/raw/trust.jks"
    assert (held, told) == (
        ([expected_place], []) if kind == "JKS" else ([], ["app-part-unreadable"])
    )


def test_native_code(tools: Tools, program) -> None:
    """A pin that a compiler puts into a library is found, and nothing is said of its host."""
    source = f'const char *pin(void) {{ return "{PINS[0]}"; }}\n'
    (tools.folder / "pin.c").write_text(source, encoding="utf-8")
    tools.run(program("cc"), "-shared", "-fPIC", "-o", "libpin.so", "pin.c")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("classes.dex", tools.assemble("a", "b", "c", "no host"))
        archive.write(tools.folder / "libpin.so", "lib/x86_64/libpin.so")
    found = audit(file, name="app.apk", at=NOW)
    (native,) = [one for one in found.pins if "libpin.so" in str(one.place)]
    assert (str(native.pin), native.host, native.source) == (PINS[0], None, Source.TEXT)


def test_a_call_that_r8_inlined(tools: Tools) -> None:
    """OkHttp's `add` is short enough to be inlined: a loop that makes a pin of each text."""
    source = f""".class public La/b;
.super Ljava/lang/Object;
.field private static final h:Ljava/lang/String; = "*.example.org"
.method public static a(Ljava/util/List;)V
    .registers 9
    const-string v0, "{PINS[0]}"
    const-string v1, "{PINS[1]}"
    filled-new-array {{v0, v1}}, [Ljava/lang/String;
    move-result-object v0
    const/4 v1, 0x0
    array-length v2, v0
    :loop
    if-ge v1, v2, :end
    aget-object v3, v0, v1
    new-instance v4, Lc/d;
    sget-object v5, La/b;->h:Ljava/lang/String;
    invoke-direct {{v4, v5, v3}}, Lc/d;-><init>(Ljava/lang/String;Ljava/lang/String;)V
    invoke-interface {{p0, v4}}, Ljava/util/List;->add(Ljava/lang/Object;)Z
    add-int/lit8 v1, v1, 0x1
    goto :loop
    :end
    return-void
.end method
"""
    (tools.folder / "A.smali").write_text(source, encoding="utf-8")
    tools.run(tools.smali, "assemble", "-o", "classes.dex", "A.smali")
    with zipfile.ZipFile(tools.folder / "app.apk", "w") as archive:
        archive.write(tools.folder / "classes.dex", "classes.dex")
    place = "app.apk!/classes.dex: a.b.a"
    assert pins(read(tools.folder / "app.apk")) == {
        (pin, "*.example.org", place, Source.CALL) for pin in PINS[:2]
    }
