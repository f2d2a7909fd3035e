"""Where a context takes its pins from, and how they change while it runs.

A source is asked at the end of every handshake and answers with a whole pin set, so that a change
takes effect on the next connection, at once and undivided: no connection is judged by half of the
old pins and half of the new.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol, TypeAlias

from keypin.errors import InputError, PinSetError, Place
from keypin.pins import PinSet
from keypin.pins.toml import MAX_PINS_TOML, loads

_log = logging.getLogger("keypin.tls")


class PinSource:
    """A pin set that may be swapped for another while connections are made.

    Args:
        pin_set: the pins to begin with.

    Attributes:
        pin_set: the pins of the moment.

    Safe to use from several threads.
    """

    pin_set: PinSet

    def __init__(self, pin_set: PinSet) -> None:
        self.swap(pin_set)

    def swap(self, pin_set: PinSet) -> None:
        """Take another pin set, which decides from the next handshake on."""
        self.pin_set = pin_set


class PinFile(PinSource):
    """The pins of a `pins.toml`, read again when the file changes.

    A new file that is not valid changes nothing: the last good pins stay in force, and an error is
    logged, once for each such file. The same when the file is gone.

    Args:
        path: the file.
        every: seconds between two looks at whether the file has changed.

    Attributes:
        path: the file.
        problem: why the file as it is now was not taken over, or None.

    Raises:
        InputError: the file cannot be read, or is no valid pins.toml.
    """

    def __init__(self, path: str | Path, *, every: float = 1.0) -> None:
        self.path = Path(path)
        self.problem: InputError | None = None
        self._every = every
        self._lock = threading.Lock()
        self._next_look = time.monotonic() + every
        self._seen = self._identity()
        super().__init__(_read(self.path))

    @property
    def pin_set(self) -> PinSet:  # type: ignore[override]
        """The pins of the moment, after a look at the file if one is due."""
        if time.monotonic() >= self._next_look:
            self.refresh()
        return self._current

    def swap(self, pin_set: PinSet) -> None:
        """Take another pin set, until the file changes again."""
        self._current = pin_set

    def refresh(self) -> None:
        """Look now whether the file has changed, and take over its pins if they are valid."""
        # Whoever looks, looks for all: the others go on with the pins of before.
        if not self._lock.acquire(blocking=False):
            return
        try:
            self._next_look = time.monotonic() + self._every
            identity = self._identity()
            if identity == self._seen:
                return
            self._seen = identity
            try:
                self.swap(_read(self.path))
            except InputError as problem:
                self.problem = problem
                _log.error("the pins of before stay in force: %s", problem)
            else:
                self.problem = None
                _log.info("%s: pins taken over", self.path)
        finally:
            self._lock.release()

    def _identity(self) -> tuple[int, int, int] | None:
        """Return what changes when a file is written or replaced; None while it is not there."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


class Source(Protocol):
    """Where a context takes its pins from: it has the pin set of the moment."""

    @property
    def pin_set(self) -> PinSet:
        """The pins of the moment."""
        ...


class _Asked:
    """A callable that returns the pin set of the moment, as a source."""

    def __init__(self, ask: Callable[[], PinSet]) -> None:
        self._ask = ask

    @property
    def pin_set(self) -> PinSet:
        return self._ask()


# What may be given as pins: see `as_source`.
Pins: TypeAlias = (
    PinSet | Mapping[str, Iterable[str]] | str | Path | PinSource | Callable[[], PinSet]
)


def as_source(pins: Pins, *, no_backup: str | None = None) -> Source:
    """Return where the pins come from.

    Args:
        pins: a `PinSet`; a mapping from host pattern to pins; the path of a `pins.toml`, which is
            read again when it changes; a `PinSource`; or a callable that returns the `PinSet` of
            the moment.
        no_backup: for a mapping, why hosts with a single pin have no second.

    Raises:
        InputError: the pins are malformed or break a rule; nothing is left out.
        TypeError: it is none of these.
    """
    if isinstance(pins, PinSource):
        return pins
    if isinstance(pins, PinSet):
        return PinSource(pins)
    if isinstance(pins, str | Path):
        return PinFile(pins)
    if isinstance(pins, Mapping):
        return PinSource(
            PinSet.from_mapping(pins, no_backup=no_backup)  # pyright: ignore[reportUnknownArgumentType]
        )
    # Callers without a type checker pass other things as well.
    if callable(pins):  # pyright: ignore[reportUnnecessaryComparison]
        return _Asked(pins)
    raise TypeError(
        f"pins is a {type(pins).__name__}; expected a PinSet, a mapping from host to pins, the "
        "path of a pins.toml, or a callable that returns a PinSet"
    )


def _read(path: Path) -> PinSet:
    place = Place(file=str(path))
    try:
        with path.open("rb") as file:
            data = file.read(MAX_PINS_TOML + 1)
        text = data.decode()
    except OSError as error:
        raise InputError(
            f"the pins cannot be read: {error.strerror}",
            expected="a readable pins.toml",
            place=place,
        ) from error
    except UnicodeDecodeError as error:
        raise PinSetError(
            f"byte {error.start + 1} is not UTF-8", expected="a pins.toml in UTF-8", place=place
        ) from error
    return loads(text, name=str(path)).pin_set
