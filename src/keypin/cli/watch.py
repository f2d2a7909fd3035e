"""`keypin watch`: the service, and what is done with an installation of it."""

import sys
from typing import Any

import click

from keypin.cli import options
from keypin.cli.verbs import Verbs
from keypin.errors import InputError

# What `keypin watch --help` shows, kept here so that help imports no verb.
VERBS: dict[str, str] = {
    "start": "Start the service; what `keypin watch` does by itself.",
    "backup": "Write everything into one file, while the service runs.",
    "restore": "Bring back what a backup holds.",
    "invite": "Print a link that makes an owner.",
    "migrate-to": "Move the installation to another database.",
    "export": "Write an organisation's data as JSON Lines.",
    "retention": "Remove what is older than the settings keep.",
    "key": "Make a new key for secrets, and seal them again.",
}

# The modules of the extra `watch`.
_EXTRA = frozenset(
    {"alembic", "apprise", "argon2", "authlib", "dbos", "fastapi", "httptools", "icalendar"}
    | {"jinja2", "prometheus_client", "psycopg", "pyotp", "python_multipart"}
    | {"segno", "sqlalchemy", "starlette", "uvicorn", "ahocorasick_rs", "dns", "httpx2", "msgspec"}
    | {"pybase64", "uvloop"}
)

_HELP = frozenset({"-h", "--help"})


class _Verbs(Verbs):
    """The verbs; options without a verb are those of `start`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `start` before what names no verb."""
        if not args or (args[0].startswith("-") and args[0] not in _HELP):
            args = ["start", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb.

        Raises:
            InputError: it needs the extra `watch`.
            OpenError: the database failed in the middle.
        """
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            if error.name not in _EXTRA:
                raise
            raise InputError(
                f"{error.name} is not installed", next_step="pip install 'keypin[watch]'"
            ) from error
        except Exception as error:
            if "sqlalchemy" not in sys.modules:
                raise
            raise _told(error) from error


def _told(error: Exception) -> Exception:
    """Return an error of a database, which went away in the middle, as a sentence."""
    from sqlalchemy.exc import SQLAlchemyError

    from keypin.watch.opening import OpenError, reason

    if not isinstance(error, SQLAlchemyError):
        return error
    return OpenError(
        f"the database failed in the middle: {reason(error)}; check it, and run the same again"
    )


@click.group(
    "watch",
    cls=_Verbs,
    verbs=VERBS,
    prefix="watch_",
    epilog=options.examples(
        "keypin watch",
        "keypin watch --data /var/lib/keypin --public-url https://keypin.example.com",
        "keypin watch start --help",
        "keypin watch backup keypin-2026-11-29.backup",
    ),
    short_help="The service that keeps pinned clients alive.",
)
def command() -> None:
    """Start the service, or work on an installation of it.

    It probes endpoints, reads CT logs, collects reports, and tells the right people, with evidence,
    before users notice. Without a verb it starts: keypin watch start --help shows how.
    """
