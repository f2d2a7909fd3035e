"""`keypin audit`: the pins of a shipped app, and what its servers say to them."""

import io
import json
import plistlib
import re
import zipfile
from pathlib import Path

import pytest

from keypin.audit.rules import RULES
from keypin.lab import Lab

PINS = ["B" * 42 + "A=", "C" * 42 + "A="]
ROOT = "C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="  # ISRG Root X1

GONE = [
    "r/mIkG3eEpVdm+u/ko/cwxzOMo1bk4TyHIlByibiA5E=",
    "YLh1dUR9y6Kja30RrAn7JKnbQG/uEtLMkBgFF2Fuihg=",
]


def ipa(tmp_path: Path, host: str, *digests: str, **entries: bytes) -> Path:
    """Return an app for iOS that pins a host by Apple's own means."""
    identities = [{"SPKI-SHA256-BASE64": digest} for digest in digests]
    domains = {host: {"NSIncludesSubdomains": True, "NSPinnedCAIdentities": identities}}
    values: dict[str, object] = {
        "CFBundleIdentifier": "com.example.shop",
        "CFBundleShortVersionString": "1.2.3",
        "CFBundleVersion": "42",
    }
    if digests:
        values["NSAppTransportSecurity"] = {"NSPinnedDomains": domains}
    path = tmp_path / "shop.ipa"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Payload/Shop.app/Info.plist", plistlib.dumps(values))
        for name, data in entries.items():
            archive.writestr(f"Payload/Shop.app/{name.replace('_', '.')}", data)
    return path


def test_an_app_is_told(keypin, tmp_path) -> None:
    """Which app, its hosts, and each pin with what it is and where it stands."""
    path = ipa(tmp_path, "example.com", *PINS, ROOT, *GONE)
    ran = keypin("audit", path)
    words = " ".join(ran.out.split())
    assert "com.example.shop 1.2.3 (42), iOS **.example.com" in words
    assert f"Payload/Shop.app/Info.plist, Apple's NSPinnedDomains sha256/{PINS[0]} line" in words
    assert "ISRG Root X1 of Let's Encrypt, root until 2035-06-04" in words
    assert "DigiCert Global Root CA, root, no longer trusted" in words
    assert "Let's Encrypt Authority X3, intermediate ended 2021-10-06" in words
    assert re.search(r"shop\.ipa: 5 pins, 1 host, no certificates, \d+ findings", words)
    assert ran.err == ""


def test_findings_decide_the_exit_code(keypin, tmp_path) -> None:
    """An app with one pin bricks some day: exit code 1, unless only errors count."""
    path = ipa(tmp_path, "example.com", PINS[0])
    ran = keypin("audit", path)
    assert (ran.code, "warning app-one-pin" in ran.out) == (1, True)
    assert keypin("audit", "--fail-on", "error", path).code == 0


def test_an_app_without_pins(keypin, tmp_path) -> None:
    """That is no fault: a note, and exit code 0."""
    ran = keypin("audit", "--live", ipa(tmp_path, "example.com"))
    assert (ran.code, "note app-no-pins" in ran.out) == (0, True)
    assert "no pins, no hosts, no certificates, 1 finding" in ran.out


def test_pins_and_certificates_of_no_host(keypin, tmp_path, lab: Lab) -> None:
    """A text has what stands near it; a trust store is told in one line."""
    leaf = Path(lab.ca_file).read_bytes()
    text = f'pins at "https://api.example.com": sha256/{PINS[0]}'.encode()
    ran = keypin("audit", ipa(tmp_path, "x.example", a_txt=text, b_pem=leaf, c_pem=leaf * 9))
    assert "of no host that is known" in ran.out
    assert "a.txt, a text" in ran.out
    assert "near it: api.example.com" in ran.out
    assert "b.pem  " in ran.out
    held = json.loads(keypin("audit", "--json", tmp_path / "shop.ipa").out)["certificates"]
    assert {row["place"]["file"].rpartition("/")[2] for row in held} == {"b.pem", "c.pem"}


def test_json(keypin, tmp_path) -> None:
    """The same as one document."""
    document = json.loads(keypin("audit", "--json", ipa(tmp_path, "example.com", *PINS, ROOT)).out)
    assert document["schema"] == "keypin/audit/1"
    assert document["app"] == {
        "platform": "ios", "identifier": "com.example.shop", "version": "1.2.3", "build": "42",
    }  # fmt: skip
    first, _, last = document["pins"]
    assert (first["pin"], first["host"], first["source"]) == (
        f"sha256/{PINS[0]}", "**.example.com", "nspinneddomains",
    )  # fmt: skip
    assert first["known_ca_key"] is None
    assert last["known_ca_key"]["name"] == "ISRG Root X1"
    assert (document["results"], document["libraries"]) == (None, [])
    assert first["place"]["file"] == "shop.ipa!/Payload/Shop.app/Info.plist"


def live(lab: Lab, name: str) -> tuple[str, ...]:
    """Return the arguments that reach a server of the laboratory."""
    server = lab[name]
    return ("--live", "--connect", f"127.0.0.1:{server.port}", "--cafile", str(lab.ca_file))


