"""`keypin watch`, from its first start to the move of an installation."""

import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from sqlalchemy import inspect

from keypin.watch.core import now
from keypin.watch.people import organisations
from keypin.watch.people.audit import SERVICE
from keypin.watch.settings import Settings
from keypin.watch.store import Database, Sealer, moved


@contextmanager
def started(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the service, and return it with its address, once it says that."""
    command = [sys.executable, "-m", "keypin", "watch", "--port", "0", *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        watchdog = threading.Timer(30, process.kill)
        watchdog.start()
        try:
            line = next((one for one in process.stderr if "runs at" in one), "")
            yield process, line.removeprefix("The watch runs at ").strip()
        finally:
            process.kill()
            watchdog.cancel()


@pytest.mark.slow
def test_the_first_start_prints_a_link_and_ends_when_it_is_told(keypin, tmp_path: Path) -> None:
    """The link is at the port that was found; nothing in the folder is readable by others."""
    with started("--data", tmp_path / "data", "--part", "alerts", "--part", "web") as (
        process,
        address,
    ):
        with urlopen(f"{address}/healthz", timeout=10) as answer:  # noqa: S310 - our own
            assert answer.status == 200
        assert process.stdout is not None
        line = process.stdout.readline()
        assert re.fullmatch(
            rf"Nobody has an account yet\. Join as the first owner: {address}/join/\S+\n", line
        )
        ran = keypin("watch", "invite", "--data", tmp_path / "data", "--public-url", address)
        assert re.fullmatch(rf"{address}/join/\S+\n", ran.out)
        with urlopen(ran.out.strip(), timeout=10) as answer:  # noqa: S310 - our own
            assert "operator invites you as owner" in answer.read().decode()
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    files = [path for path in (tmp_path / "data").iterdir() if path.is_file()]
    assert {oct(path.stat().st_mode & 0o077) for path in files} == {"0o0"}


def test_a_process_that_crashes_says_where(tmp_path: Path) -> None:
    """Its threads are in the log: nobody could say else which library it was.

    Not always all of them: the list may break off at one that runs while it is written.
    """
    with started("--data", tmp_path / "data", "--part", "alerts") as (process, _):
        process.send_signal(signal.SIGSEGV)
        assert process.stderr is not None
        said = process.stderr.read()
    assert "Fatal Python error: Segmentation fault" in said
    assert 'File "' in said


def test_help_shows_every_verb(keypin) -> None:
    """And the group's own help, not that of `start`."""
    ran = keypin("watch", "--help")
    assert ran.code == 0
    for verb in (
        "start",
        "backup",
        "restore",
        "migrate-to",
        "export",
        "retention",
        "key",
        "invite",
    ):
        assert f" {verb} " in ran.out
    assert "--vantage" in keypin("watch", "start", "--help").out


def test_options_without_a_verb_are_those_of_start(keypin, tmp_path: Path) -> None:
    """A mistake in them is told as one."""
    (tmp_path / "file").write_text("")
    ran = keypin("watch", "--port", "0", "--data", tmp_path / "file" / "data")
    assert ran.code == 3
    assert "give one that can be written with --data" in ran.err


def test_a_setting_of_the_environment_that_cannot_be_used_is_named(keypin) -> None:
    """By the variable."""
    ran = keypin("watch", KEYPIN_PORT="many")
    assert ran.code == 2
    assert "KEYPIN_PORT: 'many'; expected a port" in ran.err


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return the folder of an installation with one organisation."""
    settings = Settings(data=tmp_path / "data")
    settings.data.mkdir()
    database = Database(settings.database_url)
    database.migrate()
    with database.begin_across() as connection:
        organisations.create(connection, "main", "Main", SERVICE, now())
    database.close()
    Sealer.at(settings.key_file)
    return settings.data


def test_a_backup_is_written_and_brought_back(keypin, data: Path, tmp_path: Path) -> None:
    """Into another folder, or into the same one when that is said."""
    file = tmp_path / "one.backup"
    ran = keypin("watch", "backup", "--data", data, file)
    assert ran.code == 0, ran.err
    assert " tables, " in ran.out
    assert keypin("watch", "backup", "--data", data, file).code == 3
    other = keypin("watch", "restore", "--data", tmp_path / "other", file)
    assert other.code == 0, other.err
    assert f"put them into {tmp_path / 'other' / 'keys'}" in other.out
    refused = keypin("watch", "restore", "--data", data, file)
    assert refused.code == 3
    assert "go on with --replace" in refused.err
    assert keypin("watch", "restore", "--data", data, "--replace", file).code == 0


def test_an_organisation_is_exported(keypin, data: Path, tmp_path: Path) -> None:
    """One document a line."""
    out = tmp_path / "main.jsonl"
    assert keypin("watch", "export", "--data", data, out).code == 0
    tables = {json.loads(line)["table"] for line in out.read_text().splitlines()}
    assert tables >= {"organisations", "audit_log"}
    missing = keypin("watch", "export", "--data", data, "--organisation", "acme", out)
    assert missing.code == 2
    assert "expected one of main" in missing.err


def test_what_is_old_is_removed_at_once(keypin, data: Path) -> None:
    """Where nothing is, that is said."""
    ran = keypin("watch", "retention", "--data", data)
    assert (ran.code, ran.out) == (0, "Nothing is older than it may be.\n")


def test_a_new_key_is_made(keypin, data: Path) -> None:
    """The file has another key than before."""
    before = (data / "keys").read_text()
    ran = keypin("watch", "key", "--data", data)
    assert ran.out == f"0 secrets are sealed by the new key in {data / 'keys'}.\n"
    assert (data / "keys").read_text() != before


def test_an_installation_moves_and_says_where(keypin, data: Path, tmp_path: Path) -> None:
    """Here from one file to another; nobody starts it where it was."""
    url = f"sqlite:///{tmp_path / 'there.db'}"
    ran = keypin("watch", "migrate-to", "--data", data, url)
    assert ran.code == 0, ran.err
    assert f"Start it with --database {url}" in ran.out
    assert "moved to" in keypin("watch", "retention", "--data", data).err
    assert keypin("watch", "retention", "--data", data, "--database", url).code == 0
    assert "no database is named" in keypin("watch", "migrate-to", "--data", data).err
    late = keypin("watch", "migrate-to", "--data", data, "--give-up")
    assert (late.code, late.out) == (3, "")
    assert f"moved to {url}; start it with --database {url}" in late.err


def test_a_move_is_given_up(keypin, data: Path) -> None:
    """Or there was none, which is said."""
    ran = keypin("watch", "migrate-to", "--data", data, "--give-up")
    assert (ran.code, ran.out) == (0, "No move was begun. The installation stays where it is.\n")
    database = Database(Settings(data=data).database_url)
    with database.begin_across() as connection:
        moved.note(connection, moved.MOVING, {"id": "x", "to": "postgresql://b/x"}, now())
    database.close()
    assert "is moving to postgresql://b/x" in keypin("watch", "retention", "--data", data).err
    ran = keypin("watch", "migrate-to", "--data", data, "--give-up")
    assert (ran.code, ran.out) == (0, "The installation stays where it is.\n")
    assert keypin("watch", "retention", "--data", data).code == 0


NOWHERE = "postgresql://keypin:s3cret@127.0.0.1:1/keypin"


@pytest.mark.parametrize(
    "arguments",
    [
        ("start", "--port", "0"),
        ("backup", "new.backup"),
        ("restore", "{backup}"),
        ("restore", "--replace", "{backup}"),
        ("migrate-to", "--give-up"),
        ("export", "main.jsonl"),
        ("retention",),
        ("key",),
        ("invite",),
    ],
    ids=" ".join,
)
def test_a_database_that_is_not_there_is_one_sentence(
    keypin, data: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """Of every verb, without the password, and nothing was done."""
    file = tmp_path / "one.backup"
    assert keypin("watch", "backup", "--data", data, file).code == 0
    words = [word.format(backup=file) for word in arguments]
    ran = keypin("watch", *words, "--data", data, "--database", NOWHERE)
    assert (ran.code, ran.out) == (3, "")
    assert re.fullmatch(
        r"keypin: the database postgresql://keypin:\*\*\*@127\.0\.0\.1:1/keypin cannot be used: "
        r".*refused; check its address, and that it runs\n",
        ran.err,
    )


@pytest.mark.parametrize(
    ("url", "code", "text"),
    [
        ("mysql://ada:s3cret@db/keypin", 2, "the database mysql:…; expected sqlite:///FILE or"),
        ("postgresql://ada@db:many/x", 2, "the database postgresql:…; expected"),
        ("sqlite:///", 2, "the database sqlite:…; expected sqlite:///FILE or"),
        ("sqlite:///{folder}/no/folder.db", 3, "no: there is no such folder; make it, or name"),
        ("sqlite:///{folder}/keys", 3, "cannot be used: file is not a database; check its file"),
        ("{foreign}", 3, "already exists; check its address"),
        ("{newer}", 3, "was made by a newer version of keypin, or by another program; install"),
    ],
    ids=["kind", "port", "no file", "no folder", "no database", "another program's", "newer"],
)
def test_what_a_backup_cannot_be_restored_into_is_said(
    keypin, data: Path, tmp_path: Path, request, url: str, code: int, text: str
) -> None:
    """And is left as it was."""
    file = tmp_path / "one.backup"
    assert keypin("watch", "backup", "--data", data, file).code == 0
    names = {"folder": data}
    if "{foreign}" in url or "{newer}" in url:
        new = request.getfixturevalue("new_postgresql")()
        names |= {"foreign": new, "newer": new}
        change = "DROP TABLE alembic_version" if "foreign" in url else NEWER
        database = Database(new)
        with database.begin_across() as connection:
            connection.exec_driver_sql(change)
        database.close()
    whole = url.format(**names)
    ran = keypin("watch", "restore", "--data", data, "--database", whole, file)
    assert (ran.code, ran.out) == (code, "")
    assert text in ran.err
    assert len(ran.err.splitlines()) == 1
    assert "s3cret" not in ran.err


NEWER = "UPDATE alembic_version SET version_num = '9999'"


@pytest.mark.parametrize(
    "arguments",
    [
        ("backup", "{folder}/new.backup"),
        ("migrate-to", "sqlite:///{folder}/there.db"),
        ("migrate-to", "--give-up"),
        ("export", "{folder}/main.jsonl"),
        ("retention",),
        ("key",),
        ("invite",),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("there", ["no folder", "no file", "an empty file"])
def test_what_is_no_installation_is_refused_and_left_as_it_is(
    keypin, tmp_path: Path, arguments: tuple[str, ...], there: str
) -> None:
    """By each verb that works on one, in one sentence."""
    data = tmp_path / "data"
    if there != "no folder":
        data.mkdir()
    if there == "an empty file":
        (data / "keypin.db").touch()
    before = {path: path.stat().st_size for path in tmp_path.rglob("*")}
    ran = keypin("watch", *(word.format(folder=tmp_path) for word in arguments), "--data", data)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"keypin: the database sqlite:///{data}/keypin.db holds no installation of the watch; "
        "expected one that keypin watch has started; name its folder with --data, or its address "
        "with --database\n"
    )
    assert {path: path.stat().st_size for path in tmp_path.rglob("*")} == before


def test_what_is_no_installation_on_postgresql_is_refused(
    keypin, tmp_path: Path, new_postgresql
) -> None:
    """Whether it is empty, or another program's; no table is made there."""
    url = new_postgresql()
    database = Database(url)
    with database.begin_across() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    for made in ([], ["photos"]):
        for name in made:
            with database.begin_across() as connection:
                connection.exec_driver_sql(f"CREATE TABLE {name} (id int)")
        file = tmp_path / "new.backup"
        ran = keypin("watch", "backup", "--data", tmp_path / "data", "--database", url, file)
        assert (ran.code, ran.out) == (2, "")
        assert "holds no installation of the watch; expected one that" in ran.err
        with database.read_across() as connection:
            assert inspect(connection).get_table_names() == made
    database.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", [None, "something else"], ids=["no file", "no backup"])
def test_what_is_no_backup_makes_no_folder(keypin, tmp_path: Path, text: str | None) -> None:
    """It is looked at first."""
    file = tmp_path / "one.backup"
    if text is not None:
        file.write_text(text)
    ran = keypin("watch", "restore", "--data", tmp_path / "data", file)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith(f"keypin: {file}: ")
    assert not (tmp_path / "data").exists()
