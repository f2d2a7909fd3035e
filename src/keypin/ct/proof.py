"""Evidence that a log holds a certificate, in one document that anybody can verify offline.

The leaf, the path from it to the root of a tree, and the log's signature over that root: all that
RFC 6962 section 2.1.1 needs, and the log's key, which whoever verifies has from elsewhere. Members
bear the names of RFC 6962 section 4 and are base64 as there, so that other tools can read them.
A head that came as a checkpoint keeps its note, for the witnesses that signed it.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import Any, Self, cast

from keypin.ct.element import Element, ElementError
from keypin.ct.head import HeadError, HeadFormatError, TreeHead
from keypin.ct.leaf import Leaf, LeafError
from keypin.ct.merkle import HASH_SIZE, MAX_PATH, ProofError, leaf_hash, verify_inclusion
from keypin.ct.note import MAX_NOTE
from keypin.ct.proved import Beside, Proved, belonging, readable
from keypin.ct.sct import LogKey
from keypin.errors import CertificateError, InputError, Place

SCHEMA = "keypin/ct-proof/1"
# As large as the largest file that the command line reads; a certificate has 1 MiB at most.
MAX_PROOF = 16 << 20

_MAX_NUMBER = 1 << 63
# The issuer; before it the certificate that signed a precertificate in its place, if one did.
_MAX_CHAIN = 2


class ProofFormatError(InputError):
    """A document that is no proof, or breaks its form."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry is in a log, as far as it goes before anybody has verified it.

    Raises:
        ProofFormatError: an ID, name, index, path or chain that no log has.

    Attributes:
        log_id: SHA-256 of the log's key.
        log: what whoever made this calls the log; nothing proves the name.
        index: which leaf it is, from 0.
        leaf: the bytes of its MerkleTreeLeaf.
        path: the hashes from the leaf up.
        head: the tree head that it is proved under.
        certificate: as it was logged, poison and all, or the certificate that came of it; empty
            where only the leaf is at hand.
        chain: its issuer; before that the certificate that signed a precertificate in the issuer's
            place, if one did; empty where it is not at hand.
    """

    log_id: bytes
    log: str
    index: int
    leaf: bytes
    path: tuple[bytes, ...]
    head: TreeHead
    certificate: bytes = b""
    chain: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if len(self.log_id) != HASH_SIZE:
            raise ProofFormatError(f"a log ID of {len(self.log_id)} bytes", expected=f"{HASH_SIZE}")
        if type(self.index) is not int or not 0 <= self.index < _MAX_NUMBER:
            raise ProofFormatError(f"the index {self.index}", expected="0 or more, below 2^63")
        if not self.log.isprintable():
            raise ProofFormatError(f"the name {self.log[:60]!r}", expected="one that can be shown")
        if len(self.path) > MAX_PATH or any(len(one) != HASH_SIZE for one in self.path):
            raise ProofFormatError(
                "a path that no tree has",
                expected=f"{MAX_PATH} hashes of {HASH_SIZE} bytes at most",
            )
        if len(self.chain) > (_MAX_CHAIN if self.certificate else 0):
            raise ProofFormatError(
                f"{len(self.chain)} certificates in the chain",
                expected=f"{_MAX_CHAIN} at most, with a certificate, or none",
            )

    def verify(self, key: LogKey) -> Proved:
        """Verify it to the last bit, and return what is proved.

        Args:
            key: the log's, from a source that is trusted, as a log list.

        Raises:
            ProofError: it does not prove what it should; the sentence says why.
        """
        if self.log_id != key.log_id:
            raise ProofError(f"it is of log {_text(self.log_id)}, not of {_text(key.log_id)}")
        self._verify_head(key)
        head = self.head
        verify_inclusion(leaf_hash(self.leaf), self.index, head.size, self.path, head.root)
        leaf = self._read_leaf()
        beside = self._read_beside(leaf)
        return Proved(self.log_id, self.index, head, leaf, beside, *readable(leaf))

    def _verify_head(self, key: LogKey) -> None:
        """Verify the head's signature; where the note is there, that it says the same."""
        note = self.head.note.encode("utf-8", "surrogatepass")
        try:
            self.head.verify(key)
            noted = TreeHead.of_checkpoint(note, "", key) if note else self.head
        except (HeadError, InputError) as error:
            raise ProofError(str(error)) from error
        if noted != self.head:
            raise ProofError("the checkpoint is of another tree head")

    def _read_leaf(self) -> Leaf:
        """Return the leaf, unless it contradicts where it is, or when it was signed."""
        try:
            leaf = Leaf.parse(self.leaf)
        except LeafError as error:
            raise ProofError(f"leaf {self.index} is in the tree, and is {error}") from error
        if leaf.index not in (None, self.index):
            raise ProofError(f"leaf {self.index} says that it is leaf {leaf.index}")
        if leaf.timestamp_ms > self.head.timestamp_ms:
            raise ProofError(
                f"leaf {self.index} is of {leaf.timestamp:%Y-%m-%d %H:%M:%S} UTC, after its tree"
                " head, which RFC 6962 section 3.5 forbids"
            )
        return leaf

    def _read_beside(self, leaf: Leaf) -> Beside:
        try:
            return belonging(leaf, self.certificate, self.chain)
        except CertificateError as error:
            raise ProofError(f"the certificate beside the leaf: {error}") from error

    def members(self) -> dict[str, Any]:
        """Return it as the members of a JSON object, to stand in another document."""
        head = json.loads(self.head.dumps())
        members: dict[str, Any] = {
            "schema": SCHEMA,
            "log": self.log,
            "log_id": _text(self.log_id),
            "leaf_index": self.index,
            "leaf_input": _text(self.leaf),
            "audit_path": [_text(one) for one in self.path],
            "tree_head": head,
        }
        if self.head.note:
            members["checkpoint"] = self.head.note
        if self.certificate:
            members["certificate"] = _text(self.certificate)
        if self.chain:
            members["chain"] = [_text(one) for one in self.chain]
        return members

    def dumps(self) -> str:
        """Return it as one JSON document on one line, shape `keypin/ct-proof/1`."""
        return json.dumps(self.members())

    @classmethod
    def loads(cls, data: bytes | str, *, name: str | None = None) -> Self:
        """Read a document.

        Args:
            data: the JSON text.
            name: what errors call the file.

        Raises:
            ProofFormatError: it is no proof, or breaks its form.
        """
        place = Place(file=name)
        if len(data) > MAX_PROOF:
            raise ProofFormatError(
                f"a document of {len(data)} bytes", expected=f"{MAX_PROOF} at most", place=place
            )
        try:
            value = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ProofFormatError(
                f"no JSON: {str(error)[:80]}", expected="a proof", place=place
            ) from error
        return cls.read(Element(value, "", name))

    @classmethod
    def read(cls, element: Element) -> Self:
        """Read a document that stands in another one, or is one, and is parsed already.

        Raises:
            ProofFormatError: it is no proof, or breaks its form.
        """
        try:
            return cls._read(element)
        except ElementError as error:
            raise ProofFormatError(
                error.seen, expected=error.expected, place=error.place
            ) from error
        except ProofFormatError as error:
            raise error.at(Place(file=element.file, key=element.path or None)) from error

    @classmethod
    def _read(cls, element: Element) -> Self:
        schema = element.text("schema")
        if schema != SCHEMA:
            raise element.error("schema", repr(schema[:60]), SCHEMA)
        return cls(
            log_id=_octets(element, "log_id"),
            log=element.text("log"),
            index=element.number("leaf_index", _MAX_NUMBER),
            leaf=_octets(element, "leaf_input"),
            path=_list(element, "audit_path", MAX_PATH),
            head=tree_head(element.element("tree_head"), _note(element)),
            certificate=_octets(element, "certificate") if element.has("certificate") else b"",
            chain=_list(element, "chain", _MAX_CHAIN) if element.has("chain") else (),
        )


