"""asyncpg with pins, and psycopg with what libpq can do, against a real PostgreSQL."""

import asyncio
import shutil
import subprocess
import time
from pathlib import Path

import asyncpg
import psycopg
import pytest


@pytest.fixture(scope="module")
def cluster(program, tmp_path_factory, unprivileged_folder) -> Path:
    """Return an initialised data folder, made once."""
    versions = sorted(str(path) for path in Path("/usr/lib/postgresql").glob("*/bin"))
    folder = tmp_path_factory.mktemp("cluster") / "data"
    folder.mkdir()
    command = [
        *(program("initdb", *versions), "-D", str(folder), "-U", "tester"),
        *("--auth=trust", "--no-sync", "--locale=C"),
    ]
    subprocess.run(command, check=True, capture_output=True, **unprivileged_folder(folder))
    return folder


@pytest.fixture
def server(party, cluster, program, free_port, start, tmp_path, unprivileged_folder) -> int:
    """Return the port of a running PostgreSQL with TLS."""
    versions = sorted(str(path) for path in Path("/usr/lib/postgresql").glob("*/bin"))
    folder, port = tmp_path / "pg" / "data", free_port()
    shutil.copytree(cluster, folder)
    for name in ("chain.pem", "key.pem"):
        shutil.copy(party.folder / name, folder / name)
    (folder / "key.pem").chmod(0o600)
    folder.chmod(0o700)
    settings = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": folder,
        "ssl": "on",
        "ssl_cert_file": "chain.pem",
        "ssl_key_file": "key.pem",
        "fsync": "off",
    }
    command = [program("postgres", *versions), "-D", str(folder)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    start(command, port, **unprivileged_folder(folder.parent))
    ready = [program("pg_isready", *versions), "-h", "127.0.0.1", "-p", str(port), "-t", "20"]
    deadline = time.monotonic() + 20
    while subprocess.run(ready, capture_output=True, check=False).returncode:
        assert time.monotonic() < deadline, "PostgreSQL listens, and does not answer"
    return port


def test_asyncpg(server, party, refusal) -> None:
    """The context goes to `ssl`; it is used after PostgreSQL's own upgrade."""

    async def main() -> None:
        async def connect() -> asyncpg.Connection:
            return await asyncpg.connect(
                host="localhost",
                port=server,
                user="tester",
                database="postgres",
                ssl=party.context,
            )

        if party.good:
            connection = await connect()
            assert await connection.fetchval("select 6 * 7") == 42
            await connection.close()
            return
        with pytest.raises(OSError) as caught:  # noqa: PT011 - keypin's own error
            await connect()
        assert "no pin matches the verified chain" in str(caught.value)
        assert refusal(caught.value).host == "localhost"

    asyncio.run(main())


def test_psycopg(server, party) -> None:
    """Libpq has a TLS of its own: the one pinned CA as its only root is what can be had."""

    def connect() -> psycopg.Connection:
        return psycopg.connect(
            host="localhost",
            port=server,
            user="tester",
            dbname="postgres",
            sslmode="verify-full",
            sslrootcert=party.folder / "root.pem",
            sslcert="",
            sslcrl="",
        )

    if party.good:
        with connect() as connection:
            assert connection.execute("select 6 * 7").fetchone() == (42,)
    else:
        with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
            connect()
