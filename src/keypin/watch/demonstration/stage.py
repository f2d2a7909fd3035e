"""The stage: the servers of all scenes, two logs, the names that lead to them, and their files.

Keys and roots are kept in the folder, so that pins hold over a restart; certificates and logs are
new each time.
"""

import json
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from keypin.lab.authority import Issued, Request, issue
from keypin.lab.cast import Cast
from keypin.lab.ct_api import CtApi
from keypin.lab.ct_list import log_list
from keypin.lab.ct_log import CtLog, certify
from keypin.lab.ct_server import CtServer
from keypin.lab.scenario import Behaviour, Play
from keypin.lab.serving import Pool
from keypin.watch.demonstration.names import Names, Where
from keypin.watch.demonstration.scenes import FIRST, SCENES, Scene

LOGS = ("Demonstration 2026h2", "Demonstration 2027h1")

# Every machine has the first; some lack one of the others, which stand for a second server.
_FIRST, _SECOND = ("127.0.0.1",), ("127.0.0.2", "::1", "127.0.0.1")


class Stage:
    """Everything that is played, as a context manager.

    Args:
        folder: where keys, roots and the list of logs are kept.

    Attributes:
        names: the shop's names.
        cast: keys and CAs.
        logs: the logs.
        ca_file: the root of the shop's CA, as PEM.
        log_list: the list of the logs.
    """

    def __init__(self, folder: Path) -> None:
        self.names = Names()
        self.logs = tuple(CtLog(name) for name in LOGS)
        self.ca_file = folder / "ca.pem"
        self.log_list = folder / "logs.json"
        self.cast = Cast(datetime.now(UTC), folder)
        self._pool = Pool()
        self._scenes: dict[str, tuple[Scene, Where]] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self._pool.close)
            servers = [stack.enter_context(CtServer(CtApi(log))) for log in self.logs]
            for scene in SCENES:
                self._scenes[scene.name] = scene, self._serve(scene)
            self._publish()
            self.ca_file.write_bytes(self.cast.authority("root").pem)
            self.log_list.write_text(json.dumps(log_list(servers, self.cast.now)))
            self._pool.start()
            stack.enter_context(self.names)
            self.show(*FIRST)
            self._open = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def show(self, *scenes: str) -> None:
        """Let the host of each scene answer by it; several of one host are its several servers."""
        where: dict[str, list[Where]] = {}
        for name in scenes:
            scene, place = self._scenes[name]
            where.setdefault(scene.host, []).append(place)
        for host, places in where.items():
            self.names.lead(host, *places)

    def where(self, scene: str) -> Where:
        """Return where the server of a scene listens."""
        return self._scenes[scene][1]

    def host(self, scene: str) -> str:
        """Return the host of a scene."""
        return self._scenes[scene][0].host

    def request(self, host: str, key: str, issuer: str, days: int = 90) -> Request:
        """Return the request for a certificate."""
        return Request(
            name=host,
            key=self.cast.key(key),
            hosts=(host,),
            issuer=self.cast.authority(issuer),
            days=days,
        )

    def log(self, request: Request) -> Issued:
        """Issue a certificate that both logs have, as of now."""
        issued = certify(request, self.logs, datetime.now(UTC))
        self._publish()
        return issued

    def _publish(self) -> None:
        for log in self.logs:
            log.publish(datetime.now(UTC))

    def _serve(self, scene: Scene) -> Where:
        request = self.request(scene.host, scene.key, scene.issuer, scene.days)
        if scene.logged:
            leaf = certify(request, self.logs, self.cast.now)
        else:
            leaf = issue(request, self.cast.now)
        chains = ((leaf, self.cast.authority(scene.issuer)),)
        silent = scene.behaviour is not Behaviour.TLS
        play = Play(chains=() if silent else chains, behaviour=scene.behaviour)
        return self._listen(play, _SECOND if scene.beside else _FIRST)

    def _listen(self, play: Play, addresses: tuple[str, ...]) -> Where:
        *others, last = addresses
        for address in others:
            try:
                return address, self._pool.add(play, play.chains, address, 0, b"").port
            except OSError:
                continue
        return last, self._pool.add(play, play.chains, last, 0, b"").port
