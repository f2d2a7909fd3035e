"""`keypin gate`: a chain before it is deployed, against the pins of releases."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    pkcs7,
    pkcs12,
)

from keypin.lab.authority import Request, issue
from keypin.lab.cast import Cast
from keypin.lab.ct_authority import precertify

HOSTS = ("api.shop.example", "www.shop.example")


class Shop:
    """A folder with chains and pin sets of a shop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cast = Cast(datetime.now(UTC))
        self.inner = self.cast.authority("intermediate")
        self.root = self.write("root.pem", self.cast.authority("root").pem)
        for key in ("active", "backup", "renewed"):
            self.write(f"{key}.pem", self.leaf(key).pem + self.inner.pem)
        self.pins("v1.toml", "**.shop.example", self.cast.pin("active"))
        self.pins("v2.toml", "api.shop.example", self.cast.pin("root"))
        self.pins("other.toml", "pay.other.example", self.cast.pin("active"))

    def leaf(self, key: str, *hosts: str):
        """Issue a certificate."""
        request = Request(
            name="api.shop.example",
            key=self.cast.key(key),
            hosts=hosts or HOSTS,
            issuer=self.inner,
        )
        return issue(request, self.cast.now)

    def write(self, name: str, data: bytes) -> Path:
        """Write a file."""
        path = self.folder / name
        path.write_bytes(data)
        return path

    def pins(self, name: str, host: str, pin: str, more: str = "") -> None:
        """Write a pin set of one policy, with the backup key."""
        backup = self.cast.pin("backup")
        text = f'version = 1\n[[policy]]\nhost = "{host}"\npins = ["{pin}"]\n'
        self.write(name, f'{text}backup_pins = ["{backup}"]\n{more}'.encode())


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop's folder."""
    return Shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def gate(keypin, shop: Shop):
    """Return a function that runs the gate in the shop's folder, trusting its root."""

    def run(*arguments: str, **more):
        return keypin("gate", "--cafile", "root.pem", *arguments, cwd=shop.folder, **more)

    return run


def test_a_precertificate_is_one_error_in_words(gate, shop: Shop) -> None:
    """What the page of a log's finding offers is not what a server sends."""
    request = Request(
        name="api.shop.example", key=shop.cast.key("active"), hosts=HOSTS, issuer=shop.inner
    )
    shop.write("pre.pem", precertify(request, shop.cast.now).issued.pem + shop.inner.pem)
    ran = gate("--pins", "3.1=v1.toml", "--pins", "3.2=v1.toml", "--chain", "pre.pem")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("is a precertificate") == 1
    assert "pre.pem: 'CN=api.shop.example' is a precertificate" in ran.err


def test_a_pinned_key_may_be_deployed(gate, shop: Shop) -> None:
    """Exit code 0, with the pin that matches, and the verdict last."""
    ran = gate("--pins", "3.1=v1.toml", "--chain", "active.pem")
    assert ran.code == 0, ran.out + ran.err
    assert "✓ 3.1  passes: api.shop.example, www.shop.example" in ran.out
    assert f"    active pin {shop.cast.pin('active')}\n    leaf api.shop.example\n" in ran.out
    assert ran.out.endswith("✓ deploy: 3.1 accepts it\n")


def test_a_new_key_is_stopped_and_the_release_named(gate, shop: Shop) -> None:
    """Exit code 1: which release breaks, what it accepts, what matches now, what to do."""
    ran = gate(
        *("--pins", "3.1=v1.toml", "--pins", "3.2=v2.toml", "--chain", "renewed.pem"),
        *("--current", "active.pem"),
    )
    assert ran.code == 1
    assert "✗ 3.1  would break: api.shop.example, www.shop.example" in ran.out
    assert "✓ 3.2  passes: api.shop.example" in ran.out
    assert "- 3.2  not pinned: www.shop.example" in ran.out
    words = " ".join(ran.out.split())
    assert "v1.toml:2: policy[0]: 3.1: api.shop.example, www.shop.example would break" in words
    assert f"{shop.cast.pin('active')} active, matches what is deployed now" in words
    assert f"Renew with the key that is deployed now, {shop.cast.pin('active')}." in words
    assert ran.out.endswith("✗ do not deploy: 3.1 would break\n")


def test_a_backup_key_is_a_warning(gate) -> None:
    """It may be deployed, unless warnings stop too."""
    arguments = ("--pins", "v1.toml", "--chain", "backup.pem")
    ran = gate(*arguments)
    assert ran.code == 0
    assert "warning gate-on-backup" in ran.out
    ran = gate(*arguments, "--fail-on", "warning")
    assert ran.code == 1
    assert ran.out.endswith("✗ do not deploy: gate-on-backup in v1.toml\n")


