"""A whole file of hosts, journalled line by line, resumable after any interruption.

The journal is the only state. A line is written with one call when its host is finished; a process
killed at any byte leaves at most one torn line, at the end, which the next run cuts off. What
stands in whole lines is finished and not probed again; everything else is.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path
from typing import BinaryIO

from keypin.certs import Endpoint, Observation
from keypin.errors import InputError, Place
from keypin.probe import journal
from keypin.probe.many import CONCURRENCY, PER_HOST, probe_stream
from keypin.probe.options import FLEET, Options
from keypin.probe.targets import check_targets, read_targets


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a fleet has come.

    Attributes:
        total: endpoints in the file, each counted once.
        done: endpoints in the journal, those of earlier runs included.
        failed: endpoints of this run at which no handshake succeeded.
        latest: the observation just journalled; None when the run begins.
    """

    total: int
    done: int
    failed: int
    latest: Observation | None = None


class Done:
    """Which endpoints are finished: eight bytes of a digest each, whatever the endpoint's length.

    Two of a million endpoints share eight bytes once in thirty million fleets.
    """

    def __init__(self) -> None:
        self._digests: set[int] = set()

    def __len__(self) -> int:
        return len(self._digests)

    def add(self, endpoint: str) -> bool:
        """Note `endpoint`; return whether it is new."""
        digest = int.from_bytes(hashlib.blake2b(endpoint.encode(), digest_size=8).digest(), "big")
        size = len(self._digests)
        self._digests.add(digest)
        return len(self._digests) > size


def run_fleet(
    hosts: Path,
    journal_file: Path,
    options: Options = FLEET,
    *,
    concurrency: int = CONCURRENCY,
    per_host: int = PER_HOST,
    on_progress: Callable[[Progress], None] | None = None,
    on_bad_line: Callable[[InputError], None] | None = None,
) -> Progress:
    """Probe every endpoint of a file once, and append what it showed to the journal.

    Args:
        hosts: one endpoint a line; an endpoint that occurs twice is probed once.
        journal_file: made if absent, continued if present.
        options: how to probe.
        concurrency: how many endpoints at once.
        per_host: how many endpoints of one host at once.
        on_progress: called at the beginning and after each endpoint.
        on_bad_line: called for each line that is no endpoint; without it the first one is raised.

    Returns:
        The state at the end.

    Raises:
        InputError: a file cannot be read, a line is bad, or the journal is none.
    """
    total = _check(hosts, on_bad_line)
    report = on_progress or _say_nothing
    with _open(journal_file) as file:
        done = _finished(file, journal_file)
        state = Progress(total, len(done), 0)
        report(state)
        todo = (endpoint for endpoint in _endpoints(hosts) if done.add(str(endpoint)))
        stream = probe_stream(todo, options, concurrency=concurrency, per_host=per_host)
        with closing(stream):
            for observation in stream:
                file.write(journal.dumps(observation))
                file.flush()
                failed = state.failed + (not observation.handshakes)
                state = Progress(total, state.done + 1, failed, observation)
                report(state)
    return state


def _say_nothing(_: Progress) -> None:
    """Take the progress of a caller that does not ask for it."""


def read_journal(path: Path) -> Iterator[Observation]:
    """Yield the observations of a journal; a torn last line is left out.

    Raises:
        InputError: the file cannot be read, or a whole line is no observation.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(_lines(file), start=1):
                if line.endswith(b"\n"):
                    yield journal.loads(line, place=Place(file=str(path), line=number))
    except OSError as error:
        raise _unusable(path, error) from error


def _check(hosts: Path, on_bad_line: Callable[[InputError], None] | None) -> int:
    _, bad = check_targets(hosts)
    for error in bad:
        if on_bad_line is None:
            raise error
        on_bad_line(error)
    distinct = Done()
    for endpoint in _endpoints(hosts):
        distinct.add(str(endpoint))
    return len(distinct)


def _endpoints(hosts: Path) -> Iterator[Endpoint]:
    return (found for found in read_targets(hosts) if isinstance(found, Endpoint))


def _open(path: Path) -> BufferedRandom:
    try:
        path.touch()
        return path.open("r+b")
    except OSError as error:
        raise _unusable(path, error) from error


def _finished(file: BufferedRandom, path: Path) -> Done:
    """Return what the journal holds, with its torn last line cut off and its end in place."""
    done, whole = Done(), 0
    for number, line in enumerate(_lines(file), start=1):
        if not line.endswith(b"\n"):
            break
        whole += len(line)
        done.add(_endpoint_of(line, Place(file=str(path), line=number)))
    file.seek(whole)
    file.truncate()
    return done


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(journal.MAX_LINE + 1):
        yield line


def _endpoint_of(line: bytes, place: Place) -> str:
    try:
        record = json.loads(line)
        if record["version"] == journal.VERSION:
            return str(record["endpoint"])
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise InputError(
        "the line is no observation",
        expected=f"a journal of version {journal.VERSION}",
        next_step="name a new file for the journal",
        place=place,
    )


def _unusable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"the journal cannot be used: {error.strerror}",
        expected="a file that can be read and written",
        place=Place(file=str(path)),
    )