def test_live(keypin, tmp_path, lab: Lab) -> None:
    """Would the app accept what its server shows now? Yes, no, and nobody knows."""
    chain = json.loads(keypin("check", "--json", f"localhost:{lab['good-ecdsa'].port}",
                              "--cafile", lab.ca_file).out)  # fmt: skip
    root = chain["handshakes"][0]["verified"][-1]["pin"].removeprefix("sha256/")
    good = ipa(tmp_path, "localhost", root, PINS[0])
    ran = keypin("audit", "--fail-on", "error", good, *live(lab, "good-ecdsa"))
    assert "this app accepts it" in ran.out, ran.out
    document = json.loads(keypin("audit", "--json", good, *live(lab, "good-ecdsa")).out)
    assert [row["outcome"] for row in document["results"]] == ["matched"]
    other = ipa(tmp_path, "localhost", *PINS)
    ran = keypin("audit", "--fail-on", "error", other, *live(lab, "good-ecdsa"))
    assert (ran.code, "mismatch" in ran.out) == (1, True)
    nobody = ("--live", "--connect", "127.0.0.1:1", "--cafile", str(lab.ca_file))
    ran = keypin("audit", "--fail-on", "error", good, *nobody)
    assert (ran.code, "could-not-tell" in ran.out) == (3, True)


def test_live_without_a_host(keypin, tmp_path, lab: Lab) -> None:
    """A pattern of subdomains alone names no host that could be read: nobody knows."""
    script = f"a={{'*.example.com':{{publicKeyHashes:['{PINS[0]}','{PINS[1]}']}}}}"
    path = ipa(tmp_path, "x.example", main_jsbundle=script.encode())
    ran = keypin("audit", path, "--fail-on", "error", *live(lab, "good-ecdsa"))
    assert (ran.code, "- *.example.com  not read: it names no host" in ran.out) == (3, True)
    document = json.loads(keypin("audit", "--json", path, *live(lab, "good-ecdsa")).out)
    assert (document["results"], document["unread_policies"]) == ([], ["*.example.com"])


def bomb() -> bytes:
    """Return an archive whose one entry unpacks to a thousand times its size."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("classes.dex", bytes(32 * 1024 * 1024))
    return file.getvalue()


def traversal() -> bytes:
    """Return an archive with a name that leads out of its folder."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../../etc/passwd", b"")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (bomb(), "app.apk: refused: a zip bomb: the entry 'classes.dex' unpacks to"),
        (traversal(), "app.apk: refused: path traversal: the entry '../../etc/passwd' leads out"),
        (b"text", "app.apk: is no zip archive: File is not a zip file; expected an APK, AAB,"),
    ],
    ids=["bomb", "traversal", "text"],
)
def test_hostile_archives(keypin, tmp_path, data, text) -> None:
    """They are refused by name, in one sentence."""
    (tmp_path / "app.apk").write_bytes(data)
    ran = keypin("audit", tmp_path / "app.apk")
    assert (ran.code, ran.out) == (2, "")
    assert f"keypin: {text}" in ran.err


def test_a_billion_laughs(keypin, tmp_path) -> None:
    """A property list of entities is refused by name."""
    with zipfile.ZipFile(tmp_path / "app.ipa", "w") as archive:
        archive.writestr("Payload/A.app/Info.plist", '<!DOCTYPE p [<!ENTITY a "ha">]><plist/>')
    ran = keypin("audit", tmp_path / "app.ipa")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("keypin: app.ipa!/Payload/A.app/Info.plist: refused: a billion laugh")


def test_unusable_files(keypin, tmp_path) -> None:
    """What cannot be read is told: exit code 2."""
    ran = keypin("audit", tmp_path / "missing.apk")
    assert ran.code == 2
    assert "missing.apk: cannot be read: No such file or directory" in ran.err
    assert keypin("audit", tmp_path).code == 2
    ran = keypin("audit", "/dev/stdin", stdin=b"PK")
    assert (ran.code, "is a pipe; expected a file" in ran.err) == (2, True)


def test_verify_takes_an_app(keypin, tmp_path, lab: Lab) -> None:
    """An app is a file with pins: `keypin verify` reads it as any other."""
    path = ipa(tmp_path, "localhost", *PINS)
    ran = keypin("verify", "--pins", path, *live(lab, "good-ecdsa")[1:])
    assert (ran.code, "mismatch" in ran.out) == (1, True)
    ran = keypin("explain", "--pins", ipa(tmp_path, "localhost"), "localhost")
    assert ran.code == 2
    assert "shop.ipa: no pin in this app has a host" in ran.err


def test_every_finding_is_documented() -> None:
    """The page on audits has a row for each of its findings."""
    page = Path(__file__).parents[2] / "docs" / "how-to" / "audit-an-app.md"
    text = page.read_text(encoding="utf-8")
    assert {rule.id for rule in RULES if f"`{rule.id}`" not in text} == set()
