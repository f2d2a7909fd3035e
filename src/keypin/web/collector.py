"""The door for reports from the field: `POST /report/{key}` and `POST /check-in/{key}`.

No sign-in: the key stands in every app, so whoever posts is a stranger. Everything is bounded,
nothing is believed, and each refusal says why (RFC 9457). 202 is said when what came is on the
disk (`keypin.watch.collecting.intake`). Plain ASGI: it is asked ten thousand times a second.

    Collector(core).in_front_of(app)    the application that answers all else
"""

import asyncio
import re
from collections import Counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keypin.watch.collecting.batch import Entry, Kind
from keypin.watch.collecting.batches import IntakeError
from keypin.watch.collecting.batches_open import open_batches
from keypin.watch.collecting.intake import Intake
from keypin.watch.collecting.register import Register
from keypin.watch.core import Core
from keypin.web import collector_answers as answers
from keypin.web.collector_answers import Refusal
from keypin.web.collector_origin import Origins
from keypin.web.collector_reading import READERS, body_of

# A client that needs longer for its few kilobytes holds on to a connection, and nothing else.
PATIENCE = 10.0

ANSWERS = {"OPTIONS": answers.PREFLIGHT, "POST": answers.TAKEN}
"""What each method is answered where nothing is refused."""

_PATH = re.compile(r"/(report|check-in)/([^/]{1,64})")


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

    def in_front_of(self, app: ASGIApp) -> ASGIApp:
        """Return an application that answers reports, and leaves all else to another.

        No router and no middleware stands between: they took a third of the time of a report.
        """

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            found = _PATH.fullmatch(scope["path"]) if scope["type"] == "http" else None
            if found is not None:
                await self._answer(Kind(found[1]), found[2], scope, receive, send)
            elif scope["type"] == "lifespan":
                await app(scope, receive, self._ending(send))
            else:
                await app(scope, receive, send)

        return answer

    def close(self) -> None:
        """Write what waits, and take nothing more."""
        self.intake.stop()

    def _ending(self, send: Send) -> Send:
        """Return what sends the messages of a lifespan, and closes at its end."""

        async def sending(message: Message) -> None:
            if message["type"] == "lifespan.shutdown.complete":
                await asyncio.to_thread(self.close)
            await send(message)

        return sending

    def problem(self) -> str | None:
        """Say why no report is taken, or None; for `/readyz`."""
        return self.intake.failure

    async def _answer(
        self, kind: Kind, key: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        answer = ANSWERS.get(scope["method"], answers.METHOD)
        if answer is answers.TAKEN:
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._take(kind, key, scope, receive)
            except Refusal as refusal:
                answer = refusal.answer
            except TimeoutError:
                answer = answers.SLOW
        self.answered[answer.status] += 1
        await answer.send(send)

    async def _take(self, kind: Kind, key: str, scope: Scope, receive: Receive) -> None:
        """Take what a request brings, and return when it is on the disk.

        Raises:
            Refusal: it is not taken.
        """
        at = self._clock()
        number = await self._register.find(key, at)
        known = self._register.known
        if known is None:
            raise answers.away("the keys of applications are not known yet")
        if number is None:
            raise answers.UNKNOWN
        origin = self._origins.admitted(scope, number, at)
        body = await body_of(scope, receive)
        fingerprint, kept = READERS[kind](scope, body)
        try:
            await self.intake.put(
                Entry(
                    kind=kind,
                    application=number,
                    at=int(at.timestamp() * 1_000_000),
                    source=known.sources.digest(origin.site),
                    network=origin.network,
                    country=origin.country,
                    fingerprint=fingerprint,
                    body=kept,
                )
            )
        except IntakeError as error:
            raise answers.away(str(error)) from error
