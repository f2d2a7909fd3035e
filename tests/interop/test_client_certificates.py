"""The real HAProxy, nginx and stunnel obey the forms of client certificates."""

import http.client
import re
import ssl
from pathlib import Path

import pytest

from keypin.certs import Certificate, load_certificates
from keypin.formats import form
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin, Role

PINNED = ("pinned", "backup")
PAGE = Path(__file__).parents[2] / "docs/how-to/platforms/haproxy-nginx-stunnel.md"
MODULE = "/usr/lib/nginx/modules/ngx_http_js_module.so"

HAPROXY = """\
defaults
    mode http
    timeout client 10s
    timeout connect 10s
    timeout server 10s
frontend clients
    bind 127.0.0.1:{port} ssl crt {folder}/server.pem ca-file {folder}/ca.pem verify required
{rules}
    http-request return status 200 content-type text/plain lf-string %[var(txn.client)]
"""
NGINX = """\
load_module {module};
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
access_log off;
client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
{rules}
server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.pem;
    ssl_client_certificate {folder}/ca.pem;
    ssl_verify_depth 3;
    {server}
    location / {{ return 200 $pinned_client; }}
}}
}}
"""
STUNNEL = """\
foreground = yes
pid =
[clients]
accept = 127.0.0.1:{port}
connect = {behind}
cert = {folder}/server.pem
CAfile = {folder}/peers.pem
verifyPeer = yes
"""


@pytest.fixture(scope="module")
def folder(cast, tmp_path_factory) -> Path:
    """Return a folder with a server's key, the CA, and clients: pinned, backup, other, rogue."""
    folder = tmp_path_factory.mktemp("clients")
    above = cast.authority("intermediate").pem
    server = cast.leaf()
    (folder / "server.pem").write_bytes(server.pem + above + server.key_pem)
    (folder / "ca.pem").write_bytes(cast.trusted_pem())
    for name in ("pinned", "backup", "other", "rogue"):
        issuer = "rogue-root" if name == "rogue" else "intermediate"
        client = cast.leaf(name, issuer, hosts=("till.example",))
        chain = client.pem + (b"" if name == "rogue" else above)
        (folder / f"{name}.pem").write_bytes(chain + client.key_pem)
        (folder / f"{name}.key").write_bytes(client.key_pem)
    return folder


def _first(folder: Path, name: str) -> Certificate:
    """Return a client's own certificate."""
    return load_certificates((folder / f"{name}.pem").read_bytes())[0]


@pytest.fixture
def text(folder):
    """Return a function that writes the pins of the two clients in a form."""
    pins = [
        Pin.of_certificate(
            load_certificates((folder / f"{name}.pem").read_bytes())[0], position="leaf"
        )
        for name in ("pinned", "backup")
    ]
    entries = (PolicyPin(pins[0]), PolicyPin(pins[1], Role.BACKUP, "{ in the safe }"))
    policies = [Policy(host=HostPattern("till.example"), pins=entries, comment="the till")]
    many = [PolicyPin(Pin(bytes([n]) * 32, of="certificate", position="leaf")) for n in range(200)]
    policies.append(Policy(host=HostPattern("office.example"), pins=tuple(many)))
    return lambda form_id: form(form_id).dumps(PinSet(policies, "lab"))


@pytest.fixture
def haproxy(folder, text, program, free_port, start, tmp_path) -> int:
    """Return the port of a running HAProxy."""
    port, path = free_port(), tmp_path / "haproxy.cfg"
    path.write_text(HAPROXY.format(port=port, folder=folder, rules=text("haproxy")))
    return start([program("haproxy"), "-db", "-f", str(path)], port)


