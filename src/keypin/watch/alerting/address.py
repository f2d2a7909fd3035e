"""Where a route leads: the secret address of a webhook of ours, or of a service that Apprise knows.

A webhook is an `https://` address with the key that signs what is sent in its fragment, which no
client ever sends: `https://hooks.example.com/keypin#KEY`, or `#NEW,OLD` while a key is replaced.
All else is an address as Apprise writes it, and Apprise is asked whether it is one.
"""

from dataclasses import dataclass, field
from secrets import token_urlsafe
from urllib.parse import urlsplit

import httpx2

from keypin.alerts.signature import MIN_KEY
from keypin.errors import InputError
from keypin.watch.alerting.services import service

# What browsers and servers take.
MAX_ADDRESS = 4000
_MAX_KEYS = 4
_WEBHOOK = ("http", "https")


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook of ours.

    Attributes:
        url: where it is posted to.
        keys: what signs it, the newest first.
    """

    url: str
    keys: tuple[bytes, ...] = field(repr=False)

    @property
    def shown(self) -> str:
        """What may be shown of it: paths hold secrets as well."""
        parts = urlsplit(self.url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname}{port}/…"


@dataclass(frozen=True, slots=True)
class Service:
    """A service that Apprise reaches.

    Attributes:
        url: its address, as Apprise writes it.
        shown: what may be shown of it.
    """

    url: str = field(repr=False)
    shown: str


Address = Webhook | Service


def parse(text: str) -> Address:
    """Read an address.

    Raises:
        InputError: it is none that can be told, or one that may not be; it is not shown.
    """
    if not 0 < len(text) <= MAX_ADDRESS or not text.isprintable() or " " in text:
        raise InputError(
            "the address of a route is empty, too long, or has blanks or control characters",
            expected=f"scheme://…, {MAX_ADDRESS} characters at most",
        )
    if text.partition("://")[0].lower() in _WEBHOOK:
        return _webhook(text)
    return Service(text, service(text).shown)


def new_key() -> str:
    """Return a new key for a webhook's fragment."""
    return token_urlsafe(MIN_KEY)


def _webhook(text: str) -> Webhook:
    url, _, fragment = text.partition("#")
    keys = tuple(part.encode() for part in fragment.split(",")) if fragment else ()
    if not 0 < len(keys) <= _MAX_KEYS or any(len(key) < MIN_KEY for key in keys):
        raise InputError(
            "a webhook without a key that signs what is sent, or with too short a one",
            expected=f"https://…#KEY with {MIN_KEY} characters or more; two, with a comma between "
            "them, while one is replaced",
        )
    if not _is_complete(url):
        raise InputError("a webhook without a host", expected="https://HOST/…#KEY")
    return Webhook(url, keys)


def _is_complete(url: str) -> bool:
    """Tell whether an address has a host and no impossible port, for who shows it and who dials."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname and parts.port != 0 and httpx2.URL(url).host)
    except (ValueError, httpx2.InvalidURL):
        return False
