"""The published schema and the reader agree."""

import tomllib

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import InputError
from keypin.pins.pin import Pin, Spelling
from keypin.pins.schema import SCHEMA
from keypin.pins.toml import loads

A, B = (str(Pin(bytes([number]) * 32)) for number in (1, 2))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def text(policy: str, head: str = "version = 1") -> str:
    """Return a pins.toml with one policy."""
    return f"{head}\n[[policy]]\n{policy}\n"


def test_the_schema_is_one() -> None:
    """It is a valid JSON Schema of draft 2020-12."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "document",
    [
        text(f'host = "a.example"\npins = ["{A}", "{B}"]'),
        text(f'host = "a.example"\ninclude_subdomains = true\npins = ["{A}"]\nno_backup = "x"'),
        text(
            f'host = "a.example"\npins = [{{ pin = "{A}", position = "root", comment = "c" }}]\n'
            f'backup_pins = ["{B}"]\nmode = "report"\non_expiry = "allow"\nexpires = 2027-01-01\n'
            'report_to = ["https://r.example/"]\ncomment = "c"',
            'version = 1\nname = "n"',
        ),
    ],
)
def test_both_accept(document: str) -> None:
    """What is right is right to both."""
    loads(document)
    VALIDATOR.validate(tomllib.loads(document))


@pytest.mark.parametrize(
    "document",
    [
        "version = 1",
        "version = 1\npolicy = []",
        text(f'host = "a.example"\npins = ["{A}", "{B}"]', "version = 2"),
        text(f'host = "a.example"\npins = ["{A}", "{B}"]', "version = 1\nother = 1"),
        text(f'pins = ["{A}", "{B}"]'),
        text('host = "a.example"'),
        text(f'host = ""\npins = ["{A}", "{B}"]'),
        text(f'host = "a.example"\npin = ["{A}", "{B}"]\npins = []'),
        text(f'host = "a.example"\npins = ["{A}", "sha1/AAAA"]'),
        text(f'host = "a.example"\npins = ["{A}", "{B[:-1]} "]'),
        text(f'host = "a.example"\npins = ["{A}", {{ pin = "{B}", place = "root" }}]'),
        text(f'host = "a.example"\npins = ["{A}", {{ pin = "{B}", position = "top" }}]'),
        text(f'host = "a.example"\npins = ["{A}", "{B}"]\nmode = "strict"'),
        text(f'host = "a.example"\npins = ["{A}", "{B}"]\non_expiry = "ignore"'),
        text(f'host = "a.example"\npins = ["{A}", "{B}"]\nreport_to = ["mailto:a@b"]'),
        text(f'host = "a.example"\npins = ["{A}", "{B}"]\nno_backup = " "'),
    ],
)
def test_both_refuse(document: str) -> None:
    """What a schema can see to be wrong is wrong to both."""
    with pytest.raises(InputError):
        loads(document)
    assert not VALIDATOR.is_valid(tomllib.loads(document))


@given(
    digest=st.binary(min_size=32, max_size=32) | st.binary(min_size=64, max_size=64),
    spelling=st.sampled_from(Spelling),
)
def test_every_pin_passes(digest: bytes, spelling: Spelling) -> None:
    """Whatever spelling the reader takes, the schema takes."""
    pin = Pin(digest, "sha256" if len(digest) == 32 else "sha512")
    document = {
        "version": 1,
        "policy": [{"host": "a.example", "pins": [pin.spell(spelling), A]}],
    }
    VALIDATOR.validate(document)
