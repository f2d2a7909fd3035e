"""What a request dials takes few places, and not long."""

import threading

import pytest

from keypin.watch.guarding import Guard, UnresolvedError, Use
from keypin.watch.guarding_sockets import guarded_sockets
from keypin.web.dialling import IN_ALL, OF_ONE, Places, looking_up
from keypin.web.problems import WrongError

# Threads that answer requests, of AnyIO: what is dialled for routes leaves most to others.
THREADS = 40


def test_one_organisation_has_its_places_and_leaves_others() -> None:
    """The sentence says whose are taken; a place is free again afterwards, whatever went wrong."""
    places = Places(1, 2)
    with places.one(1):
        with pytest.raises(WrongError, match=r"1 tests .*your organisation's") as refused:
            with places.one(1):
                pass
        assert (refused.value.status, refused.value.headers) == (429, {"retry-after": "20"})
        with places.one(2), pytest.raises(WrongError, match="which are all places"):
            with places.one(3):
                pass
    with pytest.raises(KeyError), places.one(1):
        raise KeyError
    with places.one(1):
        pass


def test_most_threads_are_left_to_others() -> None:
    """Though every place is taken."""
    assert OF_ONE < IN_ALL < THREADS / 4


def test_a_name_is_looked_up_for_some_seconds(monkeypatch) -> None:
    """The resolver of this machine takes its own time; who asks goes on."""
    with guarded_sockets(None):  # what asks the resolver beneath is in place
        pass
    never = threading.Event()
    beneath = [lambda *_, **__: never.wait(30)]
    monkeypatch.setattr("keypin.watch.guarding_sockets._beneath", beneath)
    with looking_up(0.1), pytest.raises(UnresolvedError, match=r"hooks\.example has no address"):
        Guard().addresses("hooks.example", 443, Use.TELL)
    never.set()
