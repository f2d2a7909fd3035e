"""Entries of an archive, each read as what it is."""

import plistlib
import struct
from base64 import b64encode

from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

from keypin.audit import entries as module
from keypin.audit.entries import read_entries
from keypin.audit.gathered import Gathered
from keypin.audit.hermes import MAGIC
from keypin.audit.model import Source

BARE = "B" * 42 + "A="
KNOWN = "C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="  # ISRG Root X1
FINGERPRINT = ":".join(["AB"] * 32)


def read(make_archive, **held: bytes) -> Gathered:
    """Return what entries say; of a name, `__` is a slash and `_` a dot."""
    names = {name.replace("__", "/").replace("_", "."): data for name, data in held.items()}
    found = Gathered()
    read_entries(make_archive(names), (), found)
    return found


def told(found: Gathered) -> list[tuple[str, str | None, str, str]]:
    """Return the pins with host, place and source."""
    return [(str(one.pin), one.host, str(one.place), one.source) for one in found.pins.values()]


def test_dalvik_code(make_archive, dex, pins) -> None:
    """Calls with their methods, by name and by shape, texts, and libraries by their types."""
    known = dex.method("Lokhttp3/CertificatePinner$Builder;", "add", "I")
    shape = dex.method("La;", "b", "I")
    host = dex.const(1, "api.example.com")
    dex.define("LN;", "f", [*host, *dex.const(2, pins[0]), *dex.invoke(known, 0, 1, 2), 0x0E])
    dex.define("LN;", "g", [*host, *dex.const(2, pins[1]), *dex.invoke(shape, 0, 1, 2), 0x0E])
    dex.define("LN;", "h", [*dex.const(2, f"sha256/{KNOWN}"), 0x0E])
    dex.type("Lcom/datatheorem/android/trustkit/TrustKit;")
    found = read(make_archive, classes_dex=dex.build())
    place = "app.apk!/classes.dex: N"
    assert told(found) == [
        (pins[0], "api.example.com", f"{place}.f", Source.LIBRARY_CALL),
        (pins[1], "api.example.com", f"{place}.g", Source.CALL),
        (f"sha256/{KNOWN}", None, f"{place}.h", Source.TEXT),
    ]
    assert list(found.libraries) == ["OkHttp's CertificatePinner", "TrustKit"]


def test_code_of_no_interest(make_archive, dex) -> None:
    """Most code has nothing to do with pins."""
    dex.define("LN;", "f", [0x0E])
    found = read(make_archive, classes_dex=dex.build())
    assert (found.pins, found.libraries, found.findings) == ({}, {}, {})


def test_broken_code_stops_nothing_else(make_archive, pins) -> None:
    """What cannot be read is a finding, and the next entry is read."""
    found = read(make_archive, classes_dex=b"dex", b_txt=pins[0].encode())
    assert [finding.id for finding in found.findings] == ["app-part-unreadable"]
    assert [place for _, _, place, _ in told(found)] == ["app.apk!/b.txt:1"]


def test_scripts(make_archive, pins) -> None:
    """An object tells the host; other texts are told with their line, and each once."""
    text = f'a={{"a.example.com":{{publicKeyHashes:["{BARE}"]}}}}\n"{pins[1]}"'
    found = read(make_archive, assets__index_android_bundle=text.encode())
    place = "app.apk!/assets/index.android.bundle"
    assert told(found) == [
        (f"sha256/{BARE}", "a.example.com", f"{place}:1", Source.SCRIPT),
        (pins[1], None, f"{place}:2", Source.TEXT),
    ]


def hermes(*texts: str, version: int = 96) -> bytes:
    """Return Hermes bytecode with some strings."""
    storage = "".join(texts).encode()
    rows, start = [], 0
    for text in texts:
        rows.append(len(text) << 24 | start << 1)
        start += len(text)
    head = MAGIC + struct.pack("<I20xI", version, 0) + bytes(4)
    head += struct.pack("<6I", 0, 0, 0, len(rows), 0, len(storage))
    return head.ljust(128, b"\0") + struct.pack(f"<{len(rows)}I", *rows) + storage


def test_hermes(make_archive) -> None:
    """Bare base64 counts where the module is in the bundle, or where the key is known."""
    held = read(make_archive, a_bundle=hermes("publicKeyHashes", BARE))
    assert [pin for pin, *_ in told(held)] == [f"sha256/{BARE}"]
    held = read(make_archive, a_bundle=hermes("nothing", BARE, KNOWN))
    assert [pin for pin, *_ in told(held)] == [f"sha256/{KNOWN}"]


