import pytest


@pytest.mark.parametrize(("begin", "end"), [(0, 256), (0, 1), (100, 200), (255, 256)])
def test_a_part_has_what_the_whole_has(real_log, begin, end) -> None:
    """Hashes, leaves and entries, by their places in the log."""
    whole = real_log.blocks()[1]
    part = whole.part(256 + begin, 256 + end)
    assert (part.first, part.end, len(part)) == (256 + begin, 256 + end, end - begin)
    assert part.hashes == whole.hashes[begin:end]
    assert part.leaves() == whole.leaves()[begin:end]
    assert list(part.entries()) == [whole.entry(n) for n in range(begin, end)]


def test_a_part_of_all_is_the_block_itself(real_log) -> None:
    """Nothing is copied."""
    whole = real_log.blocks()[0]
    assert whole.part(0, 256) is whole
