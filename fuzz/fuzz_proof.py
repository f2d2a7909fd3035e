"""Fuzz the readers of evidence: proofs of inclusion, leaves, and alarms with their heads.

Run with `python fuzz/fuzz_proof.py CORPUS`; needs atheris. A finding is any exception but our own,
or a proof that is not read back.
"""

import json
import sys
from base64 import b64decode
from contextlib import suppress

from keypin.ct.element import Element
from keypin.ct.leaf import Leaf
from keypin.ct.merkle import ProofError
from keypin.ct.misbehaviour import Accusation
from keypin.ct.proof import Proof
from keypin.ct.proved import belonging, readable
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
    with suppress(InputError):
        proof = Proof.loads(data)
        if Proof.loads(proof.dumps()) != proof:
            raise AssertionError("a proof that is not read back")
        with suppress(ProofError):
            proof.verify(_LOG)
    with suppress(InputError):
        leaf = Leaf.parse(data)
        readable(leaf)
        belonging(leaf, leaf.signed, [leaf.signed])
    with suppress(InputError, ProofError, ValueError, RecursionError):
        Accusation.read(Element(json.loads(data))).verify(_LOG)


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