def test_hermes_of_another_version(make_archive, pins) -> None:
    """What cannot be read by its table is searched as bytes, and that is said."""
    found = read(make_archive, a_bundle=hermes("x", pins[0], "y", version=99))
    assert [pin for pin, *_ in told(found)] == [pins[0]]
    assert [finding.id for finding in found.findings] == ["app-part-unreadable"]


def test_native_code(make_archive, pins) -> None:
    """Texts in code have a byte, not a line; .NET's are of two bytes."""
    data = b"\x7fELF\0" + pins[0].encode() + b"\0"
    found = read(make_archive, lib__x__liba_so=data, a_dll=pins[1].encode("utf-16-le"))
    assert {place for _, _, place, _ in told(found)} == {
        "app.apk!/lib/x/liba.so: byte 5", "app.apk!/a.dll: byte 0",
    }  # fmt: skip


def test_flutter(make_archive) -> None:
    """Its plugin takes fingerprints of certificates, which elsewhere mean other things."""
    data = f"\0{FINGERPRINT}\0".encode()
    found = read(make_archive, lib__x__libapp_so=data, lib__x__liba_so=data)
    assert [pin for pin, *_ in told(found)] == ["cert-sha256/" + b64encode(b"\xab" * 32).decode()]


def test_certificates(make_archive, make_certificate) -> None:
    """In any file, once for each; the app's own signature and pictures are left alone."""
    certificate = make_certificate()
    store = pkcs12.serialize_key_and_certificates(
        b"n", None, certificate.x509, None, NoEncryption()
    )
    der = certificate.der
    found = read(
        make_archive, a_cer=der + der, b_p12=store, c_jks=b"\xfe\xed" + der, d_js=der,
        META__INF__x=b"", e_png=der,
    )  # fmt: skip
    assert [str(one.place) for one in found.certificates.values()] == [
        "app.apk!/a.cer", "app.apk!/b.p12", "app.apk!/c.jks", "app.apk!/d.js",
    ]  # fmt: skip
    signed = Gathered()
    read_entries(make_archive({"META-INF/CERT.RSA": der, "x/_CodeSignature/y": der}), (), signed)
    assert signed.certificates == {}


def test_stores_with_a_password(make_archive) -> None:
    """A store that cannot be opened is told."""
    (finding,) = read(make_archive, a_p12=b"\x30\x03\x02\x01\x03").findings
    assert "cannot be opened: PKCS#12 that cannot be read" in finding.message


def test_macho(make_archive, make_certificate) -> None:
    """Apple's certificates in a signature pin nothing; encrypted code is told."""
    der = make_certificate().der
    commands = struct.pack("<IIII", 0x1D, 16, 200, len(der))
    commands += struct.pack("<IIIIII", 0x2C, 24, 0, 0, 1, 0)
    data = b"\xcf\xfa\xed\xfe" + bytes(12) + struct.pack("<I", 2) + bytes(12) + commands
    found = read(make_archive, Shop=data.ljust(200, b"\0") + der)
    assert found.certificates == {}
    assert [finding.id for finding in found.findings] == ["app-code-encrypted"]
    as_built = data.replace(struct.pack("<II", 1, 0), bytes(8)).ljust(200, b"\0")
    plain = read(make_archive, Shop=as_built + bytes(len(der)) + der)
    assert (len(plain.certificates), plain.findings) == (1, {})


def test_compressed_assemblies(make_archive) -> None:
    """.NET's own compression is not undone, and that is said."""
    (finding,) = read(make_archive, a_dll=b"XALZ....").findings
    assert finding.message.startswith("holds compressed .NET assemblies. Pins in it")


def test_lists_of_digests(make_archive, pins, monkeypatch) -> None:
    """A file of digests without end is no list of pins."""
    monkeypatch.setattr(module, "MAX_PINS", 1)
    (finding,) = read(make_archive, a_txt="\n".join(pins).encode()).findings
    assert finding.message.startswith("more than 1 digests, of which the first are told")


def test_what_is_done_is_not_read_again(make_archive, pins) -> None:
    """An entry that another reader has taken is left out."""
    found = Gathered()
    read_entries(make_archive({"a": pins[0].encode(), "b": plistlib.dumps({})}), ["a"], found)
    assert found.pins == {}
