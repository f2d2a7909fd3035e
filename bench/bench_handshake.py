"""What pins cost a client: a handshake with them and without, beside aiohttp's own fingerprint.

    python bench/bench_handshake.py

Client CPU of whole connections over loopback, in blocks that take turns, so that a busy moment hits
both; the figures are medians of the ratio of neighbouring blocks. The server is a process of its
own. The target: pins add at most 1%.
"""

import asyncio
import json
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp

import keypin

HERE = Path(__file__).parent
BLOCK = 40
ROUNDS = 60
AT_MOST = 1.01


@contextmanager
def server() -> Iterator[dict[str, Any]]:
    """Run the server, and give its ports, its pins and the file of its CA."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(HERE / "handshake_server.py"), folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                told: dict[str, Any] = json.loads(
                    process.stdout.readline() if process.stdout else "{}"
                )
                yield {**told, "cafile": str(Path(folder) / "ca.pem")}
            finally:
                process.terminate()


def contexts(told: dict[str, Any]) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return a context with pins and one without, alike in all else."""
    pinned = keypin.create_default_context({"localhost": told["pins"]}, cafile=told["cafile"])
    return pinned, ssl.create_default_context(cafile=told["cafile"])


def block(context: ssl.SSLContext, port: int) -> float:
    """Return the CPU seconds of a block of connections."""
    begun = time.process_time()
    for _ in range(BLOCK):
        with socket.create_connection(("127.0.0.1", port)) as plain:
            context.wrap_socket(plain, server_hostname="localhost").close()
    return time.process_time() - begun


def compare(one: Callable[[], float], other: Callable[[], float]) -> tuple[float, float, float]:
    """Return the median ratio of two kinds of block, and the median cost of each."""
    one(), other()
    pairs = []
    for index in range(ROUNDS):
        if index % 2:
            first = one()
            pairs.append((first, other()))
        else:
            second = other()
            pairs.append((one(), second))
    ratios = [first / second for first, second in pairs]
    return (
        statistics.median(ratios),
        statistics.median(first for first, _ in pairs) / BLOCK,
        statistics.median(second for _, second in pairs) / BLOCK,
    )


def in_aiohttp(told: dict[str, Any], kind: object, plain: object) -> tuple[float, float, float]:
    """Return the same of whole requests with aiohttp, by what is given to it as `ssl`."""
    url = f"https://localhost:{told['ports']['good']}/"

    async def fetch(how: Any) -> float:  # noqa: ANN401 - aiohttp takes contexts and fingerprints
        begun = time.process_time()
        for _ in range(BLOCK):
            async with aiohttp.ClientSession() as session, session.get(url, ssl=how) as answer:
                await answer.read()
        return time.process_time() - begun

    with asyncio.Runner() as runner:
        return compare(lambda: runner.run(fetch(kind)), lambda: runner.run(fetch(plain)))


def _leaf_digest(told: dict[str, Any]) -> bytes:
    plain = ssl.create_default_context(cafile=told["cafile"])
    with (
        socket.create_connection(("127.0.0.1", told["ports"]["good"])) as sock,
        plain.wrap_socket(sock, server_hostname="localhost") as tls,
    ):
        leaf = tls.getpeercert(binary_form=True)
    return keypin.Certificate.from_der(leaf or b"").sha256


def main() -> None:
    """Measure, and print."""
    with server() as told:
        port = told["ports"]["good"]
        pinned, plain = contexts(told)
        fingerprint = aiohttp.Fingerprint(_leaf_digest(told))
        ratio, with_pins, without = compare(lambda: block(pinned, port), lambda: block(plain, port))
        print(f"Python {sys.version.split()[0]}, {ssl.OPENSSL_VERSION}")
        print(
            f"a handshake: {with_pins * 1e6:.0f} us of CPU with pins, {without * 1e6:.0f} without: "
            f"{ratio:.4f} times (at most {AT_MOST}: {'yes' if ratio <= AT_MOST else 'NO'})"
        )
        for name, figures in (
            ("an aiohttp request with keypin's context", in_aiohttp(told, pinned, plain)),
            ("an aiohttp request with its own Fingerprint", in_aiohttp(told, fingerprint, plain)),
        ):
            ratio, with_pins, without = figures
            print(
                f"{name}: {with_pins * 1e6:.0f} us with pins, {without * 1e6:.0f} without: "
                f"{ratio:.4f} times"
            )


if __name__ == "__main__":
    main()
