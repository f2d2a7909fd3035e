"""One process of the watch: what it needs to open, and what it says of itself."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from keypin.watch import parts, service
from keypin.watch.core import Core, now
from keypin.watch.folder import Folder, FolderError
from keypin.watch.opening import OpenError
from keypin.watch.parts import declare
from keypin.watch.service import Watch
from keypin.watch.settings import Part, Settings
from keypin.watch.store import Database, Purpose, Sealer, moved
from keypin.watch.store.tables import secrets
from keypin.watch.supervisor import Loop


@pytest.fixture
def settings(database: Database) -> Settings:
    """Return the settings of an installation whose tables are there."""
    assert database.path is not None
    return Settings(data=database.path.parent)


def test_a_process_works_until_it_is_stopped(settings: Settings) -> None:
    """It has problems before its start alone, and its folder is another's after its end."""
    with Watch(settings) as watch:
        assert watch.problems() == ["it has not been started"]
        watch.start()
        assert watch.problems() == []
        assert watch.core.share(Part.LOGS, "any")
        watch.stop()
        assert watch.problems() == ["it has not been started"]
    Folder(settings.data).close()


def test_a_folder_is_used_by_one_process_at_a_time(settings: Settings) -> None:
    """The second is told what to do."""
    with Watch(settings):
        with pytest.raises(FolderError, match="another process of the watch uses this folder"):
            Watch(settings)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """With the way to choose another."""
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match="give one that can be written with --data"):
        Folder(tmp_path / "file" / "folder")


def test_a_database_that_does_not_answer_is_said_without_its_password(tmp_path: Path) -> None:
    """Logs are read by many."""
    url = f"postgresql://keypin:secret@/keypin?host={tmp_path}"
    with pytest.raises(OpenError, match=r"cannot be used: .*check its address") as raised:
        Watch(Settings(data=tmp_path / "data", database=url))
    assert "secret" not in str(raised.value)
    Folder(tmp_path / "data").close()


def test_a_database_of_a_newer_version_is_left_alone(
    settings: Settings, database: Database
) -> None:
    """Whoever went back too far is told the two ways on."""
    with database.begin_across() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(OpenError, match="was made by a newer version of keypin"):
        Watch(settings)


def test_a_start_that_the_database_refuses_is_one_sentence(
    settings: Settings, database: Database
) -> None:
    """With what the database said, and without the statement."""
    with Watch(settings) as watch:
        with database.begin_across() as connection:
            connection.execute(text("DROP TABLE workers"))
        with pytest.raises(OpenError, match=r"cannot start: no such table: workers$"):
            watch.start()


def test_processes_that_share_a_database_are_told_to_share_an_address(
    tmp_path: Path, new_postgresql: Callable[[], str], caplog: pytest.LogCaptureFixture
) -> None:
    """A message that one began and another ends has the same links."""
    settings = Settings(data=tmp_path, database=new_postgresql(), parts=frozenset({Part.WEB}))
    for url, warned in (("", True), ("https://pins.example.com", False)):
        caplog.clear()
        with Watch(replace(settings, public_url=url)) as watch:
            watch.start()
        assert ("the same --public-url" in caplog.text) is warned


def test_whoever_runs_when_the_installation_moves_ends(settings: Settings) -> None:
    """And nobody starts it here again."""
    with Watch(settings) as watch:
        watch._look_once()
        assert not watch.ended.is_set()
        with watch.core.database.begin_across() as connection:
            moved.note(connection, moved.MOVING, {"to": "elsewhere"}, watch.core.clock())
        watch._look_once()
        assert watch.ended.is_set()
        assert "is moving to elsewhere" in str(watch.why)
        with watch.core.database.begin_across() as connection:
            moved.note(connection, moved.MOVED, {"to": "elsewhere"}, watch.core.clock())
    with pytest.raises(moved.MovedError, match="start it with --database elsewhere"):
        Watch(settings)


def test_it_is_looked_again_and_again_whether_it_moved(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is away for a moment is no move."""
    monkeypatch.setattr(service, "_LOOK", 0.005)
    watch = Watch(settings)
    looked, stop = threading.Event(), threading.Event()

    def look() -> None:
        looked.set()

    monkeypatch.setattr(watch, "_look_once", look)
    thread = threading.Thread(target=watch._look, args=(stop,))
    thread.start()
    assert looked.wait(10)
    stop.set()
    thread.join()
    watch.close()


def test_a_database_that_went_away_is_a_problem(tmp_path: Path) -> None:
    """The process lives on and waits; whoever balances load sends nobody here."""
    watch = Watch(Settings(data=tmp_path / "data"))
    watch._database.engine.dispose()
    (tmp_path / "data").rename(tmp_path / "away")
    assert watch._reach() == "the database cannot be reached: OperationalError"
    watch._look_once()
    assert not watch.ended.is_set()
    (tmp_path / "away").rename(tmp_path / "data")
    assert watch._reach() is None
    watch.close()


def test_only_wanted_parts_are_declared(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Housekeeping is everybody's; a part without loops returns nothing."""
    asked: list[str] = []

    def one(core: Core) -> list[Loop]:
        asked.append(core.settings.vantage)
        return [Loop("probing", lambda _: None)]

    def none(_: Core) -> None:
        asked.append("housekeeping")

    monkeypatch.setattr(parts, "_function", {"a:one": one, "b:none": none}.__getitem__)
    monkeypatch.setattr(parts, "PARTS", {Part.PROBER: ("a:one",), Part.LOGS: ("c:other",)})
    monkeypatch.setattr(parts, "HOUSEKEEPING", ("b:none",))
    with Watch(replace(settings, parts=frozenset({Part.PROBER}))) as watch:
        assert [loop.name for loop in declare(watch.core)] == ["probing"]
    assert asked == ["housekeeping", "here"]


@pytest.mark.parametrize("part", Part)
def test_every_part_in_the_table_is_there(part: Part) -> None:
    """A row that names no function would be found at the first start only."""
    for name in (*parts.HOUSEKEEPING, *parts.PARTS.get(part, ())):
        assert callable(parts._function(name))


def test_secrets_that_do_not_open_are_told_at_the_start(
    any_database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With the file, and what to put there."""
    url = any_database.url.render_as_string(hide_password=False)
    settings = Settings(data=tmp_path, database=url)
    others = Sealer.at(settings.data / "others")
    with any_database.begin(1) as scope:
        scope.add(secrets, name="smtp", sealed=others.seal(b"x", Purpose.SECRET), changed_at=now())
    with Watch(replace(settings, parts=frozenset())) as watch:
        watch.start()
        assert watch.problems() == []
    (said,) = [one.getMessage() for one in caplog.records if "secrets cannot" in one.message]
    assert said.startswith(
        f"1 of the sealed secrets cannot be opened by the keys in {settings.key_file}: put"
    )
