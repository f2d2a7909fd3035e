"""The stage: the servers of all scenes, two logs, the names that lead to them, their DNS and files.

Keys, roots and ports are kept in the folder, so that pins hold over a restart and servers stay
where they were; certificates and logs are new each time.
"""

import json
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from keypin.lab.authority import Issued, Request
from keypin.lab.cast import Cast
from keypin.lab.ct_api import CtApi
from keypin.lab.ct_list import log_list
from keypin.lab.ct_log import CtLog, certify
from keypin.lab.ct_server import CtServer
from keypin.lab.serving import Pool
from keypin.watch.demonstration.names import Names
from keypin.watch.demonstration.scenes import CAA, FIRST, ROOTS, SCENES, Scene
from keypin.watch.demonstration.servers import Turning, Where
from keypin.watch.demonstration.zone import Zone

LOGS = ("Demonstration 2026h2", "Demonstration 2027h1")

# Every machine has the first; some lack one of the others, which stand for a second server.
_ADDRESSES, _OTHERS = ("127.0.0.1",), ("127.0.0.2", "::1", "127.0.0.1")

Place = tuple[str, str]
"""A host, and which of its servers."""


class Stage:
    """Everything that is played, as a context manager.

    Args:
        folder: where keys, roots and the list of logs are kept.

    Attributes:
        names: the shop's names.
        zone: their CAA records.
        cast: keys and CAs.
        logs: the logs.
        ca_file: the roots that everybody trusts, as PEM.
        log_list: the list of the logs.
    """

    def __init__(self, folder: Path) -> None:
        self.names = Names()
        self.zone = Zone(CAA)
        self.logs = tuple(CtLog(name) for name in LOGS)
        self.ca_file = folder / "ca.pem"
        self.log_list = folder / "logs.json"
        self.cast = Cast(datetime.now(UTC), folder)
        self._ports = folder / "ports.json"
        self._pool = Pool()
        self._servers: dict[Place, Turning] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self._pool.close)
            servers = [stack.enter_context(CtServer(CtApi(log))) for log in self.logs]
            self._serve()
            self._publish()
            self.ca_file.write_bytes(b"".join(self.cast.authority(one).pem for one in ROOTS))
            self.log_list.write_text(json.dumps(log_list(servers, self.cast.now)))
            self._pool.start()
            stack.enter_context(self.names)
            stack.enter_context(self.zone)
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
        for scene in (_NAMED[name] for name in scenes):
            server = self._servers[_place(scene)]
            if scene.closed:
                server.close()
            else:
                server.show(scene.name)
            where.setdefault(scene.host, []).append(server.where)
        for host, places in where.items():
            self.names.lead(host, *places)

    def where(self, scene: str) -> Where:
        """Return where the server of a scene listens."""
        return self._servers[_place(_NAMED[scene])].where

    def request(self, host: str, key: str, issuer: str, left: int = 89) -> Request:
        """Return the request for a certificate."""
        return Request(
            name=host,
            key=self.cast.key(key),
            hosts=(host,),
            issuer=self.cast.authority(issuer),
            start=left - 90,
            days=90,
        )

    def log(self, request: Request) -> Issued:
        """Issue a certificate that both logs have, as of now."""
        issued = certify(request, self.logs, datetime.now(UTC))
        self._publish()
        return issued

    def renew(self, scene: str) -> None:
        """Issue another certificate for a scene, which its server shows from the next time on."""
        one = _NAMED[scene]
        leaf = self.log(self.request(one.host, one.key, one.issuer, one.left))
        self._servers[_place(one)].renew(scene, (leaf, self.cast.authority(one.issuer)))

    def _publish(self) -> None:
        for log in self.logs:
            log.publish(datetime.now(UTC))

    def _serve(self) -> None:
        chains: dict[Place, dict[str, tuple[Issued, ...]]] = {}
        for scene in SCENES:
            chains.setdefault(_place(scene), {})[scene.name] = self._chain(scene)
        ports: dict[str, int] = {}
        if self._ports.exists():
            ports = json.loads(self._ports.read_text())
        for (host, server), shown in chains.items():
            name = f"{host} {server}"
            addresses = _OTHERS if server == "second" else _ADDRESSES
            turning = Turning(self._pool, shown, addresses, ports.get(name, 0))
            self._servers[host, server] = turning
            ports[name] = turning.where[1]
        self._ports.write_text(json.dumps(ports))

    def _chain(self, scene: Scene) -> tuple[Issued, ...]:
        request = self.request(scene.host, scene.key, scene.issuer, scene.left)
        logs = self.logs if scene.logged else ()
        return certify(request, logs, self.cast.now), self.cast.authority(scene.issuer)


def _place(scene: Scene) -> Place:
    return scene.host, scene.server


_NAMED = {scene.name: scene for scene in SCENES}
