"""Options that several verbs share, so that each has one name and one meaning everywhere."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from keypin.findings import Finding, Severity

Function = TypeVar("Function", bound=Callable[..., Any])
Decorator = Callable[[Function], Function]


class Time(click.ParamType[datetime]):
    """A moment: an ISO 8601 date (midnight UTC) or date-time (UTC unless it has an offset)."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the moment that `value` writes."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time; write 2027-03-15 or 2027-03-15T08:00:00Z", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def examples(*lines: str) -> str:
    """Return the epilog of a verb's help: one example a line."""
    return "\n\n".join(("Examples:", *lines))


def stacked(*options: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """Return one decorator that adds `options` in the order in which they are written."""

    def decorate(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")

at = click.option(
    "--at",
    type=Time(),
    metavar="TIME",
    help="Judge as of this time (ISO 8601, UTC unless it has an offset). Default: now.",
)

pins_file = click.option(
    "--pins",
    "pins_path",
    required=True,
    type=click.Path(),
    metavar="FILE",
    help="A pins.toml, pins in any other form, or an app; - for standard input.",
)

from_form = stacked(
    click.option(
        "--from",
        "form",
        metavar="FORM",
        help="The form that files are in, where it is not recognised: keypin export --list.",
    ),
    click.option(
        "--for",
        "host",
        metavar="HOST",
        help="The host of pins that do not say theirs, as in a Public-Key-Pins header.",
    ),
)

out_file = click.option(
    "--out",
    type=click.Path(),
    metavar="FILE",
    help="Write there, whole or not at all, instead of standard output.",
)

report = click.option(
    "--format",
    "report",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
    help="How findings are printed: for people, programs, SARIF 2.1.0, or GitHub annotations.",
)

fail_on = click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    default=Severity.WARNING.value,
    show_default=True,
    help="The mildest finding that makes the exit code 1.",
)

connection = stacked(
    click.option(
        "--connect",
        multiple=True,
        metavar="ADDRESS[:PORT]",
        help="Dial here; SNI and name stay the host's. Repeat for several addresses.",
    ),
    click.option(
        "--cafile",
        type=click.Path(),
        metavar="FILE",
        help="Trust the certificates of this file instead of the platform's.",
    ),
    at,
    click.option(
        "--starttls",
        type=click.Choice(["smtp", "imap", "pop3", "ftp", "xmpp", "ldap", "postgresql", "mysql"]),
        help="Speak this protocol first; smtp://HOST says the same for one host.",
    ),
    click.option(
        "--tls",
        type=click.Choice(["1.2", "1.3"]),
        help="Offer this version of TLS alone. Default: both.",
    ),
    click.option(
        "--proxy",
        metavar="URL",
        help="Reach servers through http://[USER:PASSWORD@]HOST:PORT or socks5://….",
    ),
    click.option(
        "--client-cert",
        type=click.Path(),
        metavar="FILE",
        help="Show this certificate chain (PEM) to servers that ask.",
    ),
    click.option(
        "--client-key",
        type=click.Path(),
        metavar="FILE",
        help="Its private key, where it is not in the same file.",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True, max=300),
        default=10.0,
        show_default=True,
        metavar="SECONDS",
        help="The longest one handshake may take.",
    ),
)


def moment(at: datetime | None) -> datetime:
    """Return the time to judge at: the one that was asked for, or now."""
    return at or datetime.now(UTC)


_RANK = {Severity.NOTE: 0, Severity.WARNING: 1, Severity.ERROR: 2}


def any_counts(findings: tuple[Finding, ...], fail_on: str) -> bool:
    """Tell whether one of `findings` is at least as bad as `--fail-on` says."""
    return any(_RANK[finding.severity] >= _RANK[Severity(fail_on)] for finding in findings)
