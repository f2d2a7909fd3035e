"""The page of a certificate that a log holds: what it would break, and what proves it."""

from collections.abc import Mapping, Sequence
from ssl import DER_cert_to_PEM_cert
from typing import Any

from sqlalchemy import RowMapping
from starlette.responses import Response
from starlette.routing import BaseRoute

from keypin.certs import Certificate
from keypin.errors import InputError
from keypin.findings import Finding, Severity
from keypin.watch.inventory import UnknownError
from keypin.watch.people.roles import Action as May
from keypin.watch.store import Scope
from keypin.watch.store.tables import ct_findings
from keypin.watch.transparency import acknowledging
from keypin.web.pages import acknowledged as known
from keypin.web.pages import issued_read as reading
from keypin.web.pages.chains_shown import certificates_shown
from keypin.web.pages.desk import (
    REFUSED,
    Desk,
    Somebody,
    changes,
    done,
    missing,
    number_of,
    shows,
)
from keypin.web.pages.faults import NONE, Faults, faults
from keypin.web.pages.links import Links
from keypin.web.pages.standing import pinned_by
from keypin.web.views.issued import Evidence, IssuedView
from keypin.web.views.parts import ChainShown, Link, State, Tone
from keypin.web.views.verdicts import verdicts
from keypin.web.words import utc

_MISSING = "There is no such finding, or nobody acknowledged it."


class OneIssued:
    """The page of one certificate.

    Args:
        desk: what handlers are handed.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            shows("/ct/found/{number}.pem", self.pem),
            shows("/ct/found/{number}", self.show),
            changes("/ct/found/{number}/acknowledge", self.acknowledge, May.WRITE_ALERTS),
            changes("/ct/found/{number}/take-back", self.take_back, May.WRITE_ALERTS),
        ]

    def show(self, visit: Somebody) -> Response:
        """Show it."""
        return self._page(visit)

    def acknowledge(self, visit: Somebody) -> Response:
        """Say that it is known."""
        number, by, note = number_of(visit), visit.identity.actor, visit.text("note")
        try:
            with visit.begin() as scope:
                acknowledging.acknowledge(scope, number, note, by=by, at=visit.at)
        except UnknownError as error:
            raise missing(_MISSING) from error
        except InputError as error:
            return self._page(visit, faults(error))
        return done(visit, f"/ct/found/{number}", "finding-acknowledged")

    def take_back(self, visit: Somebody) -> Response:
        """Have it told again."""
        number, by = number_of(visit), visit.identity.actor
        try:
            with visit.begin() as scope:
                acknowledging.take_back(scope, number, by=by, at=visit.at)
        except UnknownError as error:
            raise missing(_MISSING) from error
        return done(visit, f"/ct/found/{number}", "finding-taken-back")

    def _page(self, visit: Somebody, wrong: Faults = NONE) -> Response:
        with visit.read() as scope:
            row = _row(scope, visit)
            view = self._view(scope, visit, row, wrong)
        status, notices = REFUSED if wrong else 200, known.notices(row)
        return self._desk.show(visit, "ct", view, status=status, notices=notices)

    def pem(self, visit: Somebody) -> Response:
        """Send the certificate, and those above it that are kept."""
        with visit.read() as scope:
            row = _row(scope, visit)
            chain = _chain(scope, row)
        if not chain:
            raise missing("The certificate is not kept. Its log has it.")
        text = "".join(DER_cert_to_PEM_cert(one.der) for one in chain)
        headers = {"content-disposition": f'attachment; filename="found-{row["id"]}.pem"'}
        return Response(text, media_type="application/x-pem-file", headers=headers)

    def _view(self, scope: Scope, visit: Somebody, row: RowMapping, wrong: Faults) -> IssuedView:
        links, at, may = Links.of(visit), visit.at, visit.identity.may(May.WRITE_ALERTS)
        named = reading.log_names(scope, [row["log"]])
        shown = reading.row_of(row, named, reading.places_of(scope, row), links, at)
        field = self._desk.fields.read(scope.connection, scope.organisation)
        chain = _chain(scope, row)
        trust = self._desk.trust.anchors
        host = next(iter(row["names"]), "").removeprefix("*.")
        return IssuedView(
            row=shown,
            chain=ChainShown(
                shown_by=f"as {shown.log} holds it",
                certificates=certificates_shown(chain, pinned_by(field, host, links.release))
                if chain and host
                else (),
                facts=() if chain else ("The certificate itself is not kept.",),
            ),
            releases=verdicts(
                reading.if_deployed(chain[0], chain[1:], field, trust, links, at=at)
                if chain
                else (),
                "If it were deployed",
            ),
            findings=(_finding(row),),
            evidence=_evidence(row, shown.log),
            downloads=(Link("PEM", links.to(f"/ct/found/{row['id']}.pem")),) if chain else (),
            links=_links(row, chain, links),
            acknowledge=known.form(visit, row, links, wrong) if may else None,
            actions=known.actions(row, links) if may else (),
        )


def _row(scope: Scope, visit: Somebody) -> RowMapping:
    number = number_of(visit)
    row = scope.row(scope.select(ct_findings).where(ct_findings.c.id == number))
    if row is None:
        raise missing(_MISSING)
    return row


def _chain(scope: Scope, row: RowMapping) -> tuple[Certificate, ...]:
    leaf = reading.certificate_of(scope, row["certificate"])
    return () if leaf is None else (leaf, *reading.chain_above(scope, row["document"]))


def _finding(row: RowMapping) -> Finding:
    document: Mapping[str, Any] = row["document"]
    evidence: Sequence[str] = document.get("evidence") or ()
    return Finding(
        id=row["rule"],
        severity=Severity(row["severity"]),
        subject=", ".join(row["names"]),
        message=row["message"],
        cure=str(document.get("cure") or document.get("next_step") or "Look at the evidence."),
        evidence=tuple(map(str, evidence)),
    )


def _evidence(row: RowMapping, log: str) -> tuple[Evidence, ...]:
    """Return where it was found, and what was verified there."""
    document: Mapping[str, Any] = row["document"]
    lines: Sequence[str] = document.get("where") or ()
    entry = Evidence(
        what=f"Entry {row['position']:,} of {log}",
        state=State(Tone.GOOD, "read"),
        detail=f"logged {utc(row['logged_at'])}, known {utc(row['known_at'])}",
    )
    return entry, *(Evidence(what=one, state=_proved(one), detail="") for one in lines[1:])


def _proved(line: str) -> State:
    """Return whether a line of the evidence says that something was verified."""
    if line.startswith("not proved"):
        return State(Tone.NOTE, "not yet")
    return State(Tone.GOOD, "verified" if line.startswith("proved") else "seen")


def _links(row: RowMapping, chain: Sequence[Certificate], links: Links) -> tuple[Link, ...]:
    found: list[Link] = []
    if row["endpoint"] is not None:
        found.append(Link("The endpoint", links.to(f"/endpoints/{row['endpoint']}")))
    if chain:
        digest = chain[0].sha256.hex()
        found.append(Link("The same at crt.sh", f"https://crt.sh/?q={digest}"))
    return tuple(found)
