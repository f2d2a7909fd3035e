"""A fleet run: the journal, its interruption at any byte, the file of hosts."""

from pathlib import Path

import pytest

from keypin.certs import Cause
from keypin.errors import InputError
from keypin.lab import Lab
from keypin.probe import (
    Dial,
    KeyType,
    Options,
    Progress,
    check_targets,
    read_journal,
    run_fleet,
)
from keypin.trust import trust_from_file

CHECK_EVERY = 97


@pytest.fixture
def options(lab: Lab) -> Options:
    """Dial loopback for every name."""
    return Options(
        trust=trust_from_file(lab.ca_file),
        key_types=(KeyType.DEFAULT,),
        connect=(Dial("127.0.0.1"),),
    )


@pytest.fixture
def hosts(lab: Lab, tmp_path: Path) -> Path:
    """Write a file of a good, a bad and an expired server, with a comment and a double."""
    file = tmp_path / "hosts"
    good, bad, old = lab["good-ecdsa"], lab["garbage"], lab["expired"]
    file.write_text(
        f"# three\n\n{good.host}:{good.port} # good\na.example:{bad.port}\n"
        f"{old.host}:{old.port}\n{good.host}:{good.port}\n"
    )
    return file


def test_a_journal_holds_all_that_was_seen(hosts: Path, options: Options, tmp_path: Path) -> None:
    """Each endpoint once, readable back, with progress told."""
    told: list[Progress] = []
    end = run_fleet(hosts, tmp_path / "j", options, on_progress=told.append)
    assert (end.total, end.done, end.failed) == (3, 3, 1)
    assert [progress.done for progress in told] == [0, 1, 2, 3]
    seen = {each.endpoint: each for each in read_journal(tmp_path / "j")}
    assert len(seen) == 3
    assert [each.failures[0].cause for each in seen.values() if each.failures] == [Cause.NOT_TLS]
    told_by_endpoint = {each.latest.endpoint: each.latest for each in told if each.latest}
    for endpoint, each in seen.items():
        before = told_by_endpoint[endpoint]
        assert (each.at, each.failures, each.chains) == (
            before.at,
            before.failures,
            before.chains,
        )
        assert [h.presented for h in each.handshakes] == [h.presented for h in before.handshakes]
        assert [str(h.problem) for h in each.handshakes] == [
            str(h.problem) for h in before.handshakes
        ]


def test_a_run_resumes_from_any_byte(hosts: Path, options: Options, tmp_path: Path) -> None:
    """However much of the journal was written, no finished host is lost or repeated."""
    whole = tmp_path / "whole"
    run_fleet(hosts, whole, options)
    data = whole.read_bytes()
    ends = {0, len(data), len(data) - 1, data.index(b"\n"), data.index(b"\n") + 1}
    torn = tmp_path / "torn"
    for size in sorted(ends | set(range(0, len(data), len(data) // 7 + CHECK_EVERY))):
        torn.write_bytes(data[:size])
        kept = data[: data.rfind(b"\n", 0, size) + 1]
        run_fleet(hosts, torn, options)
        assert torn.read_bytes().startswith(kept)
        assert len({each.endpoint for each in read_journal(torn)}) == 3
        assert len(list(read_journal(torn))) == 3


def test_a_torn_line_is_not_read(hosts: Path, options: Options, tmp_path: Path) -> None:
    """Reading a journal that is being written leaves out its last, unfinished line."""
    file = tmp_path / "j"
    run_fleet(hosts, file, options)
    file.write_bytes(file.read_bytes()[:-1])
    assert len(list(read_journal(file))) == 2


def test_a_foreign_file_is_no_journal(hosts: Path, options: Options, tmp_path: Path) -> None:
    """A file of something else is refused before a byte of it is changed."""
    file = tmp_path / "j"
    file.write_bytes(b'{"precious": true}\n')
    with pytest.raises(InputError) as caught:
        run_fleet(hosts, file, options)
    assert str(caught.value) == (
        f"{file}:1: the line is no observation; expected a journal of version 1; "
        "name a new file for the journal"
    )
    assert file.read_bytes() == b'{"precious": true}\n'


def test_bad_lines_are_reported_with_their_number(options: Options, tmp_path: Path) -> None:
    """A bad line stops the run before it begins, unless the caller takes its error."""
    hosts = tmp_path / "hosts"
    hosts.write_bytes(b"ok.invalid\nnot a host\n\xff\n" + b"x" * 10_000 + b"\n")
    with pytest.raises(InputError, match=f"^{hosts}:2: "):
        run_fleet(hosts, tmp_path / "j", options)
    bad: list[InputError] = []
    small = Options(trust=options.trust, key_types=options.key_types)
    end = run_fleet(hosts, tmp_path / "j", small, on_bad_line=bad.append)
    assert [error.place.line for error in bad if error.place] == [2, 3, 4]
    assert end.done == 1
    assert check_targets(hosts)[0] == 1


def test_files_that_cannot_be_read_are_named(options: Options, tmp_path: Path) -> None:
    """A missing file of hosts and an unusable journal say so."""
    with pytest.raises(InputError, match="the file of hosts cannot be read"):
        run_fleet(tmp_path / "none", tmp_path / "j", options)
    (tmp_path / "hosts").write_text("a.invalid\n")
    with pytest.raises(InputError, match="the journal cannot be used"):
        run_fleet(tmp_path / "hosts", tmp_path, options)
    with pytest.raises(InputError, match="the journal cannot be used"):
        list(read_journal(tmp_path / "none"))
