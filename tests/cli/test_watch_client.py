"""Verbs that speak to a running watch: `release`, `inventory`, and `gate --watch`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from keypin.lab.cast import Cast
from keypin.watch.core import now
from keypin.watch.people import organisations, tokens
from keypin.watch.people.audit import SERVICE
from keypin.watch.service import Watch
from keypin.watch.settings import Settings
from keypin.web.serve import Server, listen

INVENTORY = """\
version = 1
organisation = "acme"

[[owner]]
name = "platform"

[[application]]
name = "shop"
owner = "platform"

[[application.release]]
version = "1.0"
pins = "v1.toml"

[[endpoint]]
host = "localhost"

[[route]]
name = "on-call"
url = { env = "HOOK" }
"""


@dataclass
class Running:
    """A watch that answers, with an organisation, a token of it, and a folder of files."""

    folder: Path
    address: str
    token: str
    cast: Cast

    @property
    def variables(self) -> dict[str, str]:
        """What the verbs take from the environment."""
        hook = f"https://127.0.0.1:9/hook#{'k' * 43}"
        return {"KEYPIN_WATCH": self.address, "KEYPIN_TOKEN": self.token, "HOOK": hook}


def _pins(cast: Cast, *keys: str) -> str:
    pins = [f'"{cast.pin(key)}"' for key in keys]
    return (
        f'version = 1\n[[policy]]\nhost = "localhost"\npins = [{", ".join(pins[:-1])}]\n'
        f"backup_pins = [{pins[-1]}]\n"
    )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Start a watch that does nothing but answer."""
    folder, cast = tmp_path_factory.mktemp("watch"), Cast(now())
    inner = cast.authority("intermediate")
    (folder / "root.pem").write_bytes(cast.authority("root").pem)
    (folder / "v1.toml").write_text(_pins(cast, "active", "backup"))
    (folder / "v2.toml").write_text(_pins(cast, "renewed", "backup"))
    (folder / "keypin.toml").write_text(INVENTORY)
    for key in ("active", "backup", "renewed"):
        (folder / f"{key}.pem").write_bytes(cast.leaf(key).pem + inner.pem)
    settings = Settings(
        data=folder / "data",
        trust=folder / "root.pem",
        internal=Settings.read({"KEYPIN_INTERNAL": "127.0.0.0/8"}).internal,
    )
    with Watch(settings) as watch, Server(watch, listen("127.0.0.1", 0)) as server:
        database = watch.core.database
        with database.begin_across() as connection:
            number = organisations.create(connection, "acme", "Acme", SERVICE, now())
        with database.begin(number) as scope:
            token = tokens.create(scope, "pipeline", ["admin"], SERVICE, now())
        yield Running(folder, server.address, token, cast)


@pytest.fixture(scope="module")
def run(keypin, running: Running):
    """Return a function that runs a verb in the folder, with the watch in its environment."""

    def run(*arguments: str, stdin: str = "", **more: str):
        variables = {**running.variables, **more}
        return keypin(*arguments, stdin=stdin, cwd=running.folder, **variables)

    return run


@pytest.fixture(scope="module")
def applied(run) -> None:
    """Apply the inventory, which has release 1.0 of the shop."""
    ran = run("inventory", "apply", "--yes")
    assert ran.code == 0, ran.err


@pytest.mark.usefixtures("applied")
def test_an_inventory_is_planned_then_applied_then_stands(run) -> None:
    """What was applied is no change any more, and is exported as it stands."""
    again = run("inventory", "plan")
    assert (again.code, again.out) == (0, "No changes: the inventory stands as it is written.\n")
    exported = run("inventory", "export").out
    assert 'name = "on-call"\nurl = { env = "HOOK" }' in exported
    assert "127.0.0.1" not in exported


@pytest.mark.usefixtures("applied")
def test_a_plan_says_what_would_be_done(run, running: Running) -> None:
    """Exit code 1 where something would be; nothing is."""
    other = INVENTORY.replace('name = "shop"', 'name = "shop"\ntags = ["store"]')
    (running.folder / "other.toml").write_text(other)
    ran = run("inventory", "plan", "other.toml")
    assert ran.code == 1
    assert ran.out.endswith("0 to add, 1 to change, 0 to remove.\n")
    said = json.loads(run("inventory", "plan", "other.toml", "--json").out)
    assert [one["subject"] for one in said["changes"]] == ["shop"]
    assert run("inventory", "apply", "other.toml").code == 1  # nobody says yes


@pytest.mark.usefixtures("applied")
def test_a_release_is_pushed_once(run) -> None:
    """Pushed again it changes nothing; with other pins it is refused; retired it is gone."""
    ran = run("release", "push", "shop", "2.0", "v1.toml", "--share", "0.25")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "shop 2.0 is there now: 0 endpoints are new, 1 are judged anew\n"
    assert "was there, with the same pins" in run("release", "push", "shop", "2.0", "v1.toml").out
    ran = run("release", "push", "shop", "2.0", "v2.toml")
    assert ran.code == 2
    assert "what was shipped does not change" in ran.err
    assert "shop 2.0  25.0% of users\n" in run("release", "list").out
    assert run("release", "retire", "shop", "2.0").out == "shop 2.0 is retired\n"
    assert "shop 2.0" not in run("release", "list", "--application", "shop").out
    assert "shop 2.0  25.0% of users, retired" in run("release", "list", "--retired").out
    assert json.loads(run("release", "list", "--json").out)[0]["version"] == "1.0"


