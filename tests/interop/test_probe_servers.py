"""keypin reads real servers: nginx with two certificates, PostgreSQL, and OpenSSL's own."""

import asyncio
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from keypin.certs import Endpoint, Observation, Protocol
from keypin.pins import Pin
from keypin.probe import Dial, KeyType, Options, TlsVersion, probe

NGINX = """
daemon off; {user} error_log stderr; pid {folder}/pid; events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {files}/active.pem;      ssl_certificate_key {files}/active.key;
    ssl_certificate {files}/active-rsa.pem;  ssl_certificate_key {files}/active-rsa.key;
    ssl_protocols {protocols};
    return 200 "ok";
  }}
}}
"""


def look(port: int, trust, protocol: Protocol = Protocol.TLS, **changes) -> Observation:
    """Return what a server on loopback shows."""
    options = Options(trust=trust, connect=(Dial("127.0.0.1"),), **changes)
    return asyncio.run(probe(Endpoint("localhost", port, protocol), options))


def leaf_pins(seen: Observation) -> dict[str, str]:
    """Return the pin of the leaf by kind of key asked for; every chain must have verified."""
    assert not seen.failures
    assert all(shake.problem is None for shake in seen.handshakes)
    return {shake.key_type: str(Pin.of_key(shake.presented[0])) for shake in seen.handshakes}


@pytest.fixture
def nginx(program, free_port, start, files: Path, tmp_path: Path):
    """Return a function that starts nginx with an ECDSA and an RSA certificate."""

    def begin(protocols: str) -> int:
        port, config = free_port(), tmp_path / "nginx.conf"
        config.write_text(
            NGINX.format(
                folder=tmp_path, files=files, port=port, protocols=protocols, user="user root;"
            )
        )
        return start([program("nginx"), "-p", str(tmp_path), "-c", str(config)], port)

    return begin


@pytest.mark.parametrize(
    ("protocols", "version"), [("TLSv1.2", TlsVersion.TLS12), ("TLSv1.3", TlsVersion.TLS13)]
)
def test_nginx_with_two_certificates(nginx, cast, trust, protocols: str, version) -> None:
    """Both certificates of one server are seen, in TLS 1.2 and 1.3."""
    seen = look(nginx(protocols), trust)
    assert leaf_pins(seen) == {"ecdsa": cast.pin("active"), "rsa": cast.pin("active-rsa")}
    assert {shake.tls_version for shake in seen.handshakes} == {version}


def test_postgresql(program, free_port, start, unprivileged, cast, trust, files, tmp_path) -> None:
    """PostgreSQL's SSLRequest leads to its certificate, as its own clients see it."""
    folders = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"))]
    initdb, postgres = program("initdb", *folders), program("postgres", *folders)
    data, port = tmp_path / "data", free_port()
    data.mkdir(mode=0o700)
    shutil.copy(files / "active.pem", tmp_path / "server.pem")
    shutil.copy(files / "active.key", tmp_path / "server.key")
    options = unprivileged(tmp_path)
    subprocess.run(
        [initdb, "-D", str(data), "-A", "trust", "-N"], check=True, capture_output=True, **options
    )
    settings = {
        "port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "ssl": "on",
        "ssl_cert_file": tmp_path / "server.pem", "ssl_key_file": tmp_path / "server.key",
        "fsync": "off",
    }  # fmt: skip
    words = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    start([postgres, "-D", str(data), *words], port, **options)
    seen = look(port, trust, Protocol.POSTGRESQL)
    assert leaf_pins(seen) == {"ecdsa": cast.pin("active")}


def test_ed25519_of_openssl(program, free_port, start, cast, trust, files: Path) -> None:
    """A server with neither an ECDSA nor an RSA key is seen all the same."""
    port = free_port()
    start(_s_server(program, files, "active-ed25519", port), port)
    assert leaf_pins(look(port, trust)) == {"default": cast.pin("active-ed25519")}


def test_stapled_answer_of_openssl(
    program, free_port, start, cast, trust, files: Path, tmp_path: Path
) -> None:
    """A stapled OCSP answer is shown as it came."""
    port, staple = free_port(), tmp_path / "staple.der"
    staple.write_bytes(_good(cast))
    command = _s_server(program, files, "active", port)
    start([*command, "-status_file", str(staple)], port)
    seen = look(port, trust, key_types=(KeyType.DEFAULT,))
    (shake,) = seen.handshakes
    assert shake.stapled is not None
    assert shake.stapled.ocsp == staple.read_bytes()


def _s_server(program, files: Path, kind: str, port: int) -> list[str]:
    return [
        program("openssl"), "s_server", "-accept", f"127.0.0.1:{port}", "-quiet",
        "-cert", str(files / f"{kind}.pem"), "-key", str(files / f"{kind}.key"),
        "-cert_chain", str(files / f"{kind}.pem"),
    ]  # fmt: skip


def _good(cast) -> bytes:
    """Return an OCSP response that says good, signed by the intermediate."""
    leaf, issuer = cast.leaf(), cast.authority("intermediate")
    now = datetime.now(UTC)
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=leaf.certificate,
        issuer=issuer.certificate,
        algorithm=hashes.SHA256(),
        cert_status=ocsp.OCSPCertStatus.GOOD,
        this_update=now,
        next_update=now + timedelta(days=3),
        revocation_time=None,
        revocation_reason=None,
    )
    responder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate)
    return responder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)
