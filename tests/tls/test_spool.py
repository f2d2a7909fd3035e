"""The spool: what a run wrote is sent by that run or the next, and foreign bytes harm none."""

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keypin.errors import InputError
from keypin.tls.report import MAX_REPORT
from keypin.tls.spool import Spool, Spooled

ADDRESS = "https://reports.example/pins"
REPORT = {"hostname": "shop.example"}

WRITER = """
import sys
from pathlib import Path
from keypin.tls.spool import Spool

spool = Spool(Path(sys.argv[1]), most=10)
spool.keep("https://reports.example/pins", {"hostname": "shop.example"})
print("written", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that is yet to be made."""
    return tmp_path / "a" / "spool"


def left_behind(folder: Path, count: int = 1) -> list[Path]:
    """Write reports as a run that ended without sending them."""
    spool = Spool(folder, most=100)
    paths = [spool.keep(ADDRESS, {"number": number}) for number in range(count)]
    spool.close()
    return [path for path in paths if path is not None]


def names(folder: Path, ending: str) -> list[str]:
    """Return the names in a folder that end in some way."""
    return sorted(path.name for path in folder.iterdir() if path.name.endswith(ending))


def test_a_report_is_kept_until_it_is_removed(folder: Path) -> None:
    """One file, whole from its first moment, of this user alone."""
    spool = Spool(folder, most=10)
    path = spool.keep(ADDRESS, REPORT)
    assert path is not None
    assert json.loads(spool.body(path)) == REPORT
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    spool.remove(path)
    spool.remove(path)
    spool.close()
    spool.close()
    assert list(folder.iterdir()) == []


def test_the_next_run_takes_over(folder: Path) -> None:
    """In order, under names of its own, and the old run's files are gone."""
    left_behind(folder, 3)
    spool = Spool(folder, most=10)
    found, lost = spool.recover()
    assert [json.loads(spool.body(one.path)) for one in found] == [{"number": n} for n in range(3)]
    assert {one.address for one in found} == {ADDRESS}
    assert found[0] == Spooled(found[0].path, ADDRESS, len(b'{"number":0}'))
    assert lost == 0
    assert len(names(folder, ".json")) == 3
    assert len(names(folder, ".lock")) == 1
    assert spool.recover() == ([], 0)


def test_what_a_living_run_holds_is_its_own(folder: Path) -> None:
    """Two that share a folder do not send twice, be they in one process or in two."""
    first = Spool(folder, most=10)
    first.keep(ADDRESS, REPORT)
    second = Spool(folder, most=10)
    assert second.recover() == ([], 0)
    first.close()
    assert len(second.recover()[0]) == 1
    assert Spool(folder, most=10).recover() == ([], 0)


