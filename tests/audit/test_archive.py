"""Zip containers: what a hostile one does is refused by its name."""

import io
import struct
import zipfile

import pytest

from keypin.audit import archive as module
from keypin.audit.archive import Archive
from keypin.audit.unreadable import UnreadableError
from keypin.errors import InputError


def opened(data: bytes) -> Archive:
    """Open an archive of bytes."""
    return Archive(io.BytesIO(data), "app.apk")


def rewritten(data: bytes, row: int, form: str, value: int) -> bytes:
    """Return an archive with a number of its directory's first row changed."""
    start = data.index(b"PK\1\2") + row
    packed = struct.pack(form, value)
    return data[:start] + packed + data[start + len(packed) :]


def test_entries(make_zip) -> None:
    """Files are there by name, folders are not; each can be read whole or in pieces."""
    archive = opened(make_zip({"a/": b"", "a/b.txt": b"text", "c": b""}))
    assert archive.names == ("a/b.txt", "c")
    assert "a/b.txt" in archive
    assert "d" not in archive
    assert archive.size("a/b.txt") == 4
    assert archive.read("a/b.txt") == b"text"
    assert str(archive.place("c", line=3)) == "app.apk!/c:3"


def test_an_archive_in_an_archive(make_zip) -> None:
    """APKs inside are archives of their own; what is in those is no archive any more."""
    inner = make_zip({"x.apk": make_zip({"y": b"1"})})
    archive = opened(make_zip({"base.apk": inner}))
    with archive.nested("base.apk") as nested:
        assert nested.name == "app.apk!/base.apk"
        with pytest.raises(InputError) as error, nested.nested("x.apk"):
            pass
    assert str(error.value) == (
        "app.apk!/base.apk!/x.apk: refused: a zip bomb: archives inside archives inside archives"
    )


def test_an_archive_inside_is_unpacked_where_it_is_told(make_zip, tmp_path, monkeypatch) -> None:
    """And its room is given back; one that is too large gets none."""
    rooms = []

    def room():
        rooms.append((tmp_path / "room").open("w+b"))
        return rooms[-1]

    data = make_zip({"base.apk": make_zip({"y": b"1"})})
    with Archive(io.BytesIO(data), "app.xapk", room=room).nested("base.apk") as nested:
        assert nested.read("y") == b"1"
        assert not rooms[0].closed
    assert rooms[0].closed
    monkeypatch.setattr(module, "MAX_WHOLE", 10)
    refused = pytest.raises(UnreadableError, match="bytes long")
    with refused, Archive(io.BytesIO(data), "app.xapk", room=room).nested("base.apk"):
        pass
    assert len(rooms) == 1


@pytest.mark.parametrize("data", [b"", b"no zip at all", b"PK\5\6" + bytes(10)])
def test_no_archive(data) -> None:
    """What is no archive is told what was expected."""
    with pytest.raises(InputError) as error:
        opened(data)
    assert "app.apk: is no zip archive: " in str(error.value)
    assert str(error.value).endswith("; expected an APK, AAB, XAPK, APKS or IPA")


@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/etc/passwd", "C:evil", "a\\..\\evil", ".."]
)
def test_path_traversal(make_zip, name) -> None:
    """A name that leads out of a folder is refused, although nothing is unpacked here."""
    with pytest.raises(InputError) as error:
        opened(make_zip({name: b""}))
    assert str(error.value) == (
        f"app.apk: refused: path traversal: the entry {name!r} leads out of its folder; "
        "expected names below the archive's own folder"
    )


def test_names_that_stand_twice(make_zip) -> None:
    """Of two entries of one name, two readers take different ones."""
    data = make_zip({"a": b"1", "b": b"2"}).replace(b"b", b"a")
    with pytest.raises(InputError, match="refused: the entry 'a' stands in it twice"):
        opened(data)


def test_encrypted_entries(make_zip) -> None:
    """An app that is shipped is not encrypted."""
    data = rewritten(make_zip({"a": b"1"}), 8, "<H", 1)
    with pytest.raises(InputError, match="refused: the entry 'a' is encrypted"):
        opened(data)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (module.MAX_ENTRY + 1, "a zip bomb: the entry 'a' has 1073741825 bytes"),
        (50_000_000, "a zip bomb: the entry 'a' unpacks to 16666666 times its size"),
    ],
)
def test_bombs_by_size(make_zip, size, text) -> None:
    """An entry has a largest size, and a best compression."""
    data = rewritten(make_zip({"a": b""}), 24, "<I", size)
    data = data if size > module.MAX_ENTRY else rewritten(data, 20, "<I", 3)
    with pytest.raises(InputError) as error:
        opened(data)
    assert text in str(error.value)


