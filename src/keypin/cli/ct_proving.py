"""Getting evidence from logs: of an entry by its index, of a certificate by the SCTs in it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from keypin.certs import Certificate, assemble, load_certificates
from keypin.cli import log_lists
from keypin.cli.ct_evidence import Judged, Outcome, judge_proof, no_such_log
from keypin.cli.files import display_name, read_bytes
from keypin.cli.transparency import issuer_of
from keypin.ct.head import HeadError
from keypin.ct.merkle import ProofError
from keypin.ct.promise import promises_of
from keypin.errors import InputError, Place
from keypin.monitor.client import LogError
from keypin.monitor.evidence import Answer, NoSuchEntryError, prove_certificate, prove_entry
from keypin.monitor.http import connections
from keypin.monitor.inclusion import Outcome as Asked
from keypin.monitor.patience import patient

if TYPE_CHECKING:
    import httpx2

    from keypin.ct.log_list import ListedLog

_OUTCOMES = {Asked.WRONG: Outcome.WRONG, Asked.MISSING: Outcome.MISSING}


@dataclass(frozen=True, slots=True)
class Logs:
    """Logs that can be asked.

    Attributes:
        log_list: the file of their list; None for Chrome's.
        cafile: whom connections to them trust; None for the public CAs.
    """

    log_list: str | None
    cafile: str | None

    def prove_entries(self, name: str, indexes: Iterable[str]) -> Iterator[Judged]:
        """Yield what a log proves of its entries.

        Args:
            name: the log's description, or a pattern that fits no other.
            indexes: of the entries, as the user writes them.

        Raises:
            InputError: there is no such log or entry, or it is no index.
        """
        wanted = [_index(text) for text in indexes]
        with connections(self.cafile) as http:
            log = log_lists.one(self.log_list, name, http)
            for index in wanted:
                yield _entry(log, index, http)

    def prove_certificate(self, path: str, data: bytes, issuers: Iterable[str]) -> Iterator[Judged]:
        """Yield what each log that promised a certificate proves of it.

        Args:
            path: the file that it is from.
            data: what is in that.
            issuers: files in which its issuer may be too.

        Raises:
            InputError: it has no SCTs, or its issuer is in none of the files.
        """
        certificate, issuer = _with_issuer(data, path, issuers)
        with connections(self.cafile) as http:
            named = log_lists.current(self.log_list, http)
            promises = promises_of(certificate, named.logs, issuer=issuer)
            if not promises:
                raise InputError(
                    "no SCTs in the certificate, so that no log is known to hold it",
                    next_step="name a log and an index: --log NAME INDEX",
                    place=Place(file=display_name(path)),
                )
            at = datetime.now(UTC)
            for answer in prove_certificate(certificate, issuer, promises, http, at):
                yield _answered(display_name(path), answer, named)


def _entry(log: "ListedLog", index: int, http: "httpx2.Client") -> Judged:
    subject = f"entry {index:,}"
    try:
        proof = prove_entry(log, index, http, patient())
    except NoSuchEntryError:
        raise
    except (ProofError, HeadError, InputError) as error:
        return Judged(subject, Outcome.WRONG, str(error), log.description, log.log_id)
    except LogError as error:
        return Judged(subject, Outcome.NOT_PROVED, str(error), log.description, log.log_id)
    return judge_proof(subject, proof, log.key, log.description)


def _index(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):  # noqa: PLR2004 - below 2^63
        raise InputError(
            f"{text[:60]!r} is no index", expected="with --log, the number of an entry, from 0"
        )
    return int(text)


def _with_issuer(data: bytes, path: str, issuers: Iterable[str]) -> tuple[Certificate, Certificate]:
    """Return the certificate of a file that none of the others issued, and its issuer."""
    bag = load_certificates(data, name=display_name(path))
    others = [one for file in issuers for one in load_certificates(read_bytes(file), name=file)]
    leaf = next((chain[0] for chain in assemble(bag)), bag[0])
    issuer = issuer_of(leaf, (*bag, *others))
    if issuer is None:
        raise InputError(
            f"the issuer of {leaf.label} is not there, whose key the SCTs are over",
            next_step="add it to the file, or name its file with --issuer",
            place=Place(file=display_name(path)),
        )
    return leaf, issuer


def _answered(path: str, answer: Answer, named: log_lists.Named) -> Judged:
    found, log = answer.inclusion, answer.inclusion.promise.log
    if log is None:
        log_id = found.promise.sct.log_id
        return Judged(path, Outcome.UNKNOWN_LOG, no_such_log(named), log_id=log_id)
    if answer.proof is not None:
        return judge_proof(path, answer.proof, log.key, log.description)
    outcome = _OUTCOMES.get(found.outcome, Outcome.NOT_PROVED)
    return Judged(path, outcome, found.detail, log.description, log.log_id)
