"""The services that Apprise reaches: which of them may be used here, and one message to one.

Apprise tries once, follows redirects, takes files of this machine as templates and keys, believes
the environment, and shows things on the screen of the machine that it runs on. So a service is
taken only where it speaks HTTP through `requests` or mail through `smtplib`, whose every connection
`guarded_sockets` judges and limits; no redirect is followed, no proxy taken, and no address may
name a file: what it names is what Apprise's own parser says.
"""

import logging
import re
import threading
import warnings
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from math import ceil
from sys import modules
from typing import TYPE_CHECKING, Any, Protocol, cast

from keypin.alerts.rendering import Words
from keypin.errors import InputError
from keypin.findings import Severity
from keypin.watch.guarding import Guard
from keypin.watch.guarding_requests import guard_requests
from keypin.watch.guarding_sockets import guarded_sockets
from keypin.watch.time_limit import TOTAL, TimeLimit

if TYPE_CHECKING:
    from apprise import NotifyFormat, NotifyType

# Seconds: to connect, and from one piece of an answer to the next.
TIMEOUT = 10.0

# What of an address Apprise takes for the name of a file, or of one to be fetched.
FILES = frozenset(
    {"template", "keyfile", "subfile", "pgppub", "pgpprv", "pgpkey", "pgp", "wkd", "attach", "cert"}
)

# Where Apprise's parser puts what an address says after its question mark.
_SAID = ("qsd", "qsd+", "qsd-", "qsd:")

# A connection of its own beside `requests`, and what it is made with.
_OWN = ("SocketTransport", "AppriseSocketError")

_MAX_SHOWN = 300

# The end of what requests says: "... with url: /SECRET (Caused by NewConnectionError("...: WHY"))".
_CAUSE = re.compile(r"\(Caused by \w+\(.*?: (.*?)['\")]*\)$", re.DOTALL)


class Plugin(Protocol):
    """What is used of Apprise's plugins."""

    service_name: str
    socket_connect_timeout: float
    socket_read_timeout: float
    request_rate_per_sec: float
    redirects: bool
    retry: int
    throttle: Callable[..., None]

    def __len__(self) -> int:
        """Return how many are told, one after the other."""
        ...

    def notify(
        self, *, body: str, title: str, notify_type: "NotifyType", body_format: "NotifyFormat"
    ) -> bool:
        """Send a message, once."""
        ...

    def resolve_format(self, body_format: "NotifyFormat | None") -> "NotifyFormat":
        """Say in which form a message of this form is sent."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """A service that may be used.

    Attributes:
        plugin: what speaks to it.
        shown: what may be shown of its address.
    """

    plugin: Plugin
    shown: str


def service(url: str) -> Known:
    """Return the service of an address.

    Raises:
        InputError: Apprise does not know it, or it is none that may be used here.
    """
    scheme = url.partition("://")[0].lower()
    load()
    _refuse_files(url)
    with _warnings() as said:
        plugin = _plugin(url)
    if plugin is None:
        raise InputError(
            f"no service is reached by this {scheme[:20]}:// address",
            expected="one as https://github.com/caronc/apprise/wiki lists them",
            next_step="; ".join(said) or None,
        )
    if not is_guarded(type(plugin)):
        raise InputError(
            f"{scheme}:// reaches no service over HTTP or mail",
            expected="a service over the network that can be guarded",
        )
    plugin.redirects, plugin.retry = False, 0  # whatever the address says
    _refuse_crowd(plugin)
    return Known(plugin, _shown(scheme, plugin))


@cache
def load() -> None:
    """Load Apprise with all its services, and without files, those of this machine and of others.

    What it warns of its own imports is not our matter.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _plugin("json://localhost")
    files = cast("Any", import_module("apprise.manager_attachment")).AttachmentManager()
    files.remove("file", "http", "https", unload=False)
    guard_requests()
    logger = logging.getLogger("apprise")
    # Its lines hold addresses, and those hold secrets: none goes to a log of ours.
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    logger.setLevel(logging.DEBUG)


def tell(
    url: str,
    words: Words,
    severity: Severity,
    *,
    over: bool,
    guard: Guard,
    total: float = TOTAL,
) -> str | None:
    """Send a message, once.

    Args:
        url: the service's address.
        words: what is said.
        severity: how bad it is.
        over: whether it says that something is over.
        guard: judges every host that is dialled.
        total: seconds that it may take, whatever the service does.

    Returns:
        Why it was not taken, or None: it was.

    Raises:
        InputError: there is no such service.
        TimeoutError: it took longer.
    """
    plugin = service(url).plugin
    plugin.socket_connect_timeout = plugin.socket_read_timeout = TIMEOUT
    form, body = _form(plugin, words)
    kind = _kind(severity, over=over)
    with _warnings() as said, TimeLimit(total) as limit, guarded_sockets(guard, limit=limit):
        plugin.throttle = patient(plugin, limit)
        try:
            taken = plugin.notify(
                body=body, title=words.subject, notify_type=kind, body_format=form
            )
        except Exception as error:  # noqa: BLE001 - many hands wrote the services
            taken = False
            said.append(type(error).__name__)
        limit.left()  # an answer that was cut off looks like a whole one
    if taken:
        return None
    return "; ".join(said)[:_MAX_SHOWN] or f"{plugin.service_name} did not take it"


