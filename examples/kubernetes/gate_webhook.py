"""A Kubernetes admission webhook: no TLS secret that would brick a release gets into the cluster.

Answers AdmissionReview v1 (admission.k8s.io) over HTTPS, with nothing but the standard library and
keypin. It judges secrets of type kubernetes.io/tls by the pin sets in a folder, one file for each
release that still has users, read anew for each question so that a changed ConfigMap counts at
once. Whatever it cannot judge it refuses, and the API server refuses what it cannot ask:
`failurePolicy: Fail` in `webhook.yaml`.

    python gate_webhook.py --releases FOLDER --cert tls.crt --key tls.key [--cafile CA] [--port N]
"""

import argparse
import json
import ssl
import sys
from base64 import b64decode
from collections.abc import Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from keypin import Certificate, Finding, KeypinError, Severity, TrustStore, load_certificates
from keypin.cli.pinsets import load_pin_set
from keypin.rotation import Release, findings, judge
from keypin.trust import platform_trust, trust_from_file

# An object in etcd is at most 1.5 MiB; a question holds it twice.
MAX_QUESTION = 4 * 1024 * 1024
SECONDS = 10.0  # as long as the API server waits


def releases_in(folder: Path) -> list[Release]:
    """Read the pin sets of a folder: `3.2.toml` is release 3.2.

    Raises:
        KeypinError: one cannot be read.
        LookupError: there is none: not mounted, more likely than an app without pins.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file())
    if not files:
        raise LookupError(f"no pin sets in {folder}")
    return [Release(path.stem, load_pin_set(str(path))) for path in files]


def chain_of(secret: Any) -> tuple[Certificate, ...]:
    """Return the chain in a secret; empty where there is none."""
    data = (secret or {}).get("data") or {}
    if (secret or {}).get("type") != "kubernetes.io/tls" or not data.get("tls.crt"):
        return ()
    return load_certificates(b64decode(data["tls.crt"], validate=True), name="tls.crt")


def judged(request: Any, folder: Path, trust: TrustStore) -> tuple[Finding, ...]:
    """Judge the secret of a request, by what it replaces too."""
    chain, current = chain_of(request.get("object")), chain_of(request.get("oldObject"))
    if not chain or chain == current:
        return ()  # no certificate, or one that is in use already
    judgements = judge(
        releases_in(folder),
        chain,
        trust=trust,
        at=datetime.now(UTC),
        current=[current] if current else [],
    )
    return findings(judgements)


def answer(review: Any, folder: Path, trust: TrustStore) -> dict[str, Any]:
    """Answer an AdmissionReview. Raises nothing: what cannot be judged is refused."""
    request = review["request"]
    response: dict[str, Any] = {"uid": request["uid"], "allowed": False}
    try:
        found = judged(request, folder, trust)
    except (KeypinError, LookupError, ValueError, OSError, AttributeError, TypeError) as error:
        response["status"] = {"code": 403, "message": f"keypin: could not judge: {error}"}
    else:
        errors = [one for one in found if one.severity is Severity.ERROR]
        response["allowed"] = not errors
        if errors:
            message = "; ".join(f"{one.message}. {one.cure}" for one in errors)
            response["status"] = {"code": 403, "message": f"keypin: {message}"}
        warnings = [f"keypin: {one.message}" for one in found if one.severity is Severity.WARNING]
        if warnings:
            response["warnings"] = warnings
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": response,
    }


def tls_of(cert: str, key: str) -> ssl.SSLContext:
    """Return the context of a server with this chain and key."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    return context


class Server(ThreadingHTTPServer):
    """An HTTPS server; each connection does its handshake in its own thread."""

    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], own: tuple[str, str], folder: Path, trust: TrustStore
    ) -> None:
        super().__init__(address, Handler)
        self.own, self.folder, self.trust = own, folder, trust

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Speak TLS, for as long as the API server would wait.

        The certificate is read for each connection: a renewed one counts at once.
        """
        request.settimeout(SECONDS)
        with tls_of(*self.own).wrap_socket(request, server_side=True) as secure:
            super().finish_request(secure, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - its signature
        """Log what a connection died of in one line: scanners and health checks hang up."""
        print(f"{client_address[0]}: {sys.exception()!r}", file=sys.stderr)


class Handler(BaseHTTPRequestHandler):
    """`POST /gate` is the question, `GET /healthz` the probe."""

    server: Server

    def do_GET(self) -> None:
        """Say that the server lives."""
        self._send(200 if self.path == "/healthz" else 404, b"")

    def do_POST(self) -> None:
        """Answer one AdmissionReview."""
        length = int(self.headers.get("Content-Length") or 0)
        # Read in any case: bytes left unread reset the connection before the answer arrives.
        asked = self.rfile.read(min(max(length, 0), MAX_QUESTION))
        if self.path.partition("?")[0] != "/gate" or len(asked) != length:
            self._send(400, b"")
            return
        try:
            review = json.loads(asked)
            body = json.dumps(answer(review, self.server.folder, self.server.trust))
        except (ValueError, KeyError, TypeError):
            self._send(400, b"")
            return
        self._send(200, body.encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--releases", type=Path, required=True, help="folder of pin sets")
    parser.add_argument("--cert", required=True, help="this server's own chain")
    parser.add_argument("--key", required=True, help="its private key")
    parser.add_argument("--cafile", help="the CA of the judged chains, if it is not public")
    parser.add_argument("--address", default="0.0.0.0")  # noqa: S104 - a pod's own network
    parser.add_argument("--port", type=int, default=8443)
    given = parser.parse_args(arguments)
    trust = trust_from_file(given.cafile) if given.cafile else platform_trust()
    # A pod that could judge nothing, or speak to nobody, does not become ready.
    releases_in(given.releases)
    tls_of(given.cert, given.key)
    own = given.cert, given.key
    with Server((given.address, given.port), own, given.releases, trust) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
