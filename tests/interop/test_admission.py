"""The Kubernetes example: the questions that an API server asks, over HTTPS, and the answers."""

import json
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from keypin.lab.authority import Request, issue
from keypin.lab.cast import Cast

EXAMPLES = Path(__file__).parents[2] / "examples" / "kubernetes"
HOST = "api.shop.example"

Ask = Callable[..., Any]


def chain(cast: Cast, key: str, *hosts: str) -> bytes:
    """Return a chain for a host."""
    issuer = cast.authority("intermediate")
    request = Request(name=HOST, key=cast.key(key), hosts=hosts or (HOST,), issuer=issuer)
    return issue(request, datetime.now(UTC)).pem + issuer.pem


def secret(crt: bytes | None, kind: str = "kubernetes.io/tls") -> dict[str, Any]:
    """Return a secret as the API server sends it."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "shop-tls", "namespace": "shop"},
        "type": kind,
        "data": {} if crt is None else {"tls.crt": b64encode(crt).decode(), "tls.key": "AAAA"},
    }


def review(new: dict[str, Any], old: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an AdmissionReview as of Kubernetes 1.29, with the fields that a question has."""
    return {
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": {"group": "", "version": "v1", "kind": "Secret"},
            "resource": {"group": "", "version": "v1", "resource": "secrets"},
            "requestKind": {"group": "", "version": "v1", "kind": "Secret"},
            "requestResource": {"group": "", "version": "v1", "resource": "secrets"},
            "name": "shop-tls",
            "namespace": "shop",
            "operation": "UPDATE" if old else "CREATE",
            "userInfo": {"username": "system:serviceaccount:cert-manager:cert-manager"},
            "object": new,
            "oldObject": old,
            "dryRun": False,
            "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
        },
    }


@pytest.fixture
def releases(cast: Cast, tmp_path: Path) -> Path:
    """Return a folder with the pin set of one release, as a ConfigMap's volume has it."""
    folder = tmp_path / "releases"
    (folder / "..data").mkdir(parents=True)
    text = (
        f'version = 1\n[[policy]]\nhost = "**.shop.example"\n'
        f'pins = ["{cast.pin("active")}"]\nbackup_pins = ["{cast.pin("backup")}"]\n'
    )
    (folder / "..data" / "3.2.toml").write_text(text)
    (folder / "3.2.toml").symlink_to(Path("..data", "3.2.toml"))
    return folder


@pytest.fixture
def post(cast: Cast, files: Path, releases: Path, start, free_port, tmp_path: Path) -> Ask:
    """Return a function that posts bytes to the running webhook."""
    (tmp_path / "root.pem").write_bytes(cast.authority("root").pem)
    for suffix in ("pem", "key"):
        shutil.copy(files / f"active.{suffix}", tmp_path / f"own.{suffix}")
    port = free_port()
    command = [
        *(sys.executable, str(EXAMPLES / "gate_webhook.py"), "--releases", str(releases)),
        *("--cert", str(tmp_path / "own.pem"), "--key", str(tmp_path / "own.key")),
        *("--cafile", str(tmp_path / "root.pem"), "--address", "127.0.0.1", "--port", str(port)),
    ]
    start(command, port)
    context = ssl.create_default_context(cafile=tmp_path / "root.pem")

    def send(body: bytes | None, path: str = "/gate?timeout=10s") -> tuple[int, bytes]:
        question = urllib.request.Request(f"https://localhost:{port}{path}", data=body)
        question.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(question, context=context, timeout=10) as reply:  # noqa: S310 - https
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    return send


@pytest.fixture
def ask(post: Ask) -> Ask:
    """Return a function that asks about a secret and gives the response."""

    def question(new: dict[str, Any], old: dict[str, Any] | None = None) -> dict[str, Any]:
        asked = review(new, old)
        status, body = post(json.dumps(asked).encode())
        said = json.loads(body)
        assert (status, said["apiVersion"], said["kind"]) == (
            200,
            "admission.k8s.io/v1",
            "AdmissionReview",
        )
        assert said["response"]["uid"] == asked["request"]["uid"]
        response: dict[str, Any] = said["response"]
        return response

    return question


def test_a_pinned_key_is_admitted(ask: Ask, cast: Cast) -> None:
    """Nothing is said of what is well."""
    response = ask(secret(chain(cast, "active")))
    assert response["allowed"] is True
    assert "warnings" not in response


def test_a_new_key_is_refused_with_the_story(ask: Ask, cast: Cast) -> None:
    """Whoever applies the secret reads which release would break, and what to do."""
    response = ask(secret(chain(cast, "renewed")), secret(chain(cast, "active")))
    assert response["allowed"] is False
    assert response["status"]["code"] == 403
    message = response["status"]["message"]
    assert message.startswith(f"keypin: 3.2: {HOST} would break: the chain has none of the keys")
    assert f"Renew with the key that is deployed now, {cast.pin('active')}." in message


