"""Sources of heads: a file is read when it changed, an address taken when it says something new."""

import os

import pytest

from keypin.errors import InputError
from keypin.monitor import elsewhere as module
from keypin.monitor.client import RefusedError, TooLargeError
from keypin.monitor.elsewhere import HeadAddress, HeadFile


def test_a_file_is_read_when_it_has_changed(tmp_path) -> None:
    """Written on, or replaced by another one of the same length."""
    path = tmp_path / "heads"
    path.write_bytes(b"one")
    source = HeadFile(path)
    assert (source.name, source.read(), source.read()) == (str(path), b"one", None)
    path.write_bytes(b"one more")
    assert (source.read(), source.read()) == (b"one more", None)
    before = path.stat()
    other = tmp_path / "other"
    other.write_bytes(b"one less")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)
    assert (source.read(), source.read()) == (b"one less", None)
    source.again()
    assert source.read() == b"one less"


def test_a_file_that_cannot_be_read(tmp_path) -> None:
    """It is named."""
    with pytest.raises(InputError) as caught:
        HeadFile(tmp_path / "none").read()
    assert str(caught.value) == f"{tmp_path / 'none'}: cannot be read: No such file or directory"


def test_a_file_is_read_no_further_than_a_text_may_be(tmp_path, monkeypatch) -> None:
    """Who reads it sees that it is too large."""
    monkeypatch.setattr(module, "MAX_HEAD_FILE", 4)
    (tmp_path / "heads").write_bytes(b"0123456789")
    assert HeadFile(tmp_path / "heads").read() == b"01234"


def address(server, http, path: str = "checkpoint") -> HeadAddress:
    """Return a path of a served log as a source."""
    return HeadAddress(server.url + path, http, lambda _: None)


def test_an_address_says_something_new_or_nothing(log, grow, serve, http) -> None:
    """The same answer twice is one."""
    server = serve(log)
    source = address(server, http)
    assert source.name == f"{server.url}checkpoint"
    first = source.read()
    assert first.split(b"\n")[1] == b"700"
    assert source.read() is None
    source.again()
    assert source.read() == first
    grow(log, 1)
    assert source.read().split(b"\n")[1] == b"701"


def test_an_address_keeps_its_query(log, serve, http) -> None:
    """What is asked for is asked for, and a fragment is for nobody."""
    server = serve(log)
    address(server, http, "ct/v1/get-sth-consistency?first=5&second=9#x").read()
    assert server.seen[-1].target == "/ct/v1/get-sth-consistency?first=5&second=9"


def test_an_address_without_a_path(log, serve, http) -> None:
    """Its root is asked."""
    server = serve(log)
    with pytest.raises(RefusedError):
        HeadAddress(server.url.rstrip("/"), http, lambda _: None).read()
    assert server.seen[-1].target == "/"


def test_an_answer_has_an_end(log, serve, http, monkeypatch) -> None:
    """A source cannot fill the memory."""
    monkeypatch.setattr(module, "MAX_ANSWER", 10)
    with pytest.raises(TooLargeError, match="an answer of more than 10 bytes"):
        address(serve(log), http).read()
