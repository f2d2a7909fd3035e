"""The servers of the shop, as a prober meets them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from keypin.certs import Cause, Endpoint, Observation
from keypin.pins import Pin
from keypin.probe import KeyType, Options, probe_stream
from keypin.trust import trust_from_file
from keypin.watch.demonstration.scenes import API, CDN, CHAT, PAY
from keypin.watch.demonstration.stage import Stage


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return the stage, with its first scenes."""
    folder = tmp_path_factory.mktemp("stage")
    with Stage(folder) as built:
        yield built


def _seen(stage: Stage, host: str) -> Observation:
    options = Options(trust=trust_from_file(stage.ca_file), key_types=(KeyType.ECDSA,))
    return next(iter(probe_stream([Endpoint(host)], options)))


def _key(stage: Stage, host: str) -> str:
    return str(Pin.of_key(_seen(stage, host).handshakes[0].presented[0]))


def test_a_host_shows_what_its_scene_says_at_the_same_address(stage: Stage) -> None:
    """So that a rotation is one change, and not a server gone and another come."""
    before = stage.names.where(PAY)
    assert _key(stage, PAY) == stage.cast.pin("pay")
    stage.show("pay-rotated")
    assert _key(stage, PAY) == stage.cast.pin("pay-backup")
    assert stage.names.where(PAY) == before


def test_a_renewed_certificate_is_in_the_logs_and_on_the_server(stage: Stage) -> None:
    """With the SCTs that the logs gave."""
    sizes = [log.head.size for log in stage.logs if log.head]
    stage.renew("api")
    assert [log.head.size for log in stage.logs if log.head] == [size + 1 for size in sizes]
    assert _key(stage, API) == stage.cast.pin("api")


def test_one_server_of_several_can_show_something_else(stage: Stage) -> None:
    """Which verifies, for its CA is one that everybody trusts."""
    stage.show("cdn", "cdn-intercepted")
    shown = _seen(stage, CDN).handshakes
    assert all(one.verified for one in shown)
    assert len({one.presented[0].spki_sha256 for one in shown}) == 2


def test_a_server_that_is_down_closes_connections(stage: Stage) -> None:
    """And is back when its scene is shown again."""
    stage.show("chat-down")
    assert {one.cause for one in _seen(stage, CHAT).failures} == {Cause.CLOSED}
    stage.show("chat")
    assert _key(stage, CHAT) == stage.cast.pin("chat")


def test_keys_and_ports_hold_over_a_restart(tmp_path: Path) -> None:
    """A shop that was watched yesterday is the same shop today."""
    found: list[tuple[str, object]] = []
    for _ in range(2):
        with Stage(tmp_path) as stage:
            found.append((stage.cast.pin("api"), stage.names.where(API)))
    assert found[0] == found[1]
