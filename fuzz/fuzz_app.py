"""Fuzz whole apps: the container itself, and bytes as each kind of entry in one.

Run with `python fuzz/fuzz_app.py CORPUS`; needs atheris. A finding is any exception but keypin's
own.
"""

import io
import sys
import zipfile
from datetime import UTC, datetime

from keypin.audit import audit
from keypin.errors import InputError

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ENTRIES = (
    "AndroidManifest.xml",
    "Payload/A.app/Info.plist",
    "Payload/A.app/main.jsbundle",
    "Payload/A.app/A",
    "assets/store.p12",
    "classes.dex",
    "base.apk",
)


def one_input(data: bytes) -> None:
    """Audit `data` as an app, and as each kind of entry in one."""
    run(data)
    for entry in ENTRIES:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(entry, data)
        run(file.getvalue())


def run(data: bytes) -> None:
    """Audit an app."""
    try:
        audit(io.BytesIO(data), name="fuzz", at=NOW)
    except InputError:
        return


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
