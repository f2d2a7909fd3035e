"""The deploy gate in front of nginx, behind a real ACME server (Pebble) and its real clients.

A renewal with a new key is stopped before the server sees it, one with the pinned key goes through,
and so does one with the backup key, with a warning.
"""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from keypin.certs import Certificate, load_certificates, load_keys
from keypin.pins import Pin

HOST = "api.shop.example"
EXAMPLES = Path(__file__).parents[2] / "examples" / "deploy"

NGINX = """
daemon off; {user} error_log stderr; pid {folder}/pid; events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/tls/{host}/fullchain.pem;
    ssl_certificate_key {folder}/tls/{host}/privkey.pem;
    return 200 "ok";
  }}
}}
"""


@dataclass(frozen=True)
class Site:
    """A machine with an ACME client, the gate's hooks, pin sets of two releases, and nginx.

    Attributes:
        folder: everything is below it.
        environment: what the clients and their hooks run with.
        directory: the URL of the ACME server.
        challenges: the port at which the ACME server looks for answers.
        port: nginx's.
    """

    folder: Path
    environment: dict[str, str]
    directory: str
    challenges: int
    port: int

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command as the machine's operator does."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )

    def certbot(self, *arguments: str) -> str:
        """Run certbot, which always succeeds here, and return what it prints."""
        folders = [f"--{name}-dir={self.folder}/certbot" for name in ("config", "work", "logs")]
        done = self.run(
            *("certbot", *arguments, "-n", *folders, "--server", self.directory),
            *("--standalone", "--http-01-port", str(self.challenges)),
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def lego(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run lego."""
        return self.run(
            *("lego", "--server", self.directory, "--email", "ops@shop.example", "--accept-tos"),
            *("--domains", HOST, "--path", str(self.folder / "lego"), "--http"),
            *("--http.port", f"127.0.0.1:{self.challenges}", *arguments),
        )

    def release(self, name: str, key: Path, backup: str) -> None:
        """Ship a release that pins a key and a backup."""
        pin = Pin.of_key(load_keys(key.read_bytes())[0])
        (self.folder / "releases").mkdir(exist_ok=True)
        (self.folder / "releases" / f"{name}.toml").write_text(
            f'version = 1\n[[policy]]\nhost = "{HOST}"\n'
            f'pins = ["{pin}"]\nbackup_pins = ["{backup}"]\n'
        )

    def shown(self) -> Certificate:
        """Return the certificate that nginx shows to a client that trusts the ACME server's CA."""
        context = ssl.create_default_context(cafile=self.folder / "root.pem")
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as plain:
            with context.wrap_socket(plain, server_hostname=HOST) as tls:
                der = tls.getpeercert(binary_form=True)
        assert der is not None
        return Certificate.from_der(der)

    def shows_another_than(self, old: Certificate) -> Certificate:
        """Return the certificate that nginx shows once it has read its files again."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if (new := self.shown()) != old:
                return new
        pytest.fail("nginx never showed another certificate")


@pytest.fixture
def site(program, free_port, start, files: Path, cast, tmp_path: Path) -> Site:
    """Return a machine whose ACME server runs, and whose nginx does not yet."""
    ports = [free_port() for _ in range(5)]
    acme, management, challenges, tls_challenges, port = ports
    config = {
        "listenAddress": f"127.0.0.1:{acme}",
        "managementListenAddress": f"127.0.0.1:{management}",
        "certificate": str(files / "active.pem"),
        "privateKey": str(files / "active.key"),
        "httpPort": challenges,
        "tlsPort": tls_challenges,
    }
    (tmp_path / "pebble.json").write_text(json.dumps({"pebble": config}))
    (tmp_path / "lab.pem").write_bytes(cast.authority("root").pem)
    start(
        ["sh", "-c", f"exec {program('pebble')} -config pebble.json > pebble.log 2>&1"],
        management,
        cwd=tmp_path,
        env={
            **os.environ,
            "PEBBLE_VA_ALWAYS_VALID": "1",
            "PEBBLE_VA_NOSLEEP": "1",
            # It refuses one nonce in twenty by chance, and certbot gives up at the second in a row.
            "PEBBLE_WFE_NONCEREJECT": "0",
        },
    )
    context = ssl.create_default_context(cafile=tmp_path / "lab.pem")
    with urllib.request.urlopen(f"https://localhost:{management}/roots/0", context=context) as root:
        (tmp_path / "root.pem").write_bytes(root.read())
    environment = {
        **os.environ,
        "PATH": os.pathsep.join(
            [str(EXAMPLES), str(Path(sys.executable).parent), os.environ["PATH"]]
        ),
        "KEYPIN_DEPLOY_CONF": str(tmp_path / "deploy.conf"),
        "REQUESTS_CA_BUNDLE": str(tmp_path / "lab.pem"),
        "LEGO_CA_CERTIFICATES": str(tmp_path / "lab.pem"),
        "NO_COLOR": "1",
        "PYTHONUTF8": "1",
        "COLUMNS": "200",
    }
    settings = {
        "RELEASES": tmp_path / "releases",
        "TARGET": tmp_path / "tls",
        "CAFILE": tmp_path / "root.pem",
        "RELOAD": f"'[ ! -e {tmp_path}/pid ] || kill -HUP $(cat {tmp_path}/pid)'",
    }
    lines = [f"{name}={value}\n" for name, value in settings.items()]
    (tmp_path / "deploy.conf").write_text("".join(lines))
    return Site(tmp_path, environment, f"https://localhost:{acme}/dir", challenges, port)


@pytest.fixture
def backup(tmp_path: Path) -> tuple[Path, str]:
    """Return a backup key's file and its pin."""
    key = ec.generate_private_key(ec.SECP256R1())
    path = tmp_path / "backup.key"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path, str(Pin.of_key(load_keys(path.read_bytes())[0]))


@pytest.fixture
def nginx(site: Site, program, start):
    """Return a function that starts nginx on what was deployed."""

    def begin() -> None:
        user = "user root;" if os.geteuid() == 0 else ""
        (site.folder / "nginx.conf").write_text(
            NGINX.format(folder=site.folder, port=site.port, host=HOST, user=user)
        )
        start(
            [program("nginx"), "-p", str(site.folder), "-c", str(site.folder / "nginx.conf")],
            site.port,
        )

    return begin


def pin_of(certificate: Certificate) -> str:
    """Return the pin of a certificate's key."""
    return str(Pin.of_key(certificate))


@pytest.mark.slow
@pytest.mark.once
def test_certbot(site: Site, program, nginx, backup) -> None:
    """Its hook is what deploys: a renewal with a new key does not reach the server."""
    program("certbot")
    renew = ("renew", "--force-renewal", "--no-random-sleep-on-renew", "--deploy-hook")
    live = site.folder / "certbot" / "live" / HOST
    site.certbot(
        *("certonly", "-d", HOST, "--agree-tos", "--register-unsafely-without-email"),
        *("--key-type", "ecdsa"),
    )
    first = pin_of(Certificate.from_pem((live / "cert.pem").read_bytes()))
    site.release("3.2", live / "privkey.pem", backup[1])
    files = (str(live / "fullchain.pem"), str(live / "privkey.pem"))
    by_hand = site.run("keypin-deploy", *files, HOST)
    assert by_hand.returncode == 0, by_hand.stdout
    assert "deploy: 3.2 accepts it" in by_hand.stdout
    nginx()
    before = site.shown()
    assert pin_of(before) == first

    # certbot makes a new key at each renewal, unless told otherwise.
    said = site.certbot(*renew, "certbot-hook")
    assert "Hook 'deploy-hook' reported error code 1" in said
    assert f"✗ 3.2  would break: {HOST}" in said
    assert f"{first} active, matches what is deployed now" in said
    assert f"Renew with the key that is deployed now, {first}." in said
    assert "do not deploy: 3.2 would break" in said
    assert pin_of(Certificate.from_pem((live / "cert.pem").read_bytes())) != first
    assert site.shown() == before

    # The pinned key is put back, and kept from now on.
    shutil.copy(site.folder / "tls" / HOST / "privkey.pem", live / "privkey.pem")
    said = site.certbot(*renew, "certbot-hook", "--reuse-key")
    assert "deploy: 3.2 accepts it" in said
    second = site.shows_another_than(before)
    assert pin_of(second) == first
    site.certbot(*renew, "certbot-hook")
    third = site.shows_another_than(second)
    assert pin_of(third) == first

    # The key has to go: the backup key takes its place.
    shutil.copy(backup[0], live / "privkey.pem")
    said = site.certbot(*renew, "certbot-hook", "--reuse-key")
    assert "warning gate-on-backup" in said
    assert "deploy: 3.2 accepts it" in said
    assert pin_of(site.shows_another_than(third)) == backup[1]


@pytest.mark.slow
@pytest.mark.once
def test_lego(site: Site, program, nginx, backup) -> None:
    """The same with lego, which fails when its hook does."""
    program("lego")
    stored = site.folder / "lego" / "certificates"
    done = site.lego("run")
    assert done.returncode == 0, done.stdout
    first = pin_of(load_certificates((stored / f"{HOST}.crt").read_bytes())[0])
    site.release("3.1", stored / f"{HOST}.key", backup[1])
    site.release("3.2", stored / f"{HOST}.key", backup[1])
    by_hand = site.run(
        "keypin-deploy", str(stored / f"{HOST}.crt"), str(stored / f"{HOST}.key"), HOST
    )
    assert by_hand.returncode == 0, by_hand.stdout
    nginx()
    before = site.shown()

    done = site.lego("renew", "--days", "9999", "--no-random-sleep", "--renew-hook", "lego-hook")
    assert done.returncode == 1, done.stdout
    assert "do not deploy: 3.1, 3.2 would break" in done.stdout
    assert site.shown() == before

    shutil.copy(site.folder / "tls" / HOST / "privkey.pem", stored / f"{HOST}.key")
    done = site.lego(
        "renew", "--days", "9999", "--no-random-sleep", "--reuse-key", "--renew-hook", "lego-hook"
    )
    assert done.returncode == 0, done.stdout
    assert pin_of(site.shows_another_than(before)) == first


def test_no_pin_sets_deploy_nothing(site: Site) -> None:
    """A folder that is empty, or not mounted, opens no gate."""
    done = site.run("keypin-deploy", "fullchain.pem", "privkey.pem", HOST)
    assert done.returncode == 2
    assert "no pin sets in" in done.stdout
    assert not (site.folder / "tls").exists()


@pytest.mark.parametrize("script", sorted(path.name for path in EXAMPLES.iterdir()))
def test_the_scripts_are_portable(program, script: str) -> None:
    """ShellCheck has nothing to say of the hooks, which any POSIX shell runs."""
    done = subprocess.run(
        [program("shellcheck"), "--shell=sh", str(EXAMPLES / script)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
