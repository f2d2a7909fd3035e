"""`--demo`: where there is something to play with."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from keypin.cli.watch_demo import played
from keypin.watch.opening import opened
from keypin.watch.settings import Settings
from keypin.watch.store.tables import organisations


def test_an_empty_installation_is_played_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the service is told so."""
    demonstration = played(Settings(data=tmp_path, demonstration=True))
    assert demonstration is not None
    with demonstration:
        assert demonstration.settings.demonstration
        assert demonstration.settings.trust is not None
        assert b"BEGIN CERTIFICATE" in demonstration.settings.trust.read_bytes()
    assert "within a minute, every page has something" in capsys.readouterr().err


def test_one_with_work_of_its_own_starts_as_ever(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says why."""
    settings = Settings(data=tmp_path, demonstration=True)
    database = opened(settings, new=True)
    with database.begin_across() as connection:
        at = datetime(2026, 11, 29, tzinfo=UTC)
        connection.execute(organisations.insert().values(name="a", title="A", created_at=at))
    database.close()
    assert played(settings) is None
    assert "watches something real" in capsys.readouterr().err


def test_one_that_was_played_with_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its names lead nowhere without the laboratory; elsewhere nothing is said."""
    settings = Settings(data=tmp_path)
    assert played(settings) is None
    assert not capsys.readouterr().err
    (tmp_path / "demonstration").mkdir()
    assert played(settings) is None
    assert "--demo plays it" in capsys.readouterr().err
