"""Evidence as people hand it on: what is in a file of it, whose key it takes, and what it proves.

A file holds one JSON document, or several behind one another, as JSON Lines: proofs, findings of a
monitor with a proof in them, alarms with signed tree heads. Nothing here asks a log.
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from keypin.cli.files import read_bytes
from keypin.ct.element import Element
from keypin.ct.merkle import ProofError
from keypin.ct.misbehaviour import Accusation
from keypin.ct.proof import SCHEMA, Proof
from keypin.errors import CertificateError, InputError, Place

if TYPE_CHECKING:
    from keypin.cli.log_lists import Named
    from keypin.ct.alarm import Alarm
    from keypin.ct.proved import Proved
    from keypin.ct.sct import LogKey

_BLANK = re.compile(r"\s*")


class Outcome(StrEnum):
    """What comes of a piece of evidence."""

    PROVED = "proved"
    WRONG = "wrong"
    MISSING = "missing"
    NOT_PROVED = "not-proved"
    UNKNOWN_LOG = "unknown-log"


@dataclass(frozen=True, slots=True)
class Judged:
    """A piece of evidence, and what it proves.

    Attributes:
        subject: where it is from: a file, with the line where there are several in it.
        outcome: what came of it.
        detail: why, where it proves nothing; what it proves against a log.
        log: what the log list calls the log; empty where the key is not from one.
        log_id: SHA-256 of the log's key; empty where nothing says it.
        proof: the evidence of an entry.
        proved: what that proves.
        accusation: the evidence against a log.
        alarms: what that proves.
    """

    subject: str
    outcome: Outcome
    detail: str = ""
    log: str = ""
    log_id: bytes = b""
    proof: Proof | None = None
    proved: "Proved | None" = None
    accusation: Accusation | None = None
    alarms: "tuple[Alarm, ...]" = ()

    @property
    def called(self) -> str:
        """What the evidence itself calls the log, which nothing proves; empty where it does not."""
        found = self.proof or self.accusation
        return found.log if found else ""


class Document(NamedTuple):
    """A JSON document in a file, and how it is called."""

    subject: str
    element: Element


def documents(data: bytes, name: str) -> Iterator[Document]:
    """Yield the JSON documents that stand one after another in a file.

    Args:
        data: the file.
        name: what it is called.

    Raises:
        InputError: what follows is no JSON.
    """
    decoder, line, at = json.JSONDecoder(), 1, 0
    try:
        text = data.decode("utf-8-sig")
        while (begin := _skip(text, at)) < len(text):
            line += text.count("\n", at, begin)
            value, end = decoder.raw_decode(text, begin)
            single = at == 0 and _skip(text, end) == len(text)
            subject = name if single else f"{name}:{line}"
            yield Document(subject, Element(value, "", subject))
            line, at = line + text.count("\n", begin, end), end
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"no JSON: {str(error)[:80]}", expected="evidence", place=Place(file=name, line=line)
        ) from error


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def recognise(element: Element) -> Proof | Accusation:
    """Return the evidence that a document is, or holds.

    Raises:
        InputError: there is none.
    """
    members = cast("dict[str, Any]", element.value) if element.names else {}
    if isinstance(members.get("proof"), dict):
        return Proof.read(element.element("proof"))
    if members.get("schema") == SCHEMA:
        return Proof.read(element)
    if "heads" in members:
        return Accusation.read(element)
    log, index = members.get("log"), members.get("index")
    ask = isinstance(log, str) and isinstance(index, int)
    raise InputError(
        "no evidence",
        expected="a proof, a finding with one, or an alarm with tree heads",
        next_step=f"ask the log: keypin ct prove --log {log!r} {index}" if ask else None,
        place=Place(file=element.file),
    )


@dataclass(frozen=True, slots=True)
class Keys:
    """By which keys evidence is verified: one, or those of a log list."""

    one: "LogKey | None" = None
    named: "Named | None" = None

    def of(self, log_id: bytes) -> "tuple[LogKey, str] | None":
        """Return a log's key, and what the list calls it; None where it is not known."""
        if self.one is not None:
            return (self.one, "") if log_id in {b"", self.one.log_id} else None
        found = self.named.logs.log(log_id) if self.named else None
        return (found.key, found.description) if found else None


def read_key(text: str) -> "LogKey":
    """Return a log's key from what a user gives: a file with it, in PEM or DER, or its base64.

    Raises:
        InputError: it is none.
    """
    from keypin.certs import load_keys
    from keypin.ct.sct import LogKey

    if Path(text).is_file():
        keys = load_keys(read_bytes(text), name=text)
        return LogKey(keys[0].spki)
    try:
        return LogKey(b64decode(text, validate=True))
    except (ValueError, CertificateError) as error:
        raise InputError(
            f"--key {text[:60]!r} is neither a file nor the base64 of a key",
            expected="the key of a log, as log lists have it",
        ) from error


def judge(document: Document, keys: Keys) -> Judged:
    """Return what a document proves.

    Raises:
        InputError: it is no evidence.
    """
    found = recognise(document.element)
    known = keys.of(found.log_id)
    if known is None:
        return _unknown(document.subject, found, keys)
    key, name = known
    if isinstance(found, Proof):
        return judge_proof(document.subject, found, key, name)
    return _judge_accusation(document.subject, found, key, name)


def judge_proof(subject: str, proof: Proof, key: "LogKey", name: str) -> Judged:
    """Return what a proof proves, by the key of the log that is called by a name."""
    about: dict[str, Any] = {"log": name, "log_id": key.log_id, "proof": proof}
    try:
        return Judged(subject, Outcome.PROVED, proved=proof.verify(key), **about)
    except ProofError as error:
        return Judged(subject, Outcome.WRONG, str(error), **about)


def _judge_accusation(subject: str, said: Accusation, key: "LogKey", name: str) -> Judged:
    about: dict[str, Any] = {"log": name, "log_id": key.log_id, "accusation": said}
    try:
        alarms = said.verify(key)
    except ProofError as error:
        return Judged(subject, Outcome.WRONG, str(error), **about)
    if alarms:
        return Judged(subject, Outcome.PROVED, alarms[0].message, alarms=alarms, **about)
    return Judged(subject, Outcome.NOT_PROVED, _why_not(said), **about)


def _why_not(said: Accusation) -> str:
    if not said.heads:
        return f"it has no tree heads to prove it by: {said.message}"
    signed = "its tree head is the log's, and does not prove"
    if len(said.heads) > 1:
        signed = "its tree heads are the log's, and do not prove"
    return f"{signed} by itself: {said.message}"


def no_such_log(named: "Named") -> str:
    """Return that a list does not have a log."""
    return f"no log of {named} has its ID"


def _unknown(subject: str, found: Proof | Accusation, keys: Keys) -> Judged:
    where = "--key is of another log" if keys.named is None else no_such_log(keys.named)
    if not found.log_id:
        where = "it does not say of which log; give its --key"
    accusation = found if isinstance(found, Accusation) else None
    proof = found if isinstance(found, Proof) else None
    return Judged(
        subject,
        Outcome.UNKNOWN_LOG,
        where,
        log_id=found.log_id,
        proof=proof,
        accusation=accusation,
    )