def test_a_backup_key_is_admitted_with_a_warning(ask: Ask, cast: Cast) -> None:
    """`kubectl` prints the warning."""
    response = ask(secret(chain(cast, "backup")))
    assert response["allowed"] is True
    assert "passes by a backup pin" in response["warnings"][0]


def test_a_name_that_is_dropped_is_refused(ask: Ask, cast: Cast) -> None:
    """The secret that is replaced bore a pinned host that the new one lacks."""
    old = secret(chain(cast, "active", HOST, "www.shop.example"))
    response = ask(secret(chain(cast, "active")), old)
    assert response["allowed"] is False
    assert "www.shop.example would break" in response["status"]["message"]


def test_what_is_none_of_its_business_is_admitted(ask: Ask, cast: Cast) -> None:
    """Other secrets, empty ones, hosts that nobody pins, and what is in use already."""
    assert ask(secret(chain(cast, "renewed"), "Opaque"))["allowed"] is True
    assert ask(secret(None))["allowed"] is True
    assert ask(secret(chain(cast, "renewed", "other.example")))["allowed"] is True
    same = secret(chain(cast, "renewed"))
    assert ask(same, same)["allowed"] is True


def test_what_cannot_be_judged_is_refused(ask: Ask, cast: Cast, releases: Path) -> None:
    """Garbage in the secret, and pin sets that cannot be read or are gone."""
    response = ask(secret(b"garbage"))
    assert response["allowed"] is False
    assert response["status"]["message"].startswith("keypin: could not judge: tls.crt: ")
    broken = secret(None) | {"data": {"tls.crt": "%%%"}}
    assert ask(broken)["allowed"] is False
    (releases / "..data" / "3.2.toml").write_text("version = 7")
    assert ask(secret(chain(cast, "active")))["allowed"] is False
    (releases / "3.2.toml").unlink()
    response = ask(secret(chain(cast, "active")))
    assert response["status"]["message"] == f"keypin: could not judge: no pin sets in {releases}"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"not json", b'{"request": 1}'])
def test_what_is_no_question_is_an_error(post: Ask, body: bytes) -> None:
    """The API server takes every other answer than 200 for a failure, and refuses."""
    assert post(body)[0] == 400


def test_it_lives(post: Ask) -> None:
    """The probe has its own address, and nothing else is there."""
    assert post(None, "/healthz")[0] == 200
    assert post(None, "/")[0] == 404
    assert post(b"{}", "/other")[0] == 400


def test_its_own_certificate_is_renewed(post: Ask, cast: Cast, tmp_path: Path) -> None:
    """A certificate that replaces its own counts for the next connection."""
    assert post(None, "/healthz")[0] == 200
    issuer = cast.authority("rogue-root")
    forged = issue(Request(name="gate", key=cast.key("active"), issuer=issuer), datetime.now(UTC))
    (tmp_path / "own.pem").write_bytes(forged.pem)
    with pytest.raises(urllib.error.URLError, match="certificate verify failed"):
        post(None, "/healthz")


def test_without_pin_sets_it_does_not_start(files: Path, tmp_path: Path) -> None:
    """A gate that could judge nothing never becomes ready."""
    done = subprocess.run(
        [
            *(sys.executable, str(EXAMPLES / "gate_webhook.py"), "--releases", str(tmp_path)),
            *("--cert", str(files / "active.pem"), "--key", str(files / "active.key")),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 1
    assert "no pin sets in" in done.stderr


def test_the_manifest_asks_about_what_the_example_answers() -> None:
    """It fails closed, asks for TLS secrets alone, and leaves its own namespace out."""
    documents = list(yaml.safe_load_all((EXAMPLES / "webhook.yaml").read_text(encoding="utf-8")))
    kinds = [document["kind"] for document in documents]
    assert kinds == [
        "Issuer",
        "Certificate",
        "Deployment",
        "Service",
        "ValidatingWebhookConfiguration",
    ]
    (webhook,) = documents[-1]["webhooks"]
    assert webhook["failurePolicy"] == "Fail"
    assert webhook["clientConfig"]["service"]["path"] == "/gate"
    assert webhook["rules"][0]["resources"] == ["secrets"]
    assert "kubernetes.io/tls" in webhook["matchConditions"][0]["expression"]
    assert "keypin" in webhook["namespaceSelector"]["matchExpressions"][0]["values"]
    (container,) = documents[2]["spec"]["template"]["spec"]["containers"]
    told = {argument.partition("=")[0] for argument in container["args"]}
    script = (EXAMPLES / "gate_webhook.py").read_text(encoding="utf-8")
    assert all(f'add_argument("{option}"' in script for option in told)