def patient(plugin: Plugin, limit: TimeLimit) -> Callable[..., None]:
    """Return what makes the pauses between several who are told, or that a service asks for."""
    usual = plugin.throttle

    def throttle(last_io: object = None, wait: float | None = None) -> None:
        if (wait or 0.0) > limit.left():
            raise limit.error()
        usual(last_io=last_io, wait=wait)

    return throttle


def _plugin(url: str) -> Plugin | None:
    """Return Apprise's plugin for an address, or None."""
    from apprise import Apprise, AppriseAsset, PersistentStoreMode  # noqa: PLC0415 - takes a second

    asset = AppriseAsset(
        storage_mode=PersistentStoreMode.MEMORY,
        http_redirects=False,
        pgp_autogen=False,
        pem_autogen=False,
        app_id="keypin",
    )
    made = Apprise.instantiate(url, asset=asset)  # pyright: ignore[reportUnknownMemberType] - a dictionary of anything would do as well
    return cast("Plugin | None", made)


def _refuse_files(url: str) -> None:
    if files := FILES.intersection(_names(url)):
        raise InputError(
            f"{min(files)} in an address names a file",
            expected="an address without files: those of this machine are not to be sent",
        )


def _names(url: str) -> Iterable[str]:
    """Yield what an address gives values to, as Apprise reads it, which is not as others do."""
    parse = cast("Any", import_module("apprise.utils.parse")).parse_url
    for plain in (True, False):
        found = cast("dict[str, Any]", parse(url, verify_host=False, sanitize=plain) or {})
        for part in _SAID:
            yield from (str(name).strip().lower().lstrip("+-:") for name in found.get(part, ()))


def _refuse_crowd(plugin: Plugin) -> None:
    """Refuse more than can be told in time: the first would be told again and again."""
    pauses = (len(plugin) - 1) * plugin.request_rate_per_sec
    if pauses >= TOTAL / 2:
        most = ceil(TOTAL / 2 / plugin.request_rate_per_sec)
        raise InputError(
            f"{len(plugin)} targets in one address of {plugin.service_name}, which takes a pause "
            "after each",
            expected=f"{most} at most",
            next_step="make several routes",
        )


def is_guarded(kind: type) -> bool:
    """Tell whether every connection of a kind of service goes through what is guarded."""
    from apprise.plugins.email import NotifyEmail  # noqa: PLC0415 - takes 0.4 s

    module = modules[kind.__module__]
    if any(hasattr(module, name) for name in _OWN):
        return False
    return hasattr(module, "requests") or issubclass(kind, NotifyEmail)


def _shown(scheme: str, plugin: Plugin) -> str:
    """Return the scheme, and where it is a mail, to whom."""
    if scheme in {"mailto", "mailtos"}:
        targets = cast("Iterable[tuple[object, str]]", getattr(plugin, "targets", ()))
        return f"mail to {', '.join(mail for _, mail in targets)}"[:_MAX_SHOWN]
    return f"{scheme}://… ({plugin.service_name})"[:_MAX_SHOWN]


def _form(plugin: Plugin, words: Words) -> "tuple[NotifyFormat, str]":
    """Return the form of a message that a service shows best."""
    from apprise import NotifyFormat  # noqa: PLC0415 - takes 0.4 s

    bodies = {
        NotifyFormat.HTML: words.html,
        NotifyFormat.MARKDOWN: words.markdown,
        NotifyFormat.TEXT: words.plain,
    }
    usual = plugin.resolve_format(None)
    takes_markdown = plugin.resolve_format(NotifyFormat.MARKDOWN) == NotifyFormat.MARKDOWN
    form = NotifyFormat.MARKDOWN if takes_markdown and usual != NotifyFormat.HTML else usual
    return form, bodies[form]


def _kind(severity: Severity, *, over: bool) -> "NotifyType":
    from apprise import NotifyType  # noqa: PLC0415 - takes 0.4 s

    kinds = {
        Severity.ERROR: NotifyType.FAILURE,
        Severity.WARNING: NotifyType.WARNING,
        Severity.NOTE: NotifyType.INFO,
    }
    return NotifyType.SUCCESS if over else kinds[severity]


class _Heard(logging.Handler):
    """Hears what Apprise says of a failure in one thread, and of that nothing with a secret."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a warning, and what is said of an exception."""
        if record.thread == self._thread:
            text = record.getMessage()
            self.said += [text] if record.levelno >= logging.WARNING else _causes(record, text)


def _causes(record: logging.LogRecord, text: str) -> list[str]:
    """Return what an exception is caused by; the exception itself holds the address."""
    if found := _CAUSE.search(text):
        return [found[1]]
    of_mail = "email" in record.pathname and "Exception: " in text
    return [text.partition("Exception: ")[2]] if of_mail else []


@contextmanager
def _warnings() -> Generator[list[str]]:
    """Give what Apprise warns of in this thread: it says nowhere else why it failed."""
    logger, heard = logging.getLogger("apprise"), _Heard()
    logger.addHandler(heard)
    try:
        yield heard.said
    finally:
        logger.removeHandler(heard)
