"""Every reader of an app's bytes raises nothing but its own errors, whatever the bytes."""

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keypin.audit import audit
from keypin.audit.arsc import read_arsc
from keypin.audit.axml import read_axml
from keypin.audit.bundle import read_proto_table, read_proto_xml
from keypin.audit.callsites import pins_in_code
from keypin.audit.dex import dex_files
from keypin.audit.embedded import certificates_in, certificates_in_store
from keypin.audit.hermes import hermes_strings
from keypin.audit.macho import is_macho, read_macho
from keypin.audit.plist import read_plist
from keypin.audit.scan import pins_in_bytes
from keypin.audit.script import pins_in_script
from keypin.errors import InputError

READERS = {
    "arsc": lambda data: read_arsc(data).texts(0x7F010000),
    "axml": lambda data: read_axml(data).to_text(),
    "certificates": lambda data: list(certificates_in(data)),
    "dex": lambda data: [pins_in_code(one) for one in dex_files(data)],
    "hermes": lambda data: list(hermes_strings(data)),
    "macho": lambda data: (is_macho(data), read_macho(data)),
    "pins": lambda data: list(pins_in_bytes(data, fingerprints=True)),
    "plist": read_plist,
    "proto-table": lambda data: read_proto_table(data).texts(0x7F010000),
    "proto-xml": lambda data: read_proto_xml(data).to_text(),
    "script": lambda data: list(pins_in_script(data.decode("latin-1"))),
    "store": certificates_in_store,
}


@pytest.fixture
def valid(dex, make_axml, make_arsc, make_config, make_proto, pins) -> dict[str, bytes]:
    """A valid file for the readers that need one to get far."""
    call = dex.invoke(dex.method("Lokhttp3/CertificatePinner$Builder;", "add", "I"), 0, 4, 1)
    dex.define("LN;", "f", [*dex.array(1, *pins), *dex.const(4, "a.example"), *call, 0x0E])
    dex.constants.append(("LN;", "P", pins[0]))
    return {
        "arsc": make_arsc({"xml/net": ["a.xml", 0x7F010000]}),
        "axml": make_axml(make_config()),
        "dex": dex.build(),
        "proto-xml": make_proto(make_config()),
    }


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=400))
def test_any_bytes(name: str, data: bytes) -> None:
    """Noise is refused as what it is not."""
    with suppress(InputError):
        READERS[name](data)


def mutated(data: bytes, changes: list[tuple[int, int]]) -> bytes:
    """Return data with some bytes changed."""
    changed = bytearray(data)
    for place, value in changes:
        changed[place % len(changed)] = value
    return bytes(changed)


@pytest.mark.parametrize("name", ["arsc", "axml", "dex", "proto-xml"])
def test_broken_files(name: str, valid: dict[str, bytes]) -> None:
    """A valid file with some bytes changed is read, or refused."""

    @settings(max_examples=300, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 255)), max_size=6))
    def run(changes: list[tuple[int, int]]) -> None:
        with suppress(InputError):
            READERS[name](mutated(valid[name], changes))

    run()


def test_broken_archives(make_zip, valid: dict[str, bytes], now) -> None:
    """An app with some bytes changed anywhere is audited, or refused."""
    entries = {
        "AndroidManifest.xml": valid["axml"],
        "resources.arsc": valid["arsc"],
        "classes.dex": valid["dex"],
    }
    data = make_zip(entries, method=zipfile.ZIP_STORED)

    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), max_size=8))
    def run(changes: list[tuple[int, int]]) -> None:
        with suppress(InputError):
            audit(io.BytesIO(mutated(data, changes)), name="app.apk", at=now)

    run()
