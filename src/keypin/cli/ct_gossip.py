"""Heads of logs from elsewhere, for verbs that follow logs: `--gossip` and `--witness`."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keypin.cli import options as common
from keypin.errors import InputError, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from keypin.ct.log_list import ListedLog
    from keypin.ct.note import NoteKey
    from keypin.ct.witness import Quorum
    from keypin.monitor.elsewhere import Elsewhere
    from keypin.monitor.monitor import Monitor
    from keypin.monitor.store import Store

options = common.stacked(
    click.option(
        "--gossip",
        multiple=True,
        metavar="FILE|URL",
        help="Compare with the tree heads that this shows, each time anew; repeat for several.",
    ),
    click.option(
        "--witness",
        "witnesses",
        multiple=True,
        metavar="VKEY|FILE",
        help="Tell of checkpoints that this witness did not cosign; repeat for several.",
    ),
    click.option(
        "--quorum",
        type=click.IntRange(min=1),
        metavar="N",
        help="How many of the witnesses are enough. Default: all of them.",
    ),
)
"""The options by which heads from elsewhere are named."""


@contextmanager
def gossiping(
    monitor: "Monitor",
    store: "Store",
    listed: "Iterable[ListedLog]",
    http: "httpx2.Client",
    *,
    gossip: Sequence[str],
    witnesses: Sequence[str],
    quorum: int | None,
    interval: float,
    once: bool,
) -> Generator[None]:
    """Compare what logs say with what is heard of them elsewhere, inside the block.

    Enter it before the monitor starts, and leave it when the monitor has stopped. What an earlier
    run has heard and not compared is compared too, whatever the options.

    Args:
        monitor: what follows the logs.
        store: its state.
        listed: the logs that it follows.
        http: the connections to use.
        gossip: the files and addresses.
        witnesses: keys, and files of keys.
        quorum: how many of the witnesses are enough; None for all.
        interval: seconds between two looks at a source.
        once: whether each source is asked once, before the block, with little patience.

    Raises:
        InputError: a source, a key or a file of keys cannot be used.
    """
    from keypin.monitor.comparer import Comparer
    from keypin.monitor.gossip import Gossip
    from keypin.monitor.hearing import PATIENCE
    from keypin.monitor.hearsay import Hearsay
    from keypin.monitor.patience import patient

    comparer = Comparer(Hearsay(store), quorum_of(witnesses, quorum), once=once)
    keys = {log.log_id: log.key for log in listed}
    patience = timedelta(0) if once else PATIENCE
    talk = Gossip(store, keys, comparer, patience=patience)
    pause = patient() if once else talk.pause
    sources = [source(one, http, pause) for one in gossip]
    monitor.comparing = comparer
    if once or not sources:
        talk.ask(sources)
        yield
    else:
        with talk.going(sources, interval):
            yield


def source(text: str, http: "httpx2.Client", pause: "Callable[[float], None]") -> "Elsewhere":
    """Return a source of heads by what the user wrote.

    Args:
        text: the file or address.
        http: the connections to use.
        pause: what its client waits with.

    Raises:
        InputError: there is no such file.
    """
    from keypin.monitor.elsewhere import HeadAddress, HeadFile

    if text.startswith(("https://", "http://")):
        return HeadAddress(text, http, pause)
    if not _is_there(text):
        raise InputError(
            "is no file that is there",
            expected="a file of tree heads, or an address with https://",
            next_step="write one: keypin ct heads",
            place=Place(file=text),
        )
    return HeadFile(Path(text))


def quorum_of(witnesses: Sequence[str], needed: int | None) -> "Quorum | None":
    """Return who is to cosign checkpoints; None where no witness is named.

    Raises:
        InputError: a key or file cannot be used, or the number is none of them.
    """
    from keypin.ct.witness import Quorum

    if not witnesses:
        if needed is not None:
            raise InputError("--quorum without --witness", next_step="name the witnesses")
        return None
    return Quorum.of((key for text in witnesses for key in _keys(text)), needed)


def _keys(text: str) -> "list[NoteKey]":
    """Return the key that a text is, or those that are in the file of that name."""
    from keypin.cli.files import display_name, read_bytes
    from keypin.ct.witness import witness_key, witness_keys

    if "+" in text and not _is_there(text):
        return [witness_key(text)]
    return witness_keys(read_bytes(text).decode("utf-8", "replace"), name=display_name(text))


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:  # a name that is too long
        return False
