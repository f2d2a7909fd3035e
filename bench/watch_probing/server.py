"""A TLS server on loopback with many names, each with a certificate of its own.

    python bench/watch_probing/server.py FOLDER COUNT

Writes `ca.pem` to FOLDER, shows `h{n}.bench.example` an ECDSA leaf of its own under one
intermediate, chosen by SNI, and prints its port
and pins as JSON. SIGHUP gives the first name another key.
"""

import asyncio
import json
import signal
import ssl
import sys
from datetime import UTC, datetime
from pathlib import Path

from keypin.certs import Certificate
from keypin.lab.authority import Issued, Request, issue, new_key
from keypin.lab.cast import Cast
from keypin.lab.scenario import Play
from keypin.lab.serving import tls_context
from keypin.pins import Pin


def leaf(cast: Cast, number: int) -> Issued:
    """Issue the certificate of one name."""
    host = f"h{number}.bench.example"
    request = Request(
        name=host, key=new_key("ecdsa"), hosts=(host,), issuer=cast.authority("intermediate")
    )
    return issue(request, cast.now)


def context(cast: Cast, shown: Issued) -> ssl.SSLContext:
    """Return what shows a certificate under its issuer."""
    return tls_context(Play(), ((shown, cast.authority("intermediate")),), b"")


def pin(issued: Issued) -> str:
    """Return the pin of a certificate's key."""
    return str(Pin.of_key(Certificate.from_der(issued.der)))


async def serve(folder: Path, count: int) -> None:
    """Serve until killed."""
    cast = Cast(datetime.now(UTC))
    (folder / "ca.pem").write_bytes(cast.authority("root").pem)
    leaves = [leaf(cast, number) for number in range(count)]
    contexts = {f"h{n}.bench.example": context(cast, one) for n, one in enumerate(leaves)}
    first_leaf = leaves[0]

    def choose(sock: ssl.SSLObject, name: str, _: ssl.SSLContext) -> None:
        sock.context = contexts[name]

    def rotate() -> None:
        contexts["h0.bench.example"] = context(cast, leaf(cast, 0))

    first = context(cast, first_leaf)
    first.sni_callback = choose
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, rotate)
    loop.set_exception_handler(lambda _loop, _context: None)  # probers hang up as they please

    async def wait_for_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(1)
        except (OSError, ssl.SSLError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(wait_for_end, "127.0.0.1", 0, ssl=first, backlog=4096)
    port = server.sockets[0].getsockname()[1]
    keys = {"leaf": pin(first_leaf), "issuer": pin(cast.authority("intermediate"))}
    print(json.dumps({"port": port, **keys}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
