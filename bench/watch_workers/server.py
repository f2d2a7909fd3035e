"""A TLS server on loopback that keeps everybody waiting for 200 ms before its handshake.

    python bench/watch_workers/server.py FOLDER

Writes `ca.pem` to FOLDER, and prints its port and the pin of its issuer as JSON.
"""

import asyncio
import json
import ssl
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from keypin.certs import Certificate
from keypin.lab.cast import Cast
from keypin.lab.scenario import Play
from keypin.lab.serving import tls_context
from keypin.pins import Pin

WAIT = 0.2


async def serve(folder: Path) -> None:
    """Serve until killed."""
    cast = Cast(datetime.now(UTC))
    (folder / "ca.pem").write_bytes(cast.authority("root").pem)
    issuer = cast.authority("intermediate")
    leaf = cast.leaf("active", name="bench", hosts=("*.bench.example",), days=300)
    context = tls_context(Play(), ((leaf, issuer),), b"")
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # the client's first bytes are for TLS
        with suppress(OSError, ssl.SSLError):
            await asyncio.sleep(WAIT)
            await writer.start_tls(context)
            await reader.read(1)
        writer.transport.abort()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=4096)
    pin = str(Pin.of_key(Certificate.from_der(issuer.der)))
    print(json.dumps({"port": server.sockets[0].getsockname()[1], "issuer": pin}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
