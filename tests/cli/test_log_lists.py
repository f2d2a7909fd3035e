"""Which logs a verb goes by: a file's, or Chrome's, fetched and kept."""

import json
import os
from pathlib import Path

import pytest

from keypin.cli import log_lists
from keypin.errors import InputError
from keypin.monitor.http import connections


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give this user an empty home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return tmp_path


@pytest.fixture
def offline(home: Path) -> dict[str, str]:
    """Return an environment in which nothing outside can be reached."""
    return {"HOME": str(home), "HTTPS_PROXY": "http://127.0.0.1:1", "XDG_STATE_HOME": ""}


def kept(home: Path, listed: Path) -> Path:
    """Keep a list where the one that was fetched today would be."""
    path = home / ".local/state/keypin/ct/log_list.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(listed.read_bytes())
    return path


def test_the_list_of_today_is_not_fetched_again(keypin, transparency, home, offline) -> None:
    """Without --log-list, Chrome's list as it was fetched today is used."""
    kept(home, transparency.list)
    ran = keypin("ct", "logs", **offline)
    assert ran.code == 0, ran.err
    assert "alpha" in ran.out
    said = " ".join(ran.out.split())
    assert "3 logs, by https://www.gstatic.com/ct/log_list/v3/log_list.json (version 7.1" in said
    assert "signed by Google" in said


@pytest.mark.slow
def test_no_list_to_be_had(keypin, offline) -> None:
    """Where it cannot be fetched and no copy is kept, that is told in a sentence."""
    ran = keypin("ct", "logs", **offline)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("keypin: https://www.gstatic.com/ct/log_list/v3/log_list.json: ")
    assert ran.err.endswith(
        " Connection refused; no answer within 5 s;"
        " name a list that you have with --log-list FILE\n"
    )
    assert ran.err.count("\n") == 1


@pytest.mark.slow
def test_a_copy_of_yesterday(keypin, transparency, home, offline) -> None:
    """Where a new one cannot be had, the copy that there is serves, however old."""
    os.utime(kept(home, transparency.list), (0, 0))
    ran = keypin("ct", "logs", **offline)
    assert ran.code == 0
    assert "3 logs, by " in ran.out


def test_the_environment_names_the_list(keypin, transparency) -> None:
    """KEYPIN_LOG_LIST is --log-list."""
    ran = keypin("ct", "logs", KEYPIN_LOG_LIST=str(transparency.list))
    assert ran.code == 0
    assert "3 logs, by " in ran.out


def test_a_signed_list(vectors: Path) -> None:
    """The signature that lies beside a list is verified."""
    path = vectors / "ct/loglists/log_list_2026-01-02_v80.14.json"
    named = log_lists.read(str(path))
    assert named.signed
    assert str(named) == f"{path} (version 80.14 of 2026-01-02, signed by Google)"


def test_a_list_that_was_changed(vectors: Path, tmp_path: Path) -> None:
    """A list that its signature is not over is refused, with what to do."""
    path = vectors / "ct/loglists/log_list_2026-01-02_v80.14.json"
    changed = tmp_path / "log_list.json"
    changed.write_bytes(path.read_bytes().replace(b"usable", b"reject"))
    beside = tmp_path / "log_list.sig"
    beside.write_bytes(path.with_suffix(".sig").read_bytes())
    with pytest.raises(InputError) as caught:
        log_lists.read(str(changed))
    assert str(caught.value) == (
        f"{changed}: the signature of the log list does not hold; expected Google's, in {beside};"
        " fetch both files again, or remove the signature of another list"
    )


def test_choosing(transparency) -> None:
    """Names choose logs, whatever is left out; no name chooses those that browsers go by."""
    path = str(transparency.list)
    with connections() as http:
        assert [one.description for one in log_lists.listed(path, (), http)] == [
            "alpha",
            "beta",
            "tiled",
        ]
        assert [one.description for one in log_lists.listed(path, ("*ET*", "alpha"), http)] == [
            "alpha",
            "beta",
        ]
        assert log_lists.one(path, "b*", http).description == "beta"
        with pytest.raises(InputError) as caught:
            log_lists.one(path, "*a", http)
        assert str(caught.value) == "'*a' is 2 logs: alpha, beta; expected one of them"
        with pytest.raises(InputError) as caught:
            log_lists.listed(path, ("gamma", "delta"), http)
    assert str(caught.value) == (
        f"{path}: no log is called 'gamma' or 'delta'; expected the description of a log, with * "
        "and ?; list them: keypin ct logs --all"
    )


def test_a_list_of_the_retired(transparency) -> None:
    """A list whose logs nobody follows any more is told as that."""
    state = {"state": {"retired": {"timestamp": "2020-01-01T00:00:00Z"}}}
    path = transparency.listed(alpha=state, beta=state, tiled=state)
    with connections() as http, pytest.raises(InputError, match=r"no log of the list is followed"):
        log_lists.listed(str(path), (), http)


def test_the_copy_of_another_folder(transparency, tmp_path: Path) -> None:
    """A monitor keeps the list where it keeps its state."""
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / "log_list.json").write_bytes(transparency.list.read_bytes())
    with connections() as http:
        assert len(log_lists.listed(None, (), http, folder)) == 3


def test_the_state_directory(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The XDG Base Directory Specification says where; a path that is not absolute is no path."""
    assert log_lists.state_directory(Path("given")) == Path("given")
    assert log_lists.state_directory() == home / ".local/state/keypin/ct"
    monkeypatch.setenv("XDG_STATE_HOME", "not/absolute")
    assert log_lists.state_directory() == home / ".local/state/keypin/ct"
    monkeypatch.setenv("XDG_STATE_HOME", "/var/state")
    assert log_lists.state_directory() == Path("/var/state/keypin/ct")


def test_a_log_list_that_is_none(keypin, tmp_path: Path) -> None:
    """What is no log list is unusable input."""
    path = tmp_path / "list.json"
    path.write_text(json.dumps([]))
    ran = keypin("ct", "logs", "--log-list", path)
    assert ran.code == 2
    assert ran.err.startswith(f"keypin: {path}: ")
