"""gunicorn: the environment of a WSGI application has the connection, which tells the client."""

import socket
import subprocess
import sys

import pytest

CONFIGURATION = """
import keypin

certfile = {folder!r} + "/server.pem"  # gunicorn asks for it to speak TLS at all
_context = keypin.create_server_context(
    certfile, clients={pins!r}, cafile={folder!r} + "/ca.pem"
)

def ssl_context(configuration, default):
    return _context
"""

APPLICATION = """
def application(environ, start_response):
    body = environ["gunicorn.socket"].client.identity.encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""


@pytest.mark.parametrize("worker", ["sync", "gthread"])
def test_gunicorn(worker, party, judged, tmp_path) -> None:
    """The context goes to the hook `ssl_context` of its configuration."""
    (tmp_path / "settings.py").write_text(
        CONFIGURATION.format(folder=str(party.folder), pins=party.pins)
    )
    (tmp_path / "app.py").write_text(APPLICATION)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "--config", "settings.py"),
                *("--bind", f"fd://{listener.fileno()}", "--worker-class", worker),
                *("--threads", "2", "app:application"),
            ],
            cwd=tmp_path,
            pass_fds=[listener.fileno()],
            stderr=subprocess.DEVNULL,
        ) as server:
            try:
                judged(port)
            finally:
                server.terminate()
