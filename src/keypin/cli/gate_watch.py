"""The gate of a running watch: it knows the releases, judges, and keeps nothing of the chain."""

from datetime import datetime
from ssl import DER_cert_to_PEM_cert
from typing import TYPE_CHECKING, Any

from keypin.cli import shapes, watch_client
from keypin.errors import InputError
from keypin.findings import Finding, Severity

if TYPE_CHECKING:
    from keypin.certs import Certificate
    from keypin.cli.gate import Answer, Asked
    from keypin.cli.shapes import Shape

# What only makes sense where the pins are given here.
_ELSEWHERE = {
    "current": "--current",
    "require_pinned": "--require-pinned",
    "any_path": "--any-path",
}


def judge(watch: str, asked: "Asked") -> "Answer":
    """Ask a watch.

    Raises:
        InputError: an option is not for a watch, or it refuses the chain.
        WatchError: it cannot be reached.
    """
    from keypin.cli.gate import Answer, Judged, labelled

    for name, option in _ELSEWHERE.items():
        if asked.more[name]:
            raise InputError(f"{option} with --watch", next_step="leave it out: the watch knows")
    client = watch_client.client(watch, asked.more)
    judged: list[Judged] = []
    found: tuple[Finding, ...] = ()
    trust, at = "", asked.at
    for path, presented in asked.files.items():
        query = {"host": asked.hosts, "at": asked.at.isoformat()}
        body = _pem(presented)
        said = client.ask("POST", "gate", query=query, body=body).json()
        judged.append(Judged(path, presented, tuple(map(_result, said["results"]))))
        found += labelled(path, tuple(map(_finding, said["findings"])), asked)
        trust, at = f"{said['trust']} of {client.address}", datetime.fromisoformat(said["at"])
    return Answer(tuple(judged), found, (), trust, at)


def _pem(chain: "tuple[Certificate, ...]") -> bytes:
    return "".join(DER_cert_to_PEM_cert(one.der) for one in chain).encode()


def _result(said: "Shape") -> "Shape":
    """Return a result in the shape and the order of our own."""
    return {
        "release": said["release"],
        "host": said["host"],
        **_state(said),
        **{name: said[name] for name in ("policy", "enforced", "accepts", "matches")},
        **{name: said[name] for name in ("deployed_now", "paths")},
        "later": [_state(one) for one in said["later"]],
    }


def _state(said: "Shape") -> dict[str, Any]:
    return {
        "at": shapes.time(datetime.fromisoformat(said["at"])),
        **{name: said[name] for name in ("outcome", "reason", "detail")},
    }


def _finding(said: "Shape") -> Finding:
    return Finding(
        id=said["id"],
        severity=Severity(said["severity"]),
        subject=said["subject"],
        message=said["message"],
        cure=said["cure"],
        evidence=tuple(said["evidence"]),
    )