@pytest.mark.usefixtures("applied")
def test_a_new_release_takes_its_share_from_the_others(run) -> None:
    """As the documentation says it: the first is everybody's, the next begins with a few."""
    run("release", "push", "shop", "4.0", "v1.toml", "--share", "1")
    ran = run("release", "push", "shop", "4.1", "v1.toml", "--share", "0.05")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[1:] == [
        "shop 4.0: its share becomes 95%, it was 100%: the shares of all make 100%"
    ]
    assert "shop 4.0  95.0% of users\n" in run("release", "list").out
    for version in ("4.0", "4.1"):
        run("release", "retire", "shop", version)


@pytest.mark.usefixtures("applied")
def test_a_secret_that_a_file_names_is_kept_first(run, running: Running) -> None:
    """The plan says so, and applying it says the same and does nothing."""
    route = '\n[[route]]\nname = "pager"\nurl = { secret = "pager" }\n'
    (running.folder / "secret.toml").write_text(INVENTORY + route)
    for arguments, code in ((("plan",), 1), (("apply", "--yes"), 2)):
        ran = run("inventory", *arguments, "secret.toml")
        assert ran.code == code
        assert ran.out.endswith("keep it first: keypin inventory secret pager < FILE\n")
    for value, said in (("ntfys://a", "is kept."), ("ntfys://b", "in place of the one before.")):
        ran = run("inventory", "secret", "pager", stdin=f"{value}\n")
        assert (ran.code, ran.out[-len(said) - 1 :]) == (0, f"{said}\n"), ran.err
    assert run("inventory", "apply", "--yes", "secret.toml").code == 0
    (running.folder / "exported.toml").write_text(run("inventory", "export").out)
    assert run("inventory", "plan", "exported.toml").code == 0
    assert run("inventory", "plan", "secret.toml").code == 0
    assert run("inventory", "apply", "--yes").code == 0


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize(("key", "code"), [("active", 0), ("backup", 0), ("renewed", 1)])
def test_the_gate_of_a_watch_says_what_our_own_says(run, running, key, code) -> None:
    """The same exit code, the same text but for whose trust it is, and the same results."""
    at = ("--at", f"{now():%Y-%m-%dT%H:%M:%SZ}")
    chain = ("--chain", f"{key}.pem", "--host", "localhost", *at)
    ours = ("gate", "--pins", "shop 1.0=v1.toml", "--cafile", "root.pem", *chain)
    theirs = ("gate", "--watch", running.address, *chain)
    local, remote = run(*ours), run(*theirs)
    assert (local.code, remote.code) == (code, code), remote.err

    def words(text: str) -> list[str]:
        before, _, after = text.partition("judged as of")
        places = {"v1.toml:2:", "policy[0]:"}  # a watch has no file of ours
        return [word for word in before.split() if word not in places] + after.splitlines()[-1:]

    assert words(remote.out) == words(local.out)
    mine, said = (json.loads(run(*one, "--json").out) for one in (ours, theirs))
    # Where the pins stand, and what is deployed now, differs.
    own = {"detail", "deployed_now", "later"}
    results = [[{**one, **dict.fromkeys(own)} for one in each["results"]] for each in (mine, said)]
    assert results[0] == results[1]
    assert (said["open"], said["chains"]) == (mine["open"], mine["chains"])


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("release", "push", "nothing", "1.0", "v1.toml"), "no application 'nothing'"),
        (("release", "push", "shop", "3.0", "nothing.toml"), "nothing.toml: cannot be read"),
        (("release", "push", "shop", "3.0", "root.pem"), "root.pem"),
        (("release", "list", "--watch", "http://watch.example.com"), "must not be overheard"),
        (("release", "list", "--watch", "https://[x"), "expected https://HOST"),
        (("release", "list", "--token", ""), "no token of the watch"),
        (("inventory", "plan", "v1.toml"), "v1.toml:2: policy: the unknown key"),
        (("gate", "--chain", "active.pem"), "Missing option '--pins', or '--watch'"),
        (
            ("gate", "--watch", "http://localhost:1", "--chain", "active.pem", "--any-path"),
            "--any-path with --watch",
        ),
    ],
)
def test_what_cannot_be_used_is_said(run, arguments, text) -> None:
    """Exit code 2."""
    ran = run(*arguments)
    assert ran.code == 2
    assert text in ran.err


@pytest.mark.usefixtures("applied")
def test_a_large_file_that_is_refused_at_once_is_told_why(run, running: Running) -> None:
    """The watch answers before it has all of it."""
    (running.folder / "app.apk").write_bytes(b"PK\3\4" + b"x" * 20_000_000)
    ran = run("release", "push", "nothing", "1.0", "app.apk")
    assert ran.code == 2
    assert "no application 'nothing'" in ran.err


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"KEYPIN_WATCH": "http://localhost:1"}, "Connection refused; check the address"),
        ({"KEYPIN_TOKEN": "kp_none"}, "no token that holds"),
    ],
)
def test_a_watch_that_does_not_answer_judges_nothing(run, more, text) -> None:
    """Exit code 3: nothing could be told."""
    ran = run("release", "list", **more)
    assert ran.code == 3
    assert text in ran.err


def test_the_pins_of_the_watch_are_demanded(run, lab, tmp_path) -> None:
    """A watch with another key than is pinned gets no token."""
    server = lab["good-ecdsa"]
    address = ("--watch", f"https://localhost:{server.port}", "--watch-cafile", str(lab.ca_file))
    other = tmp_path / "other.toml"
    other.write_text(_pins(lab.cast, "renewed", "backup"))
    ran = run("release", "list", *address, "--watch-pins", str(other))
    assert ran.code == 3
    assert "localhost" in ran.err
