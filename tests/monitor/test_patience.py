"""How long a person waits for a log, and what is said when that was too long."""

import pickle
import socket
from time import monotonic

import httpx2
import pytest

from keypin.monitor.client import Client, RefusedError, StoppedError
from keypin.monitor.patience import patient


def test_pauses_that_are_short_enough_are_made() -> None:
    """A pause within the time is a pause."""
    pause = patient(5)
    began = monotonic()
    pause(0.01)
    assert monotonic() - began >= 0.01


def test_a_pause_that_would_end_too_late_is_not_begun() -> None:
    """Nobody waits for what comes too late; without a pause there is always one try."""
    pause = patient(0.5)
    with pytest.raises(StoppedError, match=r"^no answer within 0\.5 s$"):
        pause(60)
    patient(0)(0)


def test_what_was_seen_until_then_is_told(http: httpx2.Client) -> None:
    """A client that gives up says at which address, and why there was no answer before."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    client = Client(f"http://127.0.0.1:{port}", http, patient(0.01))
    with pytest.raises(StoppedError) as caught:
        client.get("ct/v1/get-sth", 100)
    assert str(caught.value).startswith(f"http://127.0.0.1:{port}/ct/v1/get-sth: ")
    assert "Connection refused" in str(caught.value)
    assert str(caught.value).endswith("; no answer within 0.01 s")


def test_a_refusal_goes_from_one_process_to_another() -> None:
    """It arrives with its text and its status."""
    there = pickle.loads(pickle.dumps(RefusedError("http://a/b: answered 404 Not Found", 404)))  # noqa: S301 - our own bytes
    assert (str(there), there.status) == ("http://a/b: answered 404 Not Found", 404)
