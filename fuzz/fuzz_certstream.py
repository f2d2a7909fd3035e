"""Fuzz the messages of the stream: any entry of any log has one.

Run with `python fuzz/fuzz_certstream.py CORPUS`; needs atheris. A finding is any exception, or a
message that is not read back.
"""

import json
import sys

from keypin.ct.certstream import Kind, Origin, Update
from keypin.ct.entry import LogEntry

_ORIGIN = Origin("a log", "https://log.example/", tiled=False)


def one_input(data: bytes) -> None:
    """Tell of `data` as a certificate, as a precertificate, and as what stands above one."""
    signed = len(data).to_bytes(3, "big") + data + b"\0\0"
    entries = (
        LogEntry(0, 0, False, bytes(12) + signed, data, issuers=(data,)),
        LogEntry(0, 0, True, bytes(11) + b"\1" + bytes(32) + signed, data),
        LogEntry(0, 0, False, data, b""),
    )
    for entry in entries:
        update = Update(entry, _ORIGIN, 0.0, verified=True)
        for kind in Kind:
            message = update.message(kind)
            if message and not json.loads(message)["data"]:
                raise AssertionError("a message that says nothing")


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