def test_not_pinned_is_said(gate) -> None:
    """It opens the gate, in words that nobody takes for a match; or closes it."""
    arguments = ("--pins", "3.1=other.toml", "--chain", "active.pem")
    ran = gate(*arguments)
    assert ran.code == 0
    assert "note gate-not-pinned" in ran.out
    assert ran.out.endswith("✓ deploy: no release pins any of its hosts\n")
    ran = gate(*arguments, "--require-pinned")
    assert ran.code == 1
    assert ran.out.endswith("✗ do not deploy: gate-not-pinned in 3.1\n")


def test_a_chain_that_does_not_verify_is_stopped(gate, shop: Shop) -> None:
    """Clients would refuse it, whatever is pinned."""
    shop.write("cert.pem", shop.leaf("active").pem)
    ran = gate("--pins", "v1.toml", "--chain", "cert.pem")
    assert ran.code == 1
    assert "would break, unverified: api.shop.example, www.shop.example" in ran.out
    assert "fullchain.pem, not" in ran.out


def test_a_host_that_the_certificate_does_not_bear(gate) -> None:
    """A host that is asked for by name is judged for that name."""
    arguments = ("--pins", "v1.toml", "--chain", "active.pem", "--host")
    assert gate(*arguments, "www.shop.example").code == 0
    ran = gate(*arguments, "pay.shop.example")
    assert ran.code == 1
    assert "would break, unverified: pay.shop.example" in ran.out


def test_a_release_in_the_form_of_its_platform(gate, shop: Shop) -> None:
    """What was shipped is judged as it was shipped: here Android's configuration."""
    pins = "".join(
        f'<pin digest="SHA-256">{shop.cast.pin(key).removeprefix("sha256/")}</pin>'
        for key in ("active", "backup")
    )
    shop.write(
        "network_security_config.xml",
        f"""<network-security-config><domain-config>
        <domain includeSubdomains="true">shop.example</domain>
        <pin-set expiration="2040-01-01">{pins}</pin-set>
        </domain-config></network-security-config>""".encode(),
    )
    arguments = ("--pins", "android-3.2=network_security_config.xml", "--chain")
    assert gate(*arguments, "active.pem").code == 0
    ran = gate(*arguments, "renewed.pem")
    assert ran.code == 1
    assert ran.out.endswith("✗ do not deploy: android-3.2 would break\n")


def test_what_could_not_be_followed_is_said(gate, shop: Shop) -> None:
    """A pin that is computed is not read: the gate says so, and closes where warnings count."""
    shop.write(
        "Pins.kt",
        f"""val pinner = CertificatePinner.Builder()
            .add("api.shop.example", "{shop.cast.pin("active")}", "{shop.cast.pin("backup")}")
            .add(hostOf(region), pinOf(region))
            .build()
        """.encode(),
    )
    arguments = ("--pins", "3.2=Pins.kt", "--chain", "active.pem")
    ran = gate(*arguments)
    assert ran.code == 0, ran.out + ran.err
    assert "warning code-not-followed" in ran.out
    ran = gate(*arguments, "--fail-on", "warning")
    assert ran.code == 1
    assert ran.out.endswith("✗ do not deploy: code-not-followed in 3.2\n")


def test_every_chain_of_a_server_is_judged(gate) -> None:
    """A server with two certificates shows either: both must pass."""
    ran = gate("--pins", "v1.toml", "--chain", "active.pem", "--chain", "renewed.pem")
    assert ran.code == 1
    assert "✓ v1.toml  passes: api.shop.example, www.shop.example" in ran.out
    assert "renewed.pem: api.shop.example, www.shop.example would break" in " ".join(
        ran.out.split()
    )
    assert "active.pem: " not in ran.out


@pytest.mark.parametrize("form", ["pem", "der", "p7b", "p12"])
def test_every_container(gate, shop: Shop, form: str) -> None:
    """A chain comes as PEM, PKCS#7 or PKCS#12; DER holds one certificate, which is too few."""
    leaf, inner = shop.leaf("active"), shop.inner.certificate
    data = {
        "pem": shop.inner.pem + leaf.pem,
        "der": leaf.certificate.public_bytes(Encoding.DER),
        "p7b": pkcs7.serialize_certificates([inner, leaf.certificate], Encoding.DER),
        "p12": pkcs12.serialize_key_and_certificates(
            b"shop", leaf.key, leaf.certificate, [inner], BestAvailableEncryption(b"open sesame")
        ),
    }
    shop.write(f"chain.{form}", data[form])
    shop.write("password", b"open sesame\n")
    ran = gate("--pins", "v1.toml", "--chain", f"chain.{form}", "--password-file", "password")
    assert ran.code == (1 if form == "der" else 0), ran.out + ran.err