def test_a_killed_run_loses_nothing(folder: Path) -> None:
    """Kill -9 after the write: while it lived its report was its own, then the next run's."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        spool = Spool(folder, most=10)
        assert spool.recover() == ([], 0)
        process.send_signal(signal.SIGKILL)
        process.wait()
        [found] = spool.recover()[0]
    assert json.loads(spool.body(found.path)) == REPORT


def test_a_run_that_died_while_taking_over_loses_nothing(folder: Path) -> None:
    """Files whose lock is gone already belong to whoever comes."""
    left_behind(folder, 2)
    for lock in folder.glob("*.lock"):
        lock.unlink()
    assert len(Spool(folder, most=10).recover()[0]) == 2


def test_an_unfinished_write_is_removed(folder: Path) -> None:
    """The report of a run that was killed in the midst of writing was never whole."""
    [path] = left_behind(folder)
    path.rename(path.with_suffix(".tmp"))
    assert Spool(folder, most=10).recover() == ([], 0)
    assert names(folder, ".tmp") == []


def test_what_is_kept_is_bounded(folder: Path) -> None:
    """What a run before left behind takes room too, and what is sent makes room."""
    left_behind(folder)
    spool = Spool(folder, most=2)
    [old] = spool.recover()[0]
    assert spool.keep(ADDRESS, REPORT) is not None
    assert spool.keep(ADDRESS, REPORT) is None
    spool.remove(old.path)
    assert spool.keep(ADDRESS, REPORT) is not None
    assert len(names(folder, ".json")) == 2


def test_what_is_taken_over_is_bounded(folder: Path) -> None:
    """Of too many reports the oldest are taken, the others removed and counted."""
    left_behind(folder, 5)
    found, lost = Spool(folder, most=3).recover()
    assert (len(found), lost) == (3, 2)
    assert len(names(folder, ".json")) == 3


MALFORMED = {
    "empty": b"",
    "torn": b'{"version":1,"report_to":"https://a.e',
    "not an object": b"[]",
    "too deep": b"[" * 100_000,
    "another version": b'{"version":2,"report_to":"https://a.example","report":{}}',
    "another member": b'{"version":1,"report_to":"https://a.example","report":{},"x":1}',
    "no address": b'{"version":1,"report_to":"file:///etc/passwd","report":{}}',
    "an address that is no text": b'{"version":1,"report_to":7,"report":{}}',
    "no report": b'{"version":1,"report_to":"https://a.example","report":"x"}',
    "not UTF-8": b'{"version":1,"report_to":"https://a.example/\xff","report":{}}',
    "too large": b'{"version":1,"report_to":"https://a.example","report":{}}' + b" " * MAX_REPORT,
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_report_is_put_aside(folder: Path, data: bytes) -> None:
    """It harms no other, is kept for a person to look at, and not looked at again."""
    good, bad = left_behind(folder, 2)
    bad.write_bytes(data)
    spool = Spool(folder, most=10)
    [found] = spool.recover()[0]
    assert json.loads(spool.body(found.path)) == {"number": 0}
    assert not good.exists()
    [aside] = folder.glob("*.bad")
    assert aside.read_bytes() == data
    spool.close()
    assert len(Spool(folder, most=10).recover()[0]) == 1


def test_what_is_put_aside_is_bounded(folder: Path) -> None:
    """Twenty show a person what is wrong; the others are removed."""
    for path in left_behind(folder, 25):
        path.write_bytes(b"x")
    assert Spool(folder, most=30).recover() == ([], 0)
    assert len(names(folder, ".bad")) == 20
    assert names(folder, ".json") == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_neither_pipes_nor_links_are_followed(folder: Path, tmp_path: Path) -> None:
    """A pipe in the folder does not hang the start, and a link leads nowhere."""
    pipe, link, directory = left_behind(folder, 3)
    outside = tmp_path / "outside.json"
    link.rename(outside)
    link.symlink_to(outside)
    pipe.unlink()
    os.mkfifo(pipe)
    directory.unlink()
    directory.mkdir()
    assert Spool(folder, most=10).recover() == ([], 0)
    assert len(names(folder, ".bad")) == 3


def test_foreign_files_are_left_alone(folder: Path) -> None:
    """What is not named as the spool names its files is none of its business."""
    folder.mkdir(parents=True)
    for name in ("notes.txt", "x.json", "ABCDEF0123456789-00000001.json", "0123456789abcdef.txt"):
        (folder / name).write_text("{}")
    spool = Spool(folder, most=10)
    assert spool.recover() == ([], 0)
    spool.close()
    assert len(list(folder.iterdir())) == 4


def test_a_child_of_a_fork_has_files_of_its_own(folder: Path) -> None:
    """It forgets the parent's token without letting go of the parent's lock."""
    spool = Spool(folder, most=10)
    path = spool.keep(ADDRESS, REPORT)
    assert path is not None
    child = os.fork()
    if not child:
        spool.forget()
        spool.forget()
        own = spool.keep(ADDRESS, REPORT)
        apart = own is not None and own.name[:16] != path.name[:16]
        os._exit(0 if apart and Spool(folder, most=10).recover() == ([], 0) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(spool.recover()[0]) == 1, "the child's, which has ended"
    assert path.exists()


def test_a_folder_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    """At the start, loudly: a spool that was asked for is there."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file: the spool cannot be used: .*; expected a folder"):
        Spool(tmp_path / "file", most=10)


def test_a_folder_that_vanishes_is_not_fatal(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A report that cannot be written is not kept, and the log says why."""
    spool = Spool(folder, most=10)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert spool.keep(ADDRESS, REPORT) is None
    assert "cannot be spooled" in caplog.text
    with pytest.raises(InputError, match="no pin failure report"):
        spool.body(folder / "0123456789abcdef-00000001.json")
    spool.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300) | st.text(alphabet='{}[]":,1versionpt_h/. ').map(str.encode))
def test_any_bytes_are_read_or_put_aside(tmp_path: Path, data: bytes) -> None:
    """No file raises anything but an error with words."""
    spool = Spool(tmp_path, most=10)
    path = tmp_path / "0123456789abcdef-00000001.json"
    path.write_bytes(data)
    with pytest.raises(InputError):
        spool.body(path)
    spool.close()
