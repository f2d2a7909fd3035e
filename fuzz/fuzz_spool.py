"""Fuzz the files of a reporter's spool, which anybody may have written.

Run with `python fuzz/fuzz_spool.py CORPUS`; needs atheris. A finding is any exception, and a file
that is taken for a report and cannot be read as one afterwards.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from keypin.tls.spool import Spool

FOLDER = TemporaryDirectory(prefix="keypin-fuzz-")


def one_input(data: bytes) -> None:
    """Find `data` in the spool of a run that is gone."""
    folder = Path(FOLDER.name)
    (folder / f"{0:016x}-{1:08}.json").write_bytes(data)
    spool = Spool(folder, most=10)
    try:
        for found in spool.recover()[0]:
            json.loads(spool.body(found.path))
    finally:
        spool.close()
        for left in folder.iterdir():
            left.unlink()


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
