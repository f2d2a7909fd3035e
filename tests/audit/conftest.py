"""Small apps and their parts, built byte by byte as the platforms' own tools build them."""

import io
import struct
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from keypin.audit.archive import Archive
from keypin.audit.tree import ANDROID, Attribute, Element
from keypin.certs import Certificate

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PINS = ("sha256/" + "B" * 42 + "A=", "sha256/" + "C" * 42 + "A=")


@pytest.fixture(scope="session")
def now() -> datetime:
    """The time of every audit in these tests."""
    return NOW


@pytest.fixture(scope="session")
def pins() -> tuple[str, str]:
    """Two pins of nobody's keys."""
    return PINS


def zipped(entries: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


@pytest.fixture(scope="session")
def make_zip():
    """Return the function that builds archives."""
    return zipped


@pytest.fixture(scope="session")
def make_archive():
    """Return a function that builds an archive and opens it."""
    return lambda entries, name="app.apk": Archive(io.BytesIO(zipped(entries)), name)


# Binary XML and resource tables


def chunk(kind: int, head: bytes, body: bytes) -> bytes:
    """Return a chunk of Android's compiled resources."""
    size = 8 + len(head)
    return struct.pack("<HHI", kind, size, size + len(body)) + head + body


def string_pool(texts: list[str], *, wide: bool = False) -> bytes:
    """Return a pool of strings, in UTF-8 or UTF-16."""
    rows = [_wide(text) if wide else _narrow(text) for text in texts]
    offsets, offset = b"", 0
    for row in rows:
        offsets += struct.pack("<I", offset)
        offset += len(row)
    start = 28 + len(offsets)
    head = struct.pack("<IIIII", len(texts), 0, 0 if wide else 0x100, start, 0)
    data = b"".join(rows)
    return chunk(0x0001, head, offsets + data + b"\0" * (-len(data) % 4))


def _length(count: int, bits: int) -> bytes:
    size = (bits + 1) // 8
    if count < 1 << bits:
        return count.to_bytes(size, "little")
    high = count >> (bits + 1) | 1 << bits
    return high.to_bytes(size, "little") + (count & (1 << bits + 1) - 1).to_bytes(size, "little")


def _narrow(text: str) -> bytes:
    data = text.encode()
    return _length(len(text), 7) + _length(len(data), 7) + data + b"\0"


def _wide(text: str) -> bytes:
    data = text.encode("utf-16-le")
    return _length(len(data) // 2, 15) + data + b"\0\0"


@dataclass
class Axml:
    """A document in binary XML in the making."""

    wide: bool = False
    texts: list[str] = field(default_factory=list)
    body: bytes = b""

    def index(self, text: str) -> int:
        """Return the index of a string."""
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text)

    def node(self, kind: int, line: int, body: bytes) -> None:
        """Add a node."""
        self.body += chunk(kind, struct.pack("<II", line, 0xFFFFFFFF), body)

    def add(self, element: Element) -> None:
        """Add an element with all below it."""
        rows = b"".join(map(self._attribute, element.attributes))
        head = struct.pack("<IIHHHHHH", 0xFFFFFFFF, self.index(element.name), 20, 20,
                           len(element.attributes), 0, 0, 0)  # fmt: skip
        self.node(0x0102, element.line or 0, head + rows)
        for child in element.children:
            if isinstance(child, Element):
                self.add(child)
            else:
                self.node(0x0104, 0, struct.pack("<IHBBI", self.index(child), 8, 0, 3, 0))
        end = struct.pack("<II", 0xFFFFFFFF, self.index(element.name))
        self.node(0x0103, element.line or 0, end)

    def _attribute(self, one: Attribute) -> bytes:
        namespace = self.index(one.namespace) if one.namespace else 0xFFFFFFFF
        name = self.index(one.name)
        if isinstance(one.reference, int):
            return struct.pack("<IIIHBBI", namespace, name, 0xFFFFFFFF, 8, 0, 1, one.reference)
        text = self.index(one.value)
        return struct.pack("<IIIHBBI", namespace, name, text, 8, 0, 3, text)

    def build(self) -> bytes:
        """Return the document."""
        return chunk(0x0003, b"", string_pool(self.texts, wide=self.wide) + self.body)


def axml_of(root: Element, *, wide: bool = False) -> bytes:
    """Return an element as binary XML."""
    document = Axml(wide)
    document.add(root)
    return document.build()


@pytest.fixture(scope="session")
def make_axml():
    """Return the function that writes binary XML."""
    return axml_of


@pytest.fixture(scope="session")
def make_chunk():
    """Return the function that writes a chunk."""
    return chunk


@pytest.fixture(scope="session")
def make_pool():
    """Return the function that writes a string pool."""
    return string_pool


def arsc_of(
    resources: dict[str, list[str | int]], *, offsets: str = "plain", compact: bool = False
) -> bytes:
    """Return a resource table: from `xml/net` to its values, an integer being a reference."""
    kinds = list(dict.fromkeys(name.partition("/")[0] for name in resources))
    keys = [name.partition("/")[2] for name in resources]
    texts: list[str] = []
    types = b""
    for number, kind in enumerate(kinds, 1):
        rows = [name for name in resources if name.startswith(f"{kind}/")]
        for config in range(max(len(resources[name]) for name in rows)):
            entries: list[bytes] = []
            for name in rows:
                value = resources[name][config % len(resources[name])]
                key = keys.index(name.partition("/")[2])
                entries.append(_entry(key, value, texts, compact=compact))
            types += _type(number, entries, offsets)
    pools = string_pool(kinds), string_pool(keys)
    start = 288
    head = struct.pack("<I256xIIIII", 0x7F, start, 0, start + len(pools[0]), 0, 0)
    package = chunk(0x0200, head, pools[0] + pools[1] + types)
    return chunk(0x0002, struct.pack("<I", 1), string_pool(texts) + package)


def _entry(key: int, value: str | int, texts: list[str], *, compact: bool) -> bytes:
    if isinstance(value, str):
        texts.append(value)
    kind, data = (0x03, len(texts) - 1) if isinstance(value, str) else (0x01, value)
    if value == -1:  # a bag
        return struct.pack("<HHIII", 16, 1, key, 0, 0)
    if value == -2:  # a number
        kind, data = 0x10, 7
    if compact:
        return struct.pack("<HHI", key, 0x8 | kind << 8, data)
    return struct.pack("<HHIHBBI", 8, 0, key, 8, 0, kind, data)


def _type(number: int, entries: list[bytes], offsets: str) -> bytes:
    places = [sum(map(len, entries[:index])) for index in range(len(entries))]
    if offsets == "sparse":
        table = b"".join(struct.pack("<HH", i, place // 4) for i, place in enumerate(places))
    elif offsets == "short":
        table = b"".join(struct.pack("<H", place // 4) for place in places)
        table += b"\xff\xff" * (1 + len(places) % 2)
    else:
        table = b"".join(struct.pack("<I", place) for place in places) + b"\xff" * 4
    count = {"sparse": 4, "short": 2, "plain": 4}[offsets]
    flags = {"sparse": 1, "short": 2, "plain": 0}[offsets]
    start = 20 + len(table)
    head = struct.pack("<BBHII", number, flags, 0, len(table) // count, start)
    return chunk(0x0201, head, table + b"".join(entries))


@pytest.fixture(scope="session")
def make_arsc():
    """Return the function that writes resource tables."""
    return arsc_of


# Protocol buffers


def varint(value: int) -> bytes:
    """Return a number on the wire."""
    data = b""
    while value > 0x7F:
        data += bytes([value & 0x7F | 0x80])
        value >>= 7
    return data + bytes([value])


def message(*fields: tuple[int, int | str | bytes]) -> bytes:
    """Return a message."""
    data = b""
    for number, value in fields:
        if isinstance(value, int):
            data += varint(number << 3) + varint(value)
        else:
            blob = value.encode() if isinstance(value, str) else value
            data += varint(number << 3 | 2) + varint(len(blob)) + blob
    return data


def proto_of(element: Element) -> bytes:
    """Return an element as aapt2's protobuf."""
    rows = [(4, _proto_attribute(one)) for one in element.attributes]
    below = [
        (5, proto_of(child) if isinstance(child, Element) else message((2, child)))
        for child in element.children
    ]
    node = message((3, element.name), *rows, *below)
    return message((1, node), (3, message((1, element.line or 0))))


def _proto_attribute(one: Attribute) -> bytes:
    fields: list[tuple[int, int | str | bytes]] = [
        (1, one.namespace), (2, one.name), (3, one.value),
    ]  # fmt: skip
    if one.reference is not None:
        field_number = 2 if isinstance(one.reference, int) else 3
        fields.append((6, message((1, message((field_number, one.reference))))))
    return message(*fields)


@pytest.fixture(scope="session")
def make_message():
    """Return the function that writes protobuf messages."""
    return message


@pytest.fixture(scope="session")
def make_proto():
    """Return the function that writes XML as protobuf."""
    return proto_of


# Apps


def manifest_of(config: int | None = None) -> Element:
    """Return a manifest, with a reference to a network security configuration."""
    reference = (Attribute("networkSecurityConfig", "@xml/net", ANDROID, config),) if config else ()
    application = Element("application", reference, 3)
    return Element(
        "manifest",
        (
            Attribute("package", "com.example.shop"),
            Attribute("versionName", "1.2.3", ANDROID),
            Attribute("versionCode", "42", ANDROID),
        ),
        1,
        [application],
    )


def config_of(pins: Iterable[str] = PINS, host: str = "example.com") -> Element:
    """Return a network security configuration."""
    found = [
        Element("pin", (Attribute("digest", "SHA-256"),), 5 + index, [pin.removeprefix("sha256/")])
        for index, pin in enumerate(pins)
    ]
    domain = Element("domain", (Attribute("includeSubdomains", "true"),), 3, [host])
    return Element(
        "network-security-config",
        (),
        1,
        [Element("domain-config", (), 2, [domain, Element("pin-set", (), 4, [*found])])],
    )


@pytest.fixture(scope="session")
def make_manifest():
    """Return the function that builds manifests."""
    return manifest_of


@pytest.fixture(scope="session")
def make_config():
    """Return the function that builds network security configurations."""
    return config_of


@pytest.fixture(scope="session")
def make_certificate():
    """Return a function that makes certificates."""

    def make(name: str = "shop.example", *, ca: bool = False, days: int = 100) -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        built = (
            x509.CertificateBuilder(subject_name=subject, issuer_name=subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=500))
            .not_valid_after(NOW + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            # Larger than 255 bytes, as every certificate in use is.
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)] * 4), critical=False)
            .sign(key, SHA256())
        )
        return Certificate.from_der(built.public_bytes(Encoding.DER))

    return make


# Dalvik executables


@dataclass
class DexMaker:
    """An executable in the making: tables grow as code refers to them."""

    strings: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    prototypes: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    fields: list[tuple[str, str]] = field(default_factory=list)
    methods: list[tuple[str, str, tuple[str, ...], str]] = field(default_factory=list)
    code: list[tuple[str, str, list[int]]] = field(default_factory=list)
    constants: list[tuple[str, str, str | int]] = field(default_factory=list)

    def string(self, text: str) -> int:
        """Return the index of a string."""
        return _index(self.strings, text)

    def type(self, name: str) -> int:
        """Return the index of a type."""
        self.string(name)
        return _index(self.types, name)

    def field(self, owner: str, name: str) -> int:
        """Return the index of a field."""
        self.type(owner)
        self.string(name)
        return _index(self.fields, (owner, name))

    def method(self, owner: str, name: str, *parameters: str, returns: str = "V") -> int:
        """Return the index of a method."""
        for one in (owner, returns, *parameters):
            self.type(one)
        self.string(name)
        _index(self.prototypes, (parameters, returns))
        return _index(self.methods, (owner, name, parameters, returns))

    def define(self, owner: str, name: str, units: list[int], returns: str = "V") -> int:
        """Define a static method without parameters, and return its index."""
        index = self.method(owner, name, returns=returns)
        self.code.append((owner, name, units))
        return index

    # Instructions, as lists of units.

    def const(self, register: int, text: str) -> list[int]:
        """Load a string."""
        return [register << 8 | 0x1A, self.string(text)]

    def jumbo(self, register: int, text: str) -> list[int]:
        """Load a string by its long index."""
        return [register << 8 | 0x1B, self.string(text), 0]

    def array(self, register: int, *texts: str) -> list[int]:
        """Fill an array of strings, element by element, with two registers behind its own."""
        units = [0x12 | register << 8 | 2 << 12, register << 8 | register << 12 | 0x23]
        units += [self.type("[Ljava/lang/String;")]
        for index, text in enumerate(texts):
            units += [0x12 | register + 1 << 8 | index << 12, *self.const(register + 2, text)]
            units += [register + 2 << 8 | 0x4D, register | register + 1 << 8]
        return units

    def invoke(self, method: int, *registers: int, opcode: int = 0x6E) -> list[int]:
        """Call a method with up to four registers."""
        names = sum(register << 4 * index for index, register in enumerate(registers[:4]))
        return [opcode | len(registers) << 12, method, names]

    def build(self) -> bytes:
        """Return the file."""
        owners = list(dict.fromkeys([one[0] for one in (*self.code, *self.constants)]))
        for owner in owners:
            self.type(owner)
        for owner, name, value in self.constants:
            self.field(owner, name)
            if isinstance(value, str):
                self.string(value)
        tables = 4 * len(self.strings) + 4 * len(self.types) + 12 * len(self.prototypes)
        tables += 8 * (len(self.fields) + len(self.methods)) + 32 * len(owners)
        sections = _Sections(0x70 + tables)
        texts = [sections.add(varint(len(one)) + one.encode() + b"\0") for one in self.strings]
        lists = [
            sections.add(struct.pack(f"<I{len(one)}H", len(one), *map(self.type, one)))
            if one else 0
            for one, _ in self.prototypes
        ]  # fmt: skip
        codes = [
            sections.add(struct.pack("<HHHHII", 16, 0, 0, 0, 0, len(units))
                         + struct.pack(f"<{len(units)}H", *units))
            for _, _, units in self.code
        ]  # fmt: skip
        rows = b"".join(self._class(owner, codes, sections) for owner in owners)
        body = struct.pack(f"<{len(texts)}I", *texts)
        body += struct.pack(f"<{len(self.types)}I", *map(self.string, self.types))
        for (_, returns), place in zip(self.prototypes, lists, strict=True):
            body += struct.pack("<III", 0, self.type(returns), place)
        for owner, name in self.fields:
            body += struct.pack("<HHI", self.type(owner), 0, self.string(name))
        for owner, name, parameters, returns in self.methods:
            prototype = self.prototypes.index((parameters, returns))
            body += struct.pack("<HHI", self.type(owner), prototype, self.string(name))
        sizes = (self.strings, self.types, self.prototypes, self.fields, self.methods, owners)
        size = len(body) + len(rows) + 0x70 + len(sections.data)
        data = self._head(sizes, size) + body + rows
        return data + sections.data

    def _head(self, sizes: tuple[list, ...], size: int) -> bytes:
        head = b"dex\n035\0" + bytes(24) + struct.pack("<III", size, 0x70, 0x12345678)
        head += bytes(12)
        offset = 0x70
        for table, width in zip(sizes, (4, 4, 12, 8, 8, 32), strict=True):
            head += struct.pack("<II", len(table), offset)
            offset += width * len(table)
        return head + bytes(8)

    def _class(self, owner: str, codes: list[int], sections: "_Sections") -> bytes:
        held = [(self.field(owner, name), value)
                for one, name, value in self.constants if one == owner]  # fmt: skip
        methods = [(self.methods.index((owner, name, (), self._returns(owner, name))), code)
                   for (one, name, _), code in zip(self.code, codes, strict=True)
                   if one == owner]  # fmt: skip
        data = varint(len(held)) + varint(0) + varint(len(methods)) + varint(0)
        last = 0
        for index, _ in held:
            data += varint(index - last) + varint(8)
            last = index
        last = 0
        for index, code in sorted(methods):
            data += varint(index - last) + varint(9) + varint(code)
            last = index
        values = varint(len(held))
        for _, value in held:
            kind, number = (0x17, self.string(value)) if isinstance(value, str) else (0x04, value)
            values += bytes([3 << 5 | kind]) + struct.pack("<I", number)
        place = sections.add(values) if held else 0
        members = sections.add(data)
        return struct.pack("<8I", self.type(owner), 1, 0, 0, 0, 0, members, place)

    def _returns(self, owner: str, name: str) -> str:
        return next(one[3] for one in self.methods if one[:3] == (owner, name, ()))


@dataclass
class _Sections:
    """What stands behind the tables of an executable."""

    start: int
    data: bytes = b""

    def add(self, part: bytes) -> int:
        """Add a part at a multiple of four, and return its offset."""
        self.data += b"\0" * (-(self.start + len(self.data)) % 4)
        offset = self.start + len(self.data)
        self.data += part
        return offset


def _index(table: list, value: object) -> int:
    if value not in table:
        table.append(value)
    return table.index(value)


@pytest.fixture
def dex() -> DexMaker:
    """Return an empty executable in the making."""
    return DexMaker()
