"""Why no log is read, as whoever asks is told, in whichever process."""

from datetime import timedelta

import pytest

from keypin.watch.transparency import lists

MISSING = "log_list.json cannot be had since 2026-11-29 12:00 UTC: "


@pytest.fixture
def asked(watching, monkeypatch):
    """Return a function that asks what logs are read by; a list is looked at each time."""
    monkeypatch.setattr("keypin.watch.transparency.listing._AGAIN", 0)
    monkeypatch.setattr("keypin.watch.transparency.listing._GLANCE", 0)

    def ask() -> lists.Reading:
        with watching.database.read_across() as connection:
            return lists.reading(connection, watching.clock())

    return ask


def test_who_watches_nothing_is_told_so(asked, tailing) -> None:
    """No list is asked for."""
    tailing.turn()
    assert asked().unread == "no log is read: no name is watched yet"
    assert asked().step == ""


def test_a_list_that_cannot_be_had_says_since_when(watching, asked, tailing) -> None:
    """However long, through a restart too, until it is there; with what to do."""
    watching.endpoint()
    assert asked().unread == "no log is read yet"
    file = watching.folder / "log_list.json"
    text = file.read_text()
    file.unlink()
    tailing.turn()
    watching.clock.move(hours=3)
    tailing.turn()
    found = asked()
    assert found.unread.startswith(f"no log is read: the list {watching.folder}/{MISSING}")
    assert "KEYPIN_LOG_LIST" in found.step
    assert "gstatic" not in found.step
    file.write_text(text)
    watching.level(tailing)
    found = asked()
    assert (found.unread, found.lost, found.step) == ("", "", "")
    assert found.logs == 1


def test_logs_that_are_read_by_an_old_list_are_read(watching, asked, tailing) -> None:
    """That it cannot be renewed is said all the same, and how old it is."""
    watching.endpoint()
    watching.level(tailing)
    (watching.folder / "log_list.json").write_text("{")
    watching.clock.move(days=40)
    tailing.turn()
    found = asked()
    assert found.unread == ""
    assert f"{MISSING[:-25]}" in found.lost
    assert found.aged(watching.clock()).endswith(", and not renewed")
    assert found.aged(watching.clock() - timedelta(days=40)) == ""


def test_a_process_that_is_gone_has_no_list(watching, asked, tailing) -> None:
    """What it wrote last is not so for ever."""
    watching.endpoint()
    watching.level(tailing)
    watching.clock.move(minutes=6)
    assert asked().unread == "no log is read yet"
