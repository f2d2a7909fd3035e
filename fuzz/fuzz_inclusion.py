"""Fuzz the reader of answers to get-proof-by-hash.

Run with `python fuzz/fuzz_inclusion.py CORPUS`; needs atheris. A finding is any exception but our
own, or a proof that holds for a root that was not computed from it.
"""

import sys
from contextlib import suppress

from keypin.ct.merkle import ProofError, verify_inclusion
from keypin.monitor.inclusion import read_proof


def one_input(data: bytes) -> None:
    """Read `data`, and verify what it says."""
    with suppress(ProofError):
        index, path = read_proof(data)
        verify_inclusion(bytes(32), index, 1 << 20, path, bytes(32))
        raise AssertionError("a proof of nothing")


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
