"""Fuzz what a server presents, up to the refusal and its story.

Run with `python fuzz/fuzz_presented.py CORPUS`; needs atheris. A finding is any exception but
`PinningError`, a story with control characters, and a chain of noise that is let in.
"""

import logging
import sys

from keypin import PinningError, PinSet, TrustStore
from keypin.tls.events import Hooks
from keypin.tls.host_judge import HostJudge
from keypin.tls.source import PinSource
from keypin.trust import public_roots

PINS = PinSet.from_mapping({"example.com": [f"sha256/{letter * 42}A=" for letter in "BC"]})


def judge(trust: TrustStore) -> HostJudge:
    """Return a judge of a client's context."""
    return HostJudge(PinSource(PINS), unpinned="refuse", anchors=lambda: trust, hooks=Hooks())


JUDGE = judge(public_roots())


def one_input(data: bytes) -> None:
    """Present the parts of `data` between its marks as certificates."""
    try:
        JUDGE.judge_presented("example.com", tuple(data.split(b"\xff\xfe\xff")))
    except PinningError as refusal:
        if not str(refusal).replace("\n", "").isprintable():
            raise RuntimeError("the story has control characters") from refusal
    else:
        raise RuntimeError("noise was let in")


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    logging.disable()
    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
