"""The door for reports from the field: `POST /report/{key}` and `POST /check-in/{key}`.

No sign-in: the key stands in every app, so whoever posts is a stranger. Everything is bounded,
nothing is believed, and each refusal says why (RFC 9457). 202 is said when what came is on the
disk (`keypin.watch.collecting.intake`). Plain ASGI, and where `keypin.web.collector_wire` reads
the requests, not even a task: it is asked ten thousand times a second.

    Collector(core).in_front_of(app)    the application that answers all else
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keypin.watch.collecting.batch import Entry, Kind
from keypin.watch.collecting.batches import IntakeError
from keypin.watch.collecting.batches_open import open_batches
from keypin.watch.collecting.intake import Intake
from keypin.watch.collecting.register import Register
from keypin.watch.core import Core
from keypin.web import collector_answers as answers
from keypin.web.collector_answers import Answer, Refusal
from keypin.web.collector_origin import Origin, Origins
from keypin.web.collector_reading import READERS, body_of, bounded, check_head

PATIENCE = 10.0
"""Seconds that a client may take for its few kilobytes, and that the disk may take for them."""

ANSWERS = {"OPTIONS": answers.PREFLIGHT, "POST": answers.TAKEN}
"""What each method is answered where nothing is refused."""

_PATH = re.compile(r"/(report|check-in)/([^/]{1,64})")

Done = Callable[[Answer], None]
"""What hears the answer to a request, in the loop, once."""


class Door(NamedTuple):
    """What a request's path says.

    Attributes:
        kind: what comes in by it.
        key: the application's.
    """

    kind: Kind
    key: str


class Admitted(NamedTuple):
    """A request that may report.

    Attributes:
        application: the number of whose key it has.
        origin: where it comes from.
        at: when it came.
    """

    application: int
    origin: Origin
    at: datetime


def door_of(path: str) -> Door | None:
    """Return the door that a path names, or None: it is not the collector's."""
    found = _PATH.fullmatch(path)
    return Door(Kind(found[1]), found[2]) if found else None


class Front:
    """An application with a collector before it.

    No router and no middleware stands between: they took a third of the time of a report.

    Args:
        collector: answers its doors.
        app: answers all else.

    Attributes:
        collector: the same.
    """

    def __init__(self, collector: "Collector", app: ASGIApp) -> None:
        self.collector = collector
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        door = door_of(scope["path"]) if scope["type"] == "http" else None
        if door is not None:
            await self.collector.answer(door, scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._app(scope, receive, self._ending(send))
        else:
            await self._app(scope, receive, send)

    def _ending(self, send: Send) -> Send:
        """Return what sends the messages of a lifespan, and closes at its end."""

        async def sending(message: Message) -> None:
            if message["type"] == "lifespan.shutdown.complete":
                await asyncio.to_thread(self.collector.close)
            await send(message)

        return sending


class Collector:
    """The door of one process.

    Args:
        core: the installation.

    Raises:
        IntakeError: the intake's file cannot be used.

    Attributes:
        intake: where what came in waits for the disk.
        answered: how often each status was answered, for metrics.
    """

    def __init__(self, core: Core) -> None:
        self.intake = Intake(open_batches(core))
        self.answered: Counter[int] = Counter()
        self._clock = core.clock
        self._register = Register(core)
        self._origins = Origins(core.settings)

    def in_front_of(self, app: ASGIApp) -> Front:
        """Return an application that answers reports, and leaves all else to another."""
        return Front(self, app)

    def close(self) -> None:
        """Write what waits, and take nothing more."""
        self.intake.stop()

    def problem(self) -> str | None:
        """Say why no report is taken, or None; for `/readyz`."""
        return self.intake.failure

    async def answer(self, door: Door, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI has it."""
        answer = ANSWERS.get(scope["method"], answers.METHOD)
        if answer is answers.TAKEN:
            try:
                async with asyncio.timeout(PATIENCE):
                    entry = await self._entry(door, scope, receive)
                answer = await self._kept(entry)
            except Refusal as refusal:
                answer = refusal.answer
            except TimeoutError:
                answer = answers.SLOW
        self.answered[answer.status] += 1
        await answer.send(send)

    def answer_whole(self, door: Door, scope: Scope, body: bytes, done: Done) -> bool:
        """Answer a request that is here to its end, where only the disk must be waited for.

        Args:
            door: what its path says.
            scope: its head, as ASGI has it.
            body: its body.
            done: hears the answer.

        Returns:
            Whether it is answered, or will be; False leaves it to `answer`.
        """
        at = self._clock()
        number = self._register.known_as(door.key, at)
        if number is None or ANSWERS.get(scope["method"]) is not answers.TAKEN:
            return False

        def counted(answer: Answer) -> None:
            self.answered[answer.status] += 1
            done(answer)

        try:
            admitted = self._admitted(number, scope, at)
            self._keep(self._made(door, admitted, scope, bounded(body)), counted)
        except Refusal as refusal:
            counted(refusal.answer)
        return True

    async def _entry(self, door: Door, scope: Scope, receive: Receive) -> Entry:
        """Return what a request brings.

        Raises:
            Refusal: it is not taken.
        """
        at = self._clock()
        number = await self._register.find(door.key, at)
        if self._register.known is None:
            raise answers.away("the keys of applications are not known yet")
        if number is None:
            raise answers.UNKNOWN
        admitted = self._admitted(number, scope, at)
        return self._made(door, admitted, scope, await body_of(receive))

    def _admitted(self, number: int, scope: Scope, at: datetime) -> Admitted:
        """Look at a request's head.

        Raises:
            Refusal: it is not taken.
        """
        origin = self._origins.admitted(scope, number, at)
        check_head(scope)
        return Admitted(number, origin, at)

    def _made(self, door: Door, admitted: Admitted, scope: Scope, body: bytes) -> Entry:
        """Return what is kept of a request.

        Raises:
            Refusal: its body is not what comes in by this door.
        """
        fingerprint, kept = READERS[door.kind](scope, body)
        return Entry(
            kind=door.kind,
            application=admitted.application,
            at=int(admitted.at.timestamp() * 1_000_000),
            source=self._register.source(admitted.origin.site),
            network=admitted.origin.network,
            country=admitted.origin.country,
            fingerprint=fingerprint,
            body=kept,
        )

    async def _kept(self, entry: Entry) -> Answer:
        """Return the answer to an entry, once it is known.

        Raises:
            Refusal: there is no room for it.
        """
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        # Whoever asked may be gone by then.
        self._keep(entry, lambda answer: None if future.done() else future.set_result(answer))
        return await future

    def _keep(self, entry: Entry, done: Done) -> None:
        """Have an entry kept; the disk's answer comes in time, or a refusal instead.

        Raises:
            Refusal: there is no room for it.
        """
        waiting = True

        def answered(answer: Answer) -> None:
            nonlocal waiting
            if waiting:
                waiting = False
                late.cancel()
                done(answer)

        def told(error: IntakeError | None) -> None:
            answered(answers.away(str(error)).answer if error else answers.TAKEN)

        late = asyncio.get_running_loop().call_later(PATIENCE, answered, answers.WAITING)
        try:
            self.intake.put(entry, told)
        except IntakeError as error:
            late.cancel()
            raise answers.away(str(error)) from error