@pytest.fixture
def nginx(folder, text, program, free_port, start, tmp_path) -> int:
    """Return the port of a running nginx, with the page's njs and the server's line."""
    if not Path(MODULE).exists():
        pytest.skip("nginx's module for njs is not installed")
    script = re.search(r'```javascript title="keypin.js"\n(.*?)```', PAGE.read_text(), re.DOTALL)
    (tmp_path / "keypin.js").write_text(script[1])
    rules = text("nginx")
    server = rules.splitlines()[1].removeprefix("# In the server: ")
    port, path = free_port(), tmp_path / "nginx.conf"
    path.write_text(
        NGINX.format(port=port, folder=tmp_path, rules=rules, server=server, module=MODULE)
        .replace(f"{tmp_path}/server", f"{folder}/server")
        .replace(f"{tmp_path}/ca", f"{folder}/ca")
    )
    return start([program("nginx"), "-p", str(tmp_path), "-c", str(path), "-e", "stderr"], port)


def _ask(port: int, folder: Path, client: str | None) -> str:
    """Return what a server answers a client: its body, its status, or that it refuses."""
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    if client is not None:
        context.load_cert_chain(folder / f"{client}.pem")
    connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=10)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        return answer.read().decode().strip() if answer.status == 200 else str(answer.status)
    except (OSError, http.client.HTTPException):
        return "refused"
    finally:
        connection.close()


CLIENTS = pytest.mark.parametrize(
    ("client", "answers"),
    [
        ("pinned", {"till.example"}),
        ("backup", {"till.example"}),
        ("other", {"403"}),
        ("rogue", {"refused", "400"}),
        (None, {"refused", "400"}),
    ],
)


@CLIENTS
def test_haproxy(haproxy, folder, client, answers) -> None:
    """Pinned clients come in by name; others of the same CA, of none, and without one do not."""
    assert _ask(haproxy, folder, client) in answers


@CLIENTS
def test_nginx(nginx, folder, client, answers) -> None:
    """The same, with the digest that njs computes."""
    assert _ask(nginx, folder, client) in answers


def test_small_letters(folder, text, program, free_port, start, tmp_path) -> None:
    """HAProxy compares digests with their case, as the reader says."""
    port, path = free_port(), tmp_path / "haproxy.cfg"
    rules = re.sub("[0-9A-F]{64}", lambda found: found[0].lower(), text("haproxy"))
    path.write_text(HAPROXY.format(port=port, folder=folder, rules=rules))
    start([program("haproxy"), "-db", "-f", str(path)], port)
    assert _ask(port, folder, "pinned") == "403"


@pytest.mark.parametrize("client", ["pinned", "backup", "other", "rogue", None])
def test_stunnel(folder, program, free_port, start, tmp_path, client) -> None:
    """It accepts the certificates that are read as pins, and no others."""
    peers = "".join(
        (folder / f"{name}.pem").read_text().partition("-----END CERT")[0]
        + "-----END CERTIFICATE-----\n"
        for name in PINNED
    )
    (tmp_path / "peers.pem").write_text(peers)
    (tmp_path / "server.pem").write_bytes((folder / "server.pem").read_bytes())
    (tmp_path / "server.pem").chmod(0o600)
    behind, port, path = free_port(), free_port(), tmp_path / "stunnel.conf"
    path.write_text(STUNNEL.format(port=port, behind=behind, folder=tmp_path))
    config = HAPROXY.replace(
        " ssl crt {folder}/server.pem ca-file {folder}/ca.pem verify required", ""
    )
    server = tmp_path / "behind.cfg"
    server.write_text(
        config.format(port=behind, rules="").replace("%[var(txn.client)]", "till.example")
    )
    start([program("haproxy"), "-db", "-f", str(server)], behind)
    start([program("stunnel"), str(path)], port)
    (policy,) = form("stunnel").loads(peers).pin_set.policies
    pinned = {entry.pin.digest for entry in policy.pins}
    accepted = _ask(port, folder, client) == "till.example"
    if client is None:
        assert not accepted
    else:
        assert accepted is (_first(folder, client).sha256 in pinned)
