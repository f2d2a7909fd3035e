"""One message to one route, once: taken, or why not, and whether it is worth another try."""

import json
import logging
from dataclasses import dataclass, field
from datetime import datetime
from ssl import SSLContext

import httpx2

from keypin import __version__
from keypin.alerts.rendering import Words
from keypin.alerts.signature import HEADER, sign
from keypin.errors import InputError, KeypinError
from keypin.findings import Severity
from keypin.watch.alerting import services
from keypin.watch.alerting.address import Address, Webhook, parse
from keypin.watch.guarding import Guard, InternalError
from keypin.watch.guarding_http import guarded_client
from keypin.watch.time_limit import TOTAL

# It writes every address to the log, and those are secrets.
logging.getLogger("httpx2").setLevel(logging.WARNING)

# What an answer may say is read no further.
_READ = 4096
_SHOWN = 200

# Answers that say: not now. All others from 400 to 499 say: not so.
_LATER = frozenset({408, 409, 425, 429})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent to a route.

    Attributes:
        key: the idempotency key.
        words: for people.
        body: for programs, as JSON.
        severity: how bad it is.
        over: whether it says that something is over.
    """

    key: str
    words: Words
    body: bytes
    severity: Severity
    over: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message was not taken.

    Attributes:
        reason: one sentence without a full stop.
        lasting: whether the same message will not be taken later either, as far as one can tell.
    """

    reason: str
    lasting: bool


@dataclass(frozen=True, slots=True)
class Post:
    """Sends messages.

    Attributes:
        guard: judges every host that is dialled.
        verify: what verifies the certificates of webhooks; made once, for it takes a while.
        total: seconds that a message may take, whatever the other side does.
    """

    guard: Guard
    verify: SSLContext = field(default_factory=httpx2.create_ssl_context)
    total: float = TOTAL

    def send(self, address: str, message: Message, at: datetime) -> Failure | None:
        """Send a message.

        Args:
            address: where to, the secret.
            message: what.
            at: the time, which is signed.

        Returns:
            Why it was not taken, or None: it was.
        """
        try:
            return self._send(parse(address), message, at)
        except (InternalError, InputError) as error:
            return Failure(str(error), lasting=True)
        except (KeypinError, httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            return Failure(f"{type(error).__name__}: {error}"[:_SHOWN], lasting=False)

    def _send(self, address: Address, message: Message, at: datetime) -> Failure | None:
        if isinstance(address, Webhook):
            return self._post(address, message, at)
        reason = services.tell(
            address.url,
            message.words,
            message.severity,
            over=message.over,
            guard=self.guard,
            total=self.total,
        )
        return None if reason is None else Failure(reason, lasting=False)

    def _post(self, address: Webhook, message: Message, at: datetime) -> Failure | None:
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"keypin/{__version__}",
            "Idempotency-Key": message.key,
            HEADER: sign(message.body, address.keys, at),
        }
        client = guarded_client(self.guard, total=self.total, verify=self.verify)
        with (
            client as http,
            http.stream("POST", address.url, content=message.body, headers=headers) as answer,
        ):
            return _judged(answer)


def digest_body(key: str, route: str, words: Words, kind: str = "digest") -> bytes:
    """Return what a webhook is sent where there is no bundle: a digest, or a test."""
    document = {
        "version": 1,
        "key": key,
        "kind": kind,
        "route": route,
        "subject": words.subject,
        "text": words.plain,
    }
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def _judged(answer: httpx2.Response) -> Failure | None:
    status = answer.status_code
    if answer.is_success:
        return None
    said = f"the webhook answered {status}"
    if answer.is_redirect:
        return Failure(f"{said}; redirects are not followed", lasting=True)
    text = next(answer.iter_raw(), b"")[:_READ].decode(errors="replace")[:_SHOWN]
    plain = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    reason = f"{said}: {plain}" if plain else said
    return Failure(reason, lasting=400 <= status < 500 and status not in _LATER)  # noqa: PLR2004 - RFC 9110
