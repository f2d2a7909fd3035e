"""`--gossip`, `--witness` and `--quorum`, around a monitor as `keypin ct watch` has one."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
import httpx2
import pytest
from click.testing import CliRunner

from keypin.cli import ct_gossip
from keypin.ct.head import TreeHead
from keypin.ct.head_file import dumps
from keypin.ct.log_list import LogList
from keypin.errors import InputError
from keypin.lab.ct_api import STATIC, CtApi
from keypin.lab.ct_key import Witness
from keypin.lab.ct_list import log_list
from keypin.lab.ct_log import CtLog
from keypin.lab.ct_server import CtServer
from keypin.monitor.logs import followed
from keypin.monitor.monitor import Monitor
from keypin.monitor.store import Store

WITNESSES = [Witness("w1.example"), Witness("w2.example")]


@pytest.fixture
def server() -> Iterator[CtServer]:
    """Return a static log of nine entries, which one of two witnesses cosigns."""
    log = CtLog("A log", witnesses=WITNESSES[:1])
    log.extend([(n, b"x", None, None) for n in range(9)])
    log.publish(datetime.now(UTC))
    with CtServer(CtApi(log, STATIC)) as server:
        yield server


@pytest.fixture
def forked(server, tmp_path) -> Path:
    """Return a file with a head that the log showed to somebody else."""
    log = server.api.log
    said = log.head._replace(root=b"x" * 32)
    head = TreeHead(*said, log.signed(said))
    file = tmp_path / "theirs.jsonl"
    file.write_text(dumps(log.signer.log_id, "", head) + "\n")
    return file


@pytest.fixture
def watch(server, tmp_path) -> Callable[..., list[str]]:
    """Return a function that follows the log, and returns what was alarmed of."""
    listed = LogList.loads(json.dumps(log_list([server], datetime.now(UTC)))).logs

    def run(
        *,
        until: int = 0,
        once: bool = True,
        gossip: tuple[str, ...] = (),
        witnesses: tuple[str, ...] = (),
        quorum: int | None = None,
    ) -> list[str]:
        found = list[str]()
        with (
            closing(Store(tmp_path / "state")) as store,
            httpx2.Client(trust_env=False, timeout=5) as http,
        ):
            monitor = Monitor(store, lambda *_: (), once=once, interval=0.01)
            with ct_gossip.gossiping(
                monitor,
                store,
                listed,
                http,
                gossip=gossip,
                witnesses=witnesses,
                quorum=quorum,
                interval=0.01,
                once=once,
            ):
                monitor.start([followed(one, http, monitor.pause) for one in listed])
                deadline = 1000
                while monitor.running() and (once or len(found) < until) and deadline:
                    deadline -= 1
                    monitor.wait(0.01)
                    found += _told(store)
                monitor.stop()
            return found + _told(store)

    return run


def _told(store: Store) -> list[str]:
    news = store.take()
    store.told(news)
    return [json.loads(one.body)["id"] for one in news]


def test_the_options_as_a_verb_has_them(server, forked) -> None:
    """Each may be given several times but the number."""

    @click.command()
    @ct_gossip.options
    def verb(*, gossip: tuple[str, ...], witnesses: tuple[str, ...], quorum: int | None) -> None:
        click.echo(f"{len(gossip)} {len(witnesses)} {quorum}")

    run = CliRunner().invoke
    url = f"{server.url}checkpoint"
    assert run(verb, []).output == "0 0 None\n"
    both = ["--gossip", str(forked), "--gossip", url, "--witness", "x", "--quorum", "1"]
    assert run(verb, both).output == "2 1 1\n"
    assert run(verb, ["--quorum", "0"]).exit_code == 2


def test_once_compares_before_it_ends(watch, forked) -> None:
    """The sources are asked first, so that a run that ends has compared."""
    assert watch() == []
    assert watch(gossip=(str(forked),)) == ["ct-fork"]
    assert watch(gossip=(str(forked),)) == []


def test_a_watch_compares_as_it_goes(watch, forked, server) -> None:
    """Files and addresses, in a thread that ends with the watch."""
    sources = (str(forked), f"{server.url}checkpoint")
    assert watch(once=False, until=1, gossip=sources) == ["ct-fork"]


def test_what_was_heard_is_compared_without_sources_too(watch, tmp_path, server) -> None:
    """A head that an earlier run could not compare is not forgotten when the option is."""
    log = server.api.log
    log.append(log.entries[0])
    said = log.publish(datetime.now(UTC))._replace(root=b"x" * 32)
    log.heads.pop()
    file = tmp_path / "larger.jsonl"
    file.write_text(dumps(log.signer.log_id, "", TreeHead(*said, log.signed(said))))
    assert watch(gossip=(str(file),)) == []
    log.publish(datetime.now(UTC))
    assert watch(once=False, until=1) == ["ct-fork"]


def test_once_tells_at_once_that_a_source_says_nothing(watch, server) -> None:
    """There is no later."""
    assert watch(gossip=(f"{server.url}nothing",)) == ["ct-gossip-source"]


def test_witnesses_by_key_and_by_file(watch, tmp_path) -> None:
    """All of them are needed, if a number does not say otherwise."""
    file = tmp_path / "witnesses"
    file.write_text(f"# ours\n{WITNESSES[1].vkey}\n")
    both = (WITNESSES[0].vkey, str(file))
    assert watch(witnesses=both, quorum=1) == []
    assert watch(witnesses=both) == ["ct-not-witnessed"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"gossip": ("none",)},
         "none: is no file that is there; expected a file of tree heads, or an address with"
         " https://; write one: keypin ct heads"),
        ({"gossip": ("n" * 5000,)}, "n" * 5000 + ": is no file that is there; "),
        ({"quorum": 1}, "--quorum without --witness; name the witnesses"),
        ({"witnesses": ("none",)},
         "none: cannot be read: No such file or directory; check the name and the permissions"),
        ({"witnesses": ("a+b+c",)}, "a key that is no base64; expected base64"),
        ({"witnesses": (WITNESSES[0].vkey,), "quorum": 2},
         "a quorum of 2; expected 1 to 1 witnesses"),
    ],
)  # fmt: skip
def test_what_cannot_be_used(watch, options, complaint) -> None:
    """It is told before anything is followed."""
    with pytest.raises(InputError) as caught:
        watch(**options)
    assert str(caught.value).startswith(complaint)
