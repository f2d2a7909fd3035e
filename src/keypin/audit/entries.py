"""The entries of an archive, each read as what it is: code, script, store, or any bytes.

Which reader an entry gets is a table: what its name says, then what its first bytes say. A reader
that cannot go on says so in a finding, and the other entries are read all the same.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from keypin.audit.archive import Archive
from keypin.audit.callsites import calls_okhttp, pins_in_code
from keypin.audit.dex import MAX_DEX, dex_files
from keypin.audit.embedded import (
    MAX_STORE,
    STORE_ENDINGS,
    Found,
    certificates_in,
    certificates_in_store,
)
from keypin.audit.gathered import Gathered
from keypin.audit.hermes import MAGIC, hermes_strings
from keypin.audit.libraries import OKHTTP, TYPES
from keypin.audit.macho import Program, is_macho, read_macho
from keypin.audit.model import Source
from keypin.audit.patterns import BARE_LENGTH, is_known, pins_in
from keypin.audit.rules import ENCRYPTED, UNREADABLE
from keypin.audit.scan import MAX_PINS, Hit, pins_in_bytes, windows
from keypin.audit.script import pins_in_script
from keypin.audit.unreadable import UnreadableError
from keypin.errors import Place

# The largest bundles of JavaScript are some 50 MB.
MAX_SCRIPT = 128 * 1024 * 1024

# Pictures, sounds and fonts hold no pins; and the signatures of an app are of who made it.
_IGNORED = re.compile(
    r"(?:\.(?:png|jpe?g|webp|gif|ogg|mp[34]|m4a|wav|ttf|otf|woff2?|heic|car|mobileprovision)"
    r"|(?:^|/)META-INF/[^/]+|(?:^|/)_CodeSignature/[^/]+)\Z",
    re.IGNORECASE,
)
_SCRIPT = re.compile(r"\.(?:js|mjs|bundle|jsbundle|hbc|html?|json)\Z", re.IGNORECASE)
_TEXTS = re.compile(r"\.(?:pem|crt|txt|properties|ya?ml|xml|plist|conf|cfg|ini)\Z", re.IGNORECASE)
_FLUTTER = re.compile(r"(?:/libapp\.so|/App\.framework/App|/flutter_assets/[^!]+)\Z")
_PACKED = (b"XALZ", b"XABA")  # .NET assemblies, compressed or in a store


def read_entries(archive: Archive, done: Iterable[str], gathered: Gathered) -> None:
    """Read every entry of an archive but those that are done already."""
    left = set(archive.names) - set(done)
    for entry in archive.names:
        if entry in left and _IGNORED.search(entry) is None:
            try:
                _reader(entry)(archive, entry, gathered)
            except UnreadableError as error:
                gathered.unreadable(error, archive.place(entry))


Reader = Callable[[Archive, str, Gathered], None]


def _reader(entry: str) -> Reader:
    if entry.endswith(".dex"):
        return read_dex
    if entry.lower().endswith(STORE_ENDINGS):
        return read_store
    return read_script if _SCRIPT.search(entry) else read_bytes


def read_dex(archive: Archive, entry: str, gathered: Gathered) -> None:
    """Read Dalvik code: pins with their calls, certificates in its texts, pinning libraries."""
    data = archive.read(entry, MAX_DEX)
    for dex in dex_files(data):
        for pin in pins_in_code(dex):
            source = Source.TEXT
            if pin.taker is not None:
                source = Source.LIBRARY_CALL if pin.known_taker else Source.CALL
            place = archive.place(entry, key=pin.method)
            gathered.add_pin(
                pin.text, place, source, host=pin.host, taker=pin.taker, nearby=pin.nearby
            )
        if calls_okhttp(dex):
            gathered.libraries[OKHTTP] = None
        for descriptor, library in TYPES:
            if dex.has_type(descriptor):
                gathered.libraries[library] = None
    _add_certificates(archive, entry, certificates_in(data), gathered)


def read_store(archive: Archive, entry: str, gathered: Gathered) -> None:
    """Read a key store."""
    for certificate in certificates_in_store(archive.read(entry, MAX_STORE)):
        gathered.add_certificate(Found(certificate, 0), archive.place(entry))


def read_script(archive: Archive, entry: str, gathered: Gathered) -> None:
    """Read JavaScript, as text or as Hermes bytecode."""
    data = archive.read(entry, MAX_SCRIPT)
    if data.startswith(MAGIC):
        _read_hermes(archive, entry, data, gathered)
        return
    placed: set[str] = set()
    for pin in pins_in_script(data.decode("utf-8", "replace")):
        placed.add(pin.text)
        place = archive.place(entry, line=pin.line)
        gathered.add_pin(pin.text, place, Source.SCRIPT, host=pin.host)
    for hit in pins_in_bytes(data):
        if hit.text not in placed:
            place = archive.place(entry, line=data.count(b"\n", 0, hit.offset) + 1)
            gathered.add_pin(hit.text, place, Source.TEXT, nearby=hit.nearby)
    _add_certificates(archive, entry, certificates_in(data), gathered)


def _read_hermes(archive: Archive, entry: str, data: bytes, gathered: Gathered) -> None:
    try:
        texts = tuple(hermes_strings(data))
        # Bare base64 may be anything, unless the module that takes it as pins is in the bundle.
        bare = any("publicKeyHashes" in text for text in texts)
        for pin in (pin for text in texts for pin in pins_in(text)):
            if bare or len(pin) != BARE_LENGTH or is_known(pin):
                gathered.add_pin(pin, archive.place(entry), Source.TEXT)
    except UnreadableError as error:
        gathered.unreadable(error, archive.place(entry))
        _read_windows(archive, entry, iter([data]), gathered)


def read_bytes(archive: Archive, entry: str, gathered: Gathered) -> None:
    """Read anything else, piece by piece."""
    pieces = archive.pieces(entry)
    head = next(pieces, b"")
    if head.startswith(_PACKED):
        error = UnreadableError("holds compressed .NET assemblies")
        gathered.unreadable(error, archive.place(entry))
    _read_windows(archive, entry, chain([head], pieces), gathered)


def _read_windows(
    archive: Archive, entry: str, pieces: Iterator[bytes], gathered: Gathered
) -> None:
    program = Program()
    count = 0
    for offset, window in windows(pieces):
        if not offset and is_macho(window):
            program = read_macho(window)
            if program.encrypted:
                place = archive.place(entry)
                gathered.note(ENCRYPTED.at(str(place), "its code is encrypted", place))
        for hit in pins_in_bytes(window, offset, fingerprints=bool(_FLUTTER.search(f"/{entry}"))):
            count += 1
            if count > MAX_PINS:
                place = archive.place(entry)
                gathered.note(
                    UNREADABLE.at(
                        str(place),
                        f"more than {MAX_PINS} digests, of which the first are told",
                        place,
                    )
                )
                return
            place = _place(archive, entry, hit, window, offset)
            gathered.add_pin(hit.text, place, Source.TEXT, nearby=hit.nearby)
        found = (one for one in certificates_in(window, offset) if not program.covers(one.offset))
        _add_certificates(archive, entry, found, gathered)


def _place(archive: Archive, entry: str, hit: Hit, window: bytes, offset: int) -> Place:
    """Return the line of a hit in a text, and its byte in anything else."""
    if _TEXTS.search(entry) and not offset and b"\0" not in window:
        return archive.place(entry, line=window.count(b"\n", 0, hit.offset) + 1)
    return archive.place(entry, key=f"byte {hit.offset}")


def _add_certificates(
    archive: Archive, entry: str, found: Iterable[Found], gathered: Gathered
) -> None:
    for one in found:
        gathered.add_certificate(one, archive.place(entry))
