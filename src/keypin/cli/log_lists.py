"""Which logs a verb goes by: those of a log list that the user names, or of Chrome's.

Chrome's is fetched, Google's signature over it verified, and kept for a day.
"""

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keypin.cli.files import display_name, read_bytes
from keypin.cli.options import Function
from keypin.errors import InputError, Place

if TYPE_CHECKING:
    import httpx2

    from keypin.ct.log_list import ListedLog, LogList

_WHERE = "Google's or Apple's (JSON); a log_list.sig beside it is checked."

_NAMED = 5  # of too many logs
_PATIENCE = 5.0  # seconds; where there is no network, a copy of yesterday serves


def _option(what: str) -> Callable[[Function], Function]:
    return click.option(
        "--log-list",
        "log_list",
        type=click.Path(),
        envvar="KEYPIN_LOG_LIST",
        show_envvar=True,
        metavar="FILE",
        help=what,
    )


option = _option(f"The list of logs, {_WHERE} Default: Chrome's, fetched and kept for a day.")

without_network = _option(f"Judge SCTs as browsers do, by this list of logs, {_WHERE}")

patterns = click.option(
    "--log",
    "patterns",
    multiple=True,
    metavar="NAME",
    help="Only logs whose description is this, with * and ?; repeat for several.",
)

cafile = click.option(
    "--cafile",
    type=click.Path(),
    metavar="FILE",
    help="Trust the certificates of this file for connections to logs.",
)


@dataclass(frozen=True, slots=True)
class Named:
    """A log list, where it is from, and whether Google's signature over it holds."""

    source: str
    logs: "LogList"
    signed: bool

    def __str__(self) -> str:
        when = f" of {self.logs.timestamp:%Y-%m-%d}" if self.logs.timestamp else ""
        signed = "signed by Google" if self.signed else "signature not checked"
        return f"{self.source} (version {self.logs.version}{when}, {signed})"


def read(path: str) -> Named:
    """Return the list in a file.

    Raises:
        InputError: it cannot be used, or the signature beside it does not hold.
    """
    from keypin.ct.log_list import LogList, LogListSignatureError

    data, name = read_bytes(path), display_name(path)
    logs = LogList.loads(data, name=name)
    beside = Path(path).with_suffix(".sig")
    if path == "-" or not beside.is_file():
        return Named(name, logs, signed=False)
    try:
        LogList.verify(data, read_bytes(str(beside)))
    except LogListSignatureError as error:
        raise InputError(
            str(error),
            expected=f"Google's, in {beside}",
            next_step="fetch both files again, or remove the signature of another list",
            place=Place(file=name),
        ) from error
    return Named(name, logs, signed=True)


def current(path: str | None, http: "httpx2.Client | None" = None) -> Named:
    """Return the list in a file, or where none is named, Chrome's.

    Args:
        path: the file; None for Chrome's list.
        http: the connections to fetch that with; None to make some if it comes to that.

    Raises:
        InputError: the file cannot be used.
        keypin.monitor.client.LogError: Chrome's list cannot be had.
        keypin.ct.log_list.LogListSignatureError: it is not Google's.
    """
    if path is not None:
        return read(path)
    with _connections(http) as connections:
        return _chrome(connections, state_directory())


def listed(
    log_list: str | None,
    patterns: tuple[str, ...],
    http: "httpx2.Client",
    cache: Path | None = None,
) -> "list[ListedLog]":
    """Return the logs to read.

    Args:
        log_list: the file of the list; None for Chrome's.
        patterns: descriptions; none for all that browsers go by.
        http: the connections to fetch it with.
        cache: where Chrome's list is kept; None for the state directory.

    Raises:
        InputError: there is no such log; and what `current` raises.
    """
    named = read(log_list) if log_list else _chrome(http, cache or state_directory())
    return choose(named, patterns)


def one(log_list: str | None, name: str, http: "httpx2.Client") -> "ListedLog":
    """Return the log that has a name, in which * and ? may stand for what is left out.

    Raises:
        InputError: there is none, or there are several; and what `current` raises.
    """
    found = listed(log_list, (name,), http)
    if len(found) == 1:
        return found[0]
    first = ", ".join(log.description for log in found[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    raise InputError(f"{name!r} is {len(found)} logs: {first}{more}", expected="one of them")


def choose(named: Named, patterns: tuple[str, ...]) -> "list[ListedLog]":
    """Return the logs of a list that are worth reading, or those with a name like these.

    Raises:
        InputError: there is none.
    """
    from keypin.monitor.logs import chosen

    found = chosen(named.logs, datetime.now(UTC), patterns)
    if found:
        return found
    asked = " or ".join(repr(pattern) for pattern in patterns)
    raise InputError(
        f"no log is called {asked}" if asked else "no log of the list is followed by browsers",
        expected="the description of a log, with * and ?",
        next_step="list them: keypin ct logs --all",
        place=Place(file=named.source),
    )


def state_directory(given: Path | None = None) -> Path:
    """Return where a monitor keeps its state, by the XDG Base Directory Specification.

    Raises:
        InputError: nothing says where this user's home is.
    """
    if given is not None:
        return given
    base = os.environ.get("XDG_STATE_HOME", "")
    # The specification says to pass over a path that is not absolute.
    if not Path(base).is_absolute():
        try:
            base = str(Path.home() / ".local" / "state")
        except RuntimeError as error:
            raise InputError(
                "this user has no home directory", next_step="set XDG_STATE_HOME to a folder"
            ) from error
    return Path(base) / "keypin" / "ct"


@contextmanager
def _connections(http: "httpx2.Client | None") -> "Generator[httpx2.Client]":
    if http is not None:
        yield http
        return
    from keypin.monitor.http import connections

    with connections() as made:
        yield made


def _chrome(http: "httpx2.Client", cache: Path) -> Named:
    from keypin.monitor.client import LogError
    from keypin.monitor.lists import CHROME_URL, chrome
    from keypin.monitor.patience import patient

    try:
        return Named(CHROME_URL, chrome(cache, http, patient(_PATIENCE)), signed=True)
    except LogError as error:
        raise LogError(f"{error}; name a list that you have with --log-list FILE") from error
