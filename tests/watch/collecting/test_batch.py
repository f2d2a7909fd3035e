"""What is acknowledged together is one batch."""

import pytest

from keypin.errors import ReportFormatError
from keypin.watch.collecting.batch import pack, unpack, zstd


def test_a_batch_is_read_back_as_it_was(field_) -> None:
    """With everything that is kept of each entry."""
    entries = [field_.entry(source=1), field_.entry(source=2, host="b.example.com")]
    assert unpack(pack(entries)) == entries


def test_repetitions_take_little_room(field_) -> None:
    """A storm of one event is mostly the same certificates."""
    entries = [field_.entry(source=number) for number in range(100)]
    assert len(pack(entries)) < sum(len(one.body) for one in entries) / 20


@pytest.mark.parametrize("bytes_", [b"", b"not zstd", zstd.compress(b"\xc1"), zstd.compress(b"[]")])
def test_what_is_no_batch_is_told(bytes_) -> None:
    """Storage outlives the program that wrote it."""
    with pytest.raises(ReportFormatError, match="no batch"):
        unpack(bytes_)