def test_standard_input(gate, shop: Shop) -> None:
    """A chain may come through a pipe."""
    ran = gate("--pins", "v1.toml", "--chain", "-", stdin=(shop.folder / "active.pem").read_bytes())
    assert ran.code == 0


def test_another_day(gate) -> None:
    """`--at` judges as of another time: here, when the certificate is expired."""
    ran = gate("--pins", "v1.toml", "--chain", "active.pem", "--at", "2060-01-01")
    assert ran.code == 1
    assert "expired on" in ran.out


def test_a_live_server_shows_what_is_deployed(keypin, lab, reach, tmp_path: Path) -> None:
    """`--current HOST` reads the server; one that cannot be read is said so and stops nothing."""
    server = lab["good-ecdsa"]
    chain = tmp_path / "chain.pem"
    chain.write_bytes(lab.cast.leaf("renewed").pem + lab.cast.authority("intermediate").pem)
    host, *connection = reach("good-ecdsa")
    arguments = ("gate", "--pins", server.pins_toml, "--chain", chain, *connection)
    ran = keypin(*arguments, "--current", host, "--host", "localhost")
    assert ran.code == 1
    assert "matches what is deployed now" in " ".join(ran.out.split())
    ran = keypin(
        *arguments, "--current", "localhost:1", "--host", "localhost", "--connect", "[::]:1"
    )
    assert ran.code == 1
    assert "keypin: localhost:1: " in ran.err


def test_json(gate, shop: Shop) -> None:
    """One document with the answer, what it rests on, and the findings."""
    ran = gate(
        *("--pins", "3.1=v1.toml", "--pins", "3.2=v2.toml", "--chain", "renewed.pem"),
        *("--current", "active.pem", "--host", "api.shop.example", "--json"),
    )
    assert ran.code == 1
    said = json.loads(ran.out)
    assert said["schema"] == "keypin/gate/1"
    assert said["open"] is False
    assert said["trust"] == "root.pem"
    assert [(one["release"], one["outcome"]) for one in said["results"]] == [
        ("3.1", "breaks"),
        ("3.2", "passes"),
    ]
    broken, passing = said["results"]
    assert broken["reason"] == "no-match"
    assert broken["accepts"][0]["pin"] == shop.cast.pin("active")
    assert broken["deployed_now"][0]["role"] == "active"
    assert broken["paths"][0]["accepted"] is False
    assert broken["paths"][0]["certificates"][0]["pin"] == shop.cast.pin("renewed")
    assert passing["matches"][0]["position"] == "root"
    assert [one["id"] for one in said["findings"]] == ["gate-breaks"]
    assert said["chains"][0]["file"] == "renewed.pem"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--pins", "no.toml", "--chain", "active.pem"), "no.toml: cannot be read"),
        (("--pins", "3.1=no.toml", "--chain", "active.pem"), "no.toml: cannot be read"),
        (("--pins", "v1.toml", "--chain", "v1.toml"), "v1.toml"),
        (("--pins", "v1.toml", "--chain", "root.pem"), "bears no host name"),
        (("--pins", "v1.toml", "--chain", "two.pem"), "2 chains: "),
        (("--pins", "v1.toml", "--chain", "active.pem", "--host", "a b"), "U+0020"),
        (("--chain", "active.pem"), "Missing option '--pins'"),
    ],
)
def test_what_cannot_be_used(gate, shop: Shop, arguments: tuple[str, ...], text: str) -> None:
    """Exit code 2: a gate that could not judge is not open."""
    one, two = (shop.folder / f"{name}.pem" for name in ("active", "renewed"))
    shop.write("two.pem", one.read_bytes() + two.read_bytes())
    ran = gate(*arguments)
    assert ran.code == 2
    assert text in ran.err


def test_a_file_with_a_sign_in_its_name(gate, shop: Shop) -> None:
    """What exists as a file is the file."""
    shop.write("v=1.toml", (shop.folder / "v1.toml").read_bytes())
    ran = gate("--pins", "v=1.toml", "--chain", "active.pem")
    assert ran.out.endswith("✓ deploy: v=1.toml accepts it\n")
