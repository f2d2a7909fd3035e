"""What a request's target means, where no client would send it so."""

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.ct.certstream import Kind, Origin
from keypin.ct.entry import read_tile
from keypin.errors import InputError
from keypin.lab.ct_entry import Logged
from keypin.monitor.stream import Stream
from keypin.monitor.stream_hub import Batch, Hub
from keypin.monitor.stream_pages import NoStreamError, Pages, asked


@pytest.mark.parametrize("target", ["//[", "*", "/latest.json", "/FULL-STREAM"])
def test_a_target_may_be_no_stream(target) -> None:
    """The error says what was expected."""
    with pytest.raises(NoStreamError, match=r"expected /"):
        asked(target)


@pytest.mark.parametrize(
    ("target", "kind"),
    [("", Kind.LITE), ("/?", Kind.LITE), ("/full-stream/", Kind.FULL), ("//x", Kind.LITE)],
)
def test_a_target_may_end_with_a_slash(target, kind) -> None:
    """Some clients put one there."""
    assert asked(target) == (kind, None, False)


def test_a_page_whose_path_is_none() -> None:
    """It is a bad request."""
    page = asyncio.run(Pages(Hub(), str).page("GET", "//["))
    assert (page.status, page.body) == (400, b"no path: Invalid IPv6 URL; expected /\n")


def test_an_example_has_something_to_say() -> None:
    """A certificate that names nothing is no example of names."""
    hub = Hub()
    tile = read_tile(Logged(1000, b"no certificate").tile_leaf, 0, 1)
    origin = Origin("a log", "https://log.example/", tiled=False)
    with Stream(hub, str):
        hub.publish(Batch(origin, tile, 1.0, True, lambda entry: entry.issuers))
        while not hub.latest:
            pass
    for path, status in (("/example.json", 200), ("/domains-only/example.json", 503)):
        assert asyncio.run(Pages(hub, str).page("GET", path)).status == status


@given(st.text(max_size=60).map("/".__add__) | st.text(max_size=60).map("/?domains=".__add__))
def test_no_target_is_trouble(target) -> None:
    """Whatever it is, it is a stream or an error of ours."""
    with suppress(InputError):
        assert asked(target).kind in Kind
