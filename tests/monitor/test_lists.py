"""Log lists that are fetched: Google's, with its signature, and the copy that is kept of it."""

import os
import time

import pytest

from keypin.ct.log_list import LogListError, LogListSignatureError
from keypin.errors import InputError
from keypin.lab.ct_view import Answer
from keypin.monitor import lists as module
from keypin.monitor.client import RefusedError, UnreachableError
from keypin.monitor.lists import FRESH, chrome, fetch

REAL = "log_list_2026-01-02_v80.14"


class Files:
    """Files on a server: what is in them may change."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def __call__(self, ask) -> Answer:
        """Answer with a file."""
        body = self.files.get(ask.path)
        return Answer(b"", 404) if body is None else Answer(body)


@pytest.fixture
def files(vectors) -> Files:
    """Return Google's list of January 2026 and its signature, as a server has them."""
    folder = vectors / "ct" / "loglists"
    return Files(
        {
            f"/v3/log_list.{ending}": (folder / f"{REAL}.{ending}").read_bytes()
            for ending in ("json", "sig")
        }
    )


@pytest.fixture
def server(script, files, monkeypatch):
    """Return a server that has Google's list, where Google's would be."""
    server = script(files)
    monkeypatch.setattr(module, "CHROME_URL", f"{server.url}v3/log_list.json")
    return server


def aged(folder, seconds: float) -> None:
    """Make a copy older."""
    moment = time.time() - seconds
    os.utime(folder / "log_list.json", (moment, moment))


def test_a_signed_list(server, http) -> None:
    """The list comes with the signature beside it."""
    assert fetch(module.CHROME_URL, http, signed=True).version == "80.14"
    assert [ask.path for ask in server.api.asked] == ["/v3/log_list.json", "/v3/log_list.sig"]


def test_a_list_without_signature(server, http) -> None:
    """Nobody signs Apple's list, for example."""
    assert fetch(module.CHROME_URL, http, signed=False).version == "80.14"
    assert len(server.api.asked) == 1


@pytest.mark.usefixtures("server")
def test_a_list_that_was_changed(files, http, tmp_path) -> None:
    """A bit is enough, and nothing is kept of it."""
    good = files.files["/v3/log_list.json"]
    files.files["/v3/log_list.json"] = good.replace(b"usable", b"usablE", 1)
    with pytest.raises(LogListSignatureError, match="signature of the log list does not hold"):
        chrome(tmp_path, http)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_list(script, http) -> None:
    """The error names the address."""
    url = f"{script(Answer(b'[]')).url}list.json"
    with pytest.raises(LogListError, match=rf"^{url}: "):
        fetch(url, http, signed=False)


@pytest.mark.parametrize("url", ["list.json", "ftp://a/list.json", "file:///etc/passwd"])
def test_what_is_no_address(url, http) -> None:
    """Lists come over HTTP."""
    with pytest.raises(InputError, match=f"the address '{url}'; expected http:// or https://"):
        fetch(url, http, signed=False)


def test_a_copy_is_kept_for_a_day(server, http, tmp_path) -> None:
    """Within it nobody is asked again."""
    folder = tmp_path / "a" / "b"
    assert chrome(folder, http).version == "80.14"
    assert [file.name for file in folder.iterdir()] == ["log_list.json"]
    aged(folder, FRESH - 60)
    assert chrome(folder, http).version == "80.14"
    assert len(server.api.asked) == 2


@pytest.mark.parametrize("age", [FRESH + 60, -3600])
def test_an_old_copy_is_renewed(age, server, http, tmp_path) -> None:
    """Every day, and where a clock was wrong."""
    chrome(tmp_path, http)
    aged(tmp_path, age)
    chrome(tmp_path, http)
    assert len(server.api.asked) == 4
    assert 0 <= time.time() - (tmp_path / "log_list.json").stat().st_mtime < 60


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("status", [404, 503])
def test_offline_the_copy_serves(status, script, http, tmp_path, monkeypatch) -> None:
    """However old it is, and nobody waits for another try."""
    chrome(tmp_path, http)
    aged(tmp_path, 100 * FRESH)
    down = script(Answer(b"", status))
    monkeypatch.setattr(module, "CHROME_URL", f"{down.url}log_list.json")
    assert chrome(tmp_path, http).version == "80.14"
    assert len(down.api.asked) == 1


def test_offline_without_a_copy(script, http, tmp_path, monkeypatch) -> None:
    """There is nothing to go on; what may pass is waited for, as the caller likes."""
    pauses = []
    for status, error in ((404, RefusedError), (503, UnreachableError)):
        down = script(Answer(b"", status))
        monkeypatch.setattr(module, "CHROME_URL", f"{down.url}log_list.json")
        with pytest.raises(error, match=f"{down.url}log_list.json: answered {status}"):
            chrome(tmp_path, http, pauses.append)
    assert any(pauses)


@pytest.mark.parametrize("text", [b"", b"{", b"[]"])
def test_a_broken_copy_is_renewed(text, server, http, tmp_path) -> None:
    """A machine may have lost power while it was written."""
    (tmp_path / "log_list.json").write_bytes(text)
    assert chrome(tmp_path, http).version == "80.14"
    assert chrome(tmp_path, http).version == "80.14"
    assert len(server.api.asked) == 2


@pytest.mark.usefixtures("server")
def test_a_copy_that_cannot_be_kept(http, tmp_path) -> None:
    """The list is read all the same."""
    (tmp_path / "file").write_bytes(b"")
    assert chrome(tmp_path / "file" / "cache", http).version == "80.14"
