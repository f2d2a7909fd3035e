"""Fuzz the reader of texts of tree heads, and of the keys of witnesses.

Run with `python fuzz/fuzz_head_file.py CORPUS`; needs atheris. A finding is any exception but our
own, or a head that is not read back from what is written of it.
"""

import sys
from base64 import b64decode
from contextlib import suppress

from keypin.ct.head import HeadError, TreeHead
from keypin.ct.head_file import dumps, loads
from keypin.ct.sct import LogKey
from keypin.ct.witness import witness_keys
from keypin.errors import InputError

# The key of a log of the lab.
_LOG = LogKey(
    b64decode(
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEY7C96YxxYUVMWbkkikugEGu5NO"
        "gLcXcHvikAiWPCf7GdU4G48rNZJwU7r5+YjToYpWVhH6bkqFsIxkiLapb79w=="
    )
)


def one_input(data: bytes) -> None:
    """Read `data` as each of them."""
    with suppress(InputError):
        for one in loads(data):
            with suppress(InputError, HeadError):
                one.verified({_LOG.log_id: _LOG})
            if isinstance(one.head, TreeHead):
                line = dumps(one.log_id, one.name, one.head).encode()
                if [again.head for again in loads(line)] != [one.head]:
                    raise AssertionError("a head that is not read back")
    with suppress(InputError):
        witness_keys(data.decode("utf-8", "surrogateescape"))


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
