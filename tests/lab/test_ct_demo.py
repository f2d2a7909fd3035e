"""The log that `keypin lab log` shows has what it says, and grows."""

from keypin.lab.ct_demo import Demo


def test_it_grows() -> None:
    """Each entry is of another name, and each growth has a head of its own."""
    demo = Demo(3)
    demo.grow()
    assert [head.size for head in demo.log.heads] == [3, 4]
    assert b"host3.keypin.test" in demo.log.entries[3].der
