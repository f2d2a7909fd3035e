"""What CAA says is asked of the DNS, and delays no news for long."""

from keypin.ct.caa import NotKnown, RecordSet
from keypin.errors import InputError
from keypin.watch.transparency.asking import Asking


class Seconds:
    """Seconds that pass when they are told to."""

    now = 100.0

    def __call__(self) -> float:
        """Tell them."""
        return self.now


def test_a_resolver_that_is_silent_is_left_alone_for_a_minute() -> None:
    """A burst of certificates does not wait for it one by one."""
    seconds, asked = Seconds(), list[str]()

    def lookup(name: str) -> NotKnown:
        asked.append(name)
        return NotKnown(f"nothing is known of {name}")

    asking = Asking(lookup, seconds)
    assert asking(["a.example", "b.example"]) == {
        "a.example": NotKnown("nothing is known of a.example"),
        "b.example": NotKnown("the DNS did not answer within the last minute"),
    }
    seconds.now += 61
    asking(["c.example"])
    assert asked == ["a.example", "c.example"]


def test_where_there_is_no_resolver_that_is_said() -> None:
    """As what is not known."""

    def lookup(name: str) -> RecordSet:
        raise InputError(f"no DNS resolver for {name}")

    assert Asking(lookup)(["a.example"]) == {"a.example": NotKnown("no DNS resolver for a.example")}
