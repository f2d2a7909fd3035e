"""Where heads from elsewhere come from: a file, or an address that answers with such a text."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import httpx2

from keypin.ct.head_file import MAX_HEAD_FILE
from keypin.errors import InputError, Place
from keypin.monitor.client import Client

# What is fetched at each look: ten thousand heads, where 40 logs have one each.
MAX_ANSWER = 4 << 20


class Elsewhere(Protocol):
    """A source of heads."""

    name: str

    def read(self) -> bytes | None:
        """Return what it says now; None where that is what it said before.

        Raises:
            KeypinError: it says nothing.
        """
        ...

    def again(self) -> None:
        """Have all of it said again the next time: not everything could be taken."""
        ...


class HeadFile:
    """A file of heads, read again when it has changed.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        self._read: tuple[int, int, int] | None = None

    def read(self) -> bytes | None:
        """Return the file's bytes if it is another one than before, or has changed.

        Raises:
            InputError: it cannot be read, or is too large.
        """
        try:
            with self._path.open("rb") as file:
                stat = os.fstat(file.fileno())
                identity = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
                if identity == self._read:
                    return None
                data = file.read(MAX_HEAD_FILE + 1)
        except OSError as error:
            raise InputError(
                f"cannot be read: {error.strerror or error}", place=Place(file=self.name)
            ) from error
        self._read = identity
        return data

    def again(self) -> None:
        """Forget that it was read."""
        self._read = None


class HeadAddress:
    """An address that answers with heads: another keypin's, a witness's, a log's checkpoint.

    Args:
        url: the address.
        http: the connections to use.
        pause: what its client waits with.
    """

    def __init__(self, url: str, http: httpx2.Client, pause: Callable[[float], None]) -> None:
        self.name = url
        split = urlsplit(url)
        self._client = Client(f"{split.scheme}://{split.netloc}/", http, pause)
        self._path = split._replace(scheme="", netloc="", fragment="").geturl().lstrip("/")
        self._said: bytes | None = None

    def read(self) -> bytes | None:
        """Return the answer if it is another one than before.

        Raises:
            LogError: there is none, or it is too large.
        """
        data = self._client.get(self._path, MAX_ANSWER)
        if data == self._said:
            return None
        self._said = data
        return data

    def again(self) -> None:
        """Forget what was said."""
        self._said = None
