"""Fuzz the reader of CAA values, and what is said of record sets.

Run with `python fuzz/fuzz_caa.py CORPUS`; needs atheris. A finding is any exception, or a record
that allows an issuer whose name does not stand in it.
"""

import sys

from keypin.ct.caa import Record, RecordSet, Word, rule

_ISSUER = "ca.example"


def one_input(data: bytes) -> None:
    """Read `data` as flags, tag and value of a record."""
    flags, tag, value = data[:1], data[1:10], data[10:]
    record = Record(int.from_bytes(flags, "big"), tag.decode("latin-1"), value.decode("latin-1"))
    issue = Record(0, "issue", record.value)
    for name in ("a.example", "*.a.example"):
        ruling = rule(name, RecordSet("a.example", (record, issue)), [_ISSUER])
        if ruling.word is Word.ALLOWED and _ISSUER not in record.value.lower():
            raise AssertionError("an issuer that nobody named")


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
