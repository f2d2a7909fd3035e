"""`keypin audit`: the pins of a shipped app, without its source."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich_click import RichCommand

from keypin.cli import options
from keypin.cli.exits import Exit, leave

if TYPE_CHECKING:
    from keypin.audit import Audit
    from keypin.certs import VerifiedChain
    from keypin.cli.verify import Result
    from keypin.findings import Finding

EPILOG = options.examples(
    "keypin audit shop.apk",
    "keypin audit --live shop.ipa        would it accept what its servers show now?",
    "keypin audit --json shop.aab | jq .pins",
)


@click.command(
    "audit",
    cls=RichCommand,
    epilog=EPILOG,
    short_help="The pins of a shipped app: APK, AAB, XAPK, APKS or IPA.",
)
@click.argument("app", metavar="APP")
@click.option("--live", is_flag=True, help="Read the pinned hosts too: does the app accept them?")
@options.fail_on
@options.connection
@options.as_json
def command(
    app: str,
    *,
    live: bool,
    fail_on: str,
    at: datetime | None,
    as_json: bool,
    **connection: Any,
) -> None:
    """Find the pins of a shipped app, without its source, and say what is wrong with them.

    Reads the manifest, Android's network security configuration, Dalvik code, property lists,
    React Native's bundles, native code and every other file of the app. Each pin is told with the
    place where it stands, the host it is for, and the CA key it is, if it is one that is known.
    No code of the app is run.
    """
    from keypin.audit import audit
    from keypin.cli.apps import opened

    moment = options.moment(at)
    with opened(app) as file:
        found = audit(file, name=Path(app).name, at=moment)
    results, findings = _live(found, moment, connection) if live else ([], found.findings)
    if as_json:
        _print_json(app, found, results, findings, live=live)
    else:
        from keypin.cli.audit_view import print_audit

        print_audit(found, app, results, findings, moment)
    leave(_exit_code(results, findings, fail_on))


def _live(
    found: "Audit", at: datetime, connection: dict[str, Any]
) -> "tuple[list[Result], tuple[Finding, ...]]":
    """Read the hosts of the app, and return what it would say to each, with all findings."""
    from keypin.audit.judge import findings_on
    from keypin.cli.connect import observe_all
    from keypin.cli.pinsets import hosts_of
    from keypin.cli.verify import judge

    if found.pin_set is None:
        return [], found.findings
    results: list[Result] = []
    observed: dict[str, tuple[VerifiedChain, ...]] = {}
    for observation in observe_all(hosts_of(found.pin_set), at=at, **connection):
        results += judge(found.pin_set, observation, at)
        observed[observation.endpoint.host] = observation.chains
    more = findings_on(found.pin_set, at, observed)
    return results, tuple(dict.fromkeys((*found.findings, *more)))


def _print_json(
    path: str,
    found: "Audit",
    results: "list[Result]",
    findings: "tuple[Finding, ...]",
    *,
    live: bool,
) -> None:
    from keypin.cli import shapes
    from keypin.cli.audit_view import app_shape, certificate_shape, pin_shape

    rows = [
        {
            "host": result.host,
            "address": result.address,
            "outcome": result.outcome,
            "detail": result.detail,
            "evidence": result.shape,
        }
        for result in results
    ]
    click.echo(
        shapes.document(
            "audit",
            1,
            file=path,
            app=app_shape(found.app),
            pins=[pin_shape(one) for one in found.pins],
            certificates=[certificate_shape(one) for one in found.certificates],
            libraries=list(found.libraries),
            results=rows if live else None,
            findings=shapes.findings(findings),
        )
    )


def _exit_code(results: "list[Result]", findings: "tuple[Finding, ...]", fail_on: str) -> Exit:
    from keypin.cli.verify import Outcome

    outcomes = {result.outcome for result in results}
    if outcomes - {Outcome.MATCHED, Outcome.COULD_NOT_TELL}:
        return Exit.FINDING
    if options.any_counts(findings, fail_on):
        return Exit.FINDING
    return Exit.COULD_NOT_TELL if outcomes & {Outcome.COULD_NOT_TELL} else Exit.FINE
