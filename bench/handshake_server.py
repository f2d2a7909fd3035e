"""A loopback TLS server for the benchmarks: shakes hands, answers one small request, hangs up.

    python bench/handshake_server.py FOLDER

Writes the trust anchors and the pins to FOLDER and its port to standard output, and runs until it
is killed. Two threads accept, so that the client is what is measured.
"""

import contextlib
import json
import socket
import ssl
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from keypin.lab.cast import Cast

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


def serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    """Answer connections for ever."""
    while True:
        plain, _ = listener.accept()
        with contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as tls:
            if tls.recv(4096):
                tls.sendall(ANSWER)


def main() -> None:
    """Prepare the folder and serve."""
    folder = Path(sys.argv[1])
    cast = Cast(datetime.now(UTC))
    for name, key in (("good", "active"), ("bad", "attacker")):
        leaf = cast.leaf(key)
        chain = leaf.key_pem + leaf.pem + cast.authority("intermediate").pem
        (folder / f"{name}.pem").write_bytes(chain)
    (folder / "ca.pem").write_bytes(cast.trusted_pem())
    ports = {}
    for name in ("good", "bad"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / f"{name}.pem")
        listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        ports[name] = listener.getsockname()[1]
        for _ in range(2):
            threading.Thread(target=serve, args=(listener, context), daemon=True).start()
    pins = [cast.pin("active"), cast.pin("backup")]
    print(json.dumps({"ports": ports, "pins": pins}), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
