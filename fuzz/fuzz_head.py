"""Fuzz the readers of tree heads, signed notes and their keys.

Run with `python fuzz/fuzz_head.py CORPUS`; needs atheris. A finding is any exception but our own,
or a key or head that is not read back.
"""

import sys
from base64 import b64decode
from contextlib import suppress

from keypin.ct.head import HeadError, TreeHead
from keypin.ct.note import COSIGNATURE, Note, NoteError, NoteKey
from keypin.ct.sct import LogKey
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
    with suppress(InputError, HeadError):
        TreeHead.of_checkpoint(data, "", _LOG)
    with suppress(InputError):
        head = TreeHead.of_json(data)
        if TreeHead.of_json(head.dumps()) != head or head.timestamp.tzinfo is None:
            raise AssertionError("a head that is not read back")
        with suppress(HeadError):
            head.verify(_LOG)
    with suppress(InputError):
        for one in Note.parse(data).signatures:
            with suppress(NoteError):
                NoteKey(one.name, COSIGNATURE, bytes(32)).verify(Note.parse(data))
    with suppress(InputError):
        key = NoteKey.parse(data.decode("utf-8", "surrogateescape"))
        if NoteKey.parse(str(key)) != key:
            raise AssertionError("a key that is not read back")


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