def tree_head(element: Element, note: str = "") -> TreeHead:
    """Read a tree head in the members of get-sth, parsed already.

    Raises:
        ElementError: it is none.
    """
    size, timestamp = (element.number(one, _MAX_NUMBER) for one in ("tree_size", "timestamp"))
    root, signature = element.octets("sha256_root_hash"), element.octets("tree_head_signature")
    try:
        return TreeHead(size, timestamp, root, signature, note)
    except HeadFormatError as error:
        raise element.error("", error.seen, error.expected or "a tree head") from error


def _note(element: Element) -> str:
    if not element.has("checkpoint"):
        return ""
    note = _member(element, "checkpoint")
    if not isinstance(note, str) or not 0 < len(note) <= MAX_NOTE:
        raise element.error("checkpoint", "something else", "a signed note")
    return note


def _member(element: Element, name: str) -> object:
    """Return a member as it is; texts of a log are longer than an element takes."""
    if not element.has(name):
        raise element.error(name, "nothing", "base64")
    return cast("dict[str, object]", element.value)[name]


def _octets(element: Element, name: str) -> bytes:
    return _decoded(element, name, _member(element, name))


def _list(element: Element, name: str, most: int) -> tuple[bytes, ...]:
    rows = _member(element, name)
    if not isinstance(rows, list) or len(cast("list[object]", rows)) > most:
        raise element.error(name, "something else", f"a list of at most {most}")
    listed = cast("list[object]", rows)
    return tuple(_decoded(element, f"{name}[{n}]", text) for n, text in enumerate(listed))


def _decoded(element: Element, name: str, text: object) -> bytes:
    try:
        if isinstance(text, str) and text:
            return b64decode(text, validate=True)
    except (Base64Error, ValueError):
        pass
    raise element.error(name, "something else", "base64")


def _text(data: bytes) -> str:
    return b64encode(data).decode()