def test_a_real_bomb() -> None:
    """Zeros that deflate a thousand times are refused before they are unpacked."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("zeros", bytes(20 * 1024 * 1024))
    with pytest.raises(InputError, match=r"a zip bomb: the entry 'zeros' unpacks to 10.. times"):
        opened(file.getvalue())


def test_bombs_by_sum(make_zip, monkeypatch) -> None:
    """All entries together have a largest size, and a largest number."""
    data = make_zip({"a": b"1", "b": b"2"})
    monkeypatch.setattr(module, "MAX_UNPACKED", 1)
    with pytest.raises(InputError, match="a zip bomb: 2 bytes unpacked; expected at most 1 bytes"):
        opened(data)
    monkeypatch.setattr(module, "MAX_ENTRIES", 1)
    with pytest.raises(InputError, match="a zip bomb: 2 entries; expected at most 1"):
        opened(data)


def test_bombs_of_many_parts(make_zip) -> None:
    """Many entries, none of which is large, unpack to more than an archive of that size may."""
    with pytest.raises(InputError, match=r"a zip bomb: 67[0-9]+ bytes unpacked from [0-9]+; expe"):
        opened(make_zip({str(index): bytes(15_000_000) for index in range(45)}))


def test_bombs_of_archives(make_zip, monkeypatch) -> None:
    """Archives inside count together."""
    monkeypatch.setattr(module, "MAX_UNPACKED", 300)
    inner = make_zip({"x": bytes(250)})
    archive = opened(make_zip({"a.apk": inner, "b.apk": inner}))
    with archive.nested("a.apk"):
        pass
    refused = pytest.raises(InputError, match="a zip bomb: more than 300 bytes in archives inside")
    with refused, archive.nested("b.apk"):
        pass


def test_entries_that_overlap(make_zip) -> None:
    """Entries that share their bytes unpack to more than there is."""
    data = rewritten(make_zip({"a": b"1"}, method=zipfile.ZIP_STORED), 20, "<I", 10_000)
    with pytest.raises(InputError, match="refused: a zip bomb: its entries overlap"):
        opened(data)


def test_a_directory_too_large_to_read(make_zip) -> None:
    """The directory is measured before it is read."""
    data = make_zip({"a": b"1"})
    end = data.rindex(b"PK\5\6") + 12
    large = data[:end] + struct.pack("<I", module.MAX_DIRECTORY + 1) + data[end + 4 :]
    with pytest.raises(InputError, match="refused: a zip bomb: a directory of 33554433 bytes"):
        opened(large)


def test_a_directory_of_zip64_too_large_to_read(make_zip) -> None:
    """The same where the number stands in the record of zip64."""
    data = make_zip({"a": b"1"})
    end = data.rindex(b"PK\5\6")
    record = b"PK\6\6" + bytes(36) + struct.pack("<QQ", 2**40, 0)
    locator = b"PK\6\7" + struct.pack("<IQI", 0, end, 1)
    with pytest.raises(InputError, match="a directory of 1099511627776 bytes"):
        opened(data[:end] + record + locator + data[end:])
    with pytest.raises(InputError, match="is no zip archive"):
        opened(data[:end] + b"no record".ljust(56) + locator + data[end:])


def test_entries_that_cannot_be_read(make_zip) -> None:
    """A broken entry, one of a foreign compression and one that is too large are told so."""
    data = make_zip({"a": b"some text, twice: some text"})
    with pytest.raises(UnreadableError, match="is compressed by method 99; expected stored or"):
        opened(rewritten(data, 10, "<H", 99)).read("a")
    with pytest.raises(UnreadableError, match="a: cannot be unpacked: "):
        opened(rewritten(data, 16, "<I", 7)).read("a")
    with pytest.raises(UnreadableError, match="a: is 27 bytes long; expected at most 5"):
        opened(data).read("a", 5)
