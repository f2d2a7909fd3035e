"""`keypin audit`: the pins of a shipped app, without its source."""

from dataclasses import dataclass
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
    shown = _live(found, moment, connection) if live else Shown(found.findings)
    if as_json:
        _print_json(app, found, shown, live=live)
    else:
        from keypin.cli.audit_view import print_audit

        print_audit(found, app, shown.results, shown.findings, moment)
        for policy in shown.unread:
            click.echo(f"- {policy}  not read: it names no host of its own; see keypin verify")
    leave(_exit_code(shown, fail_on))


@dataclass(frozen=True, slots=True)
class Shown:
    """What is to be said once the servers were asked, or were not.

    Attributes:
        findings: on the app, and on the app beside what its hosts show.
        results: what the app says to each address.
        unread: the patterns that name no host of their own.
    """

    findings: "tuple[Finding, ...]"
    results: "tuple[Result, ...]" = ()
    unread: tuple[str, ...] = ()


def _live(found: "Audit", at: datetime, connection: dict[str, Any]) -> Shown:
    """Read the hosts of the app, and judge what they show by its pins."""
    from keypin.audit.judge import findings_on
    from keypin.cli.connect import observe_all
    from keypin.cli.pinsets import hostless, hosts_of
    from keypin.cli.verify import judge

    if found.pin_set is None:
        return Shown(found.findings)
    results: list[Result] = []
    observed: dict[str, tuple[VerifiedChain, ...]] = {}
    for observation in observe_all(hosts_of(found.pin_set), at=at, **connection):
        results += judge(found.pin_set, observation, at)
        observed[observation.endpoint.host] = observation.chains
    findings = dict.fromkeys((*found.findings, *findings_on(found.pin_set, at, observed)))
    return Shown(tuple(findings), tuple(results), hostless(found.pin_set))


def _print_json(path: str, found: "Audit", shown: Shown, *, live: bool) -> None:
    from keypin.cli import shapes
    from keypin.cli.audit_view import app_shape, certificate_shape, pin_shape, result_shape

    click.echo(
        shapes.document(
            "audit",
            1,
            file=path,
            app=app_shape(found.app),
            pins=[pin_shape(one) for one in found.pins],
            certificates=[certificate_shape(one) for one in found.certificates],
            libraries=list(found.libraries),
            results=[result_shape(one) for one in shown.results] if live else None,
            unread_policies=list(shown.unread),
            findings=shapes.findings(shown.findings),
        )
    )


def _exit_code(shown: Shown, fail_on: str) -> Exit:
    from keypin.cli.verify import Outcome

    outcomes = {result.outcome for result in shown.results}
    if outcomes - {Outcome.MATCHED, Outcome.COULD_NOT_TELL}:
        return Exit.FINDING
    if options.any_counts(shown.findings, fail_on):
        return Exit.FINDING
    unknown = shown.unread or Outcome.COULD_NOT_TELL in outcomes
    return Exit.COULD_NOT_TELL if unknown else Exit.FINE
