"""curl's options and .curlrc."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import InputError
from keypin.formats import LossError, form
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin, Role

A, B, C = (Pin(bytes([byte]) * 32, position="leaf") for byte in (1, 2, 3))

CURL = {pin: pin.spell("curl") for pin in (A, B, C)}

LIST = f"{CURL[A]};{CURL[B]}"


def _set(*hosts: str, name: str | None = None, comment: str | None = None) -> PinSet:
    pins = (PolicyPin(A), PolicyPin(B, Role.BACKUP, "kept in the safe"))
    return PinSet(
        [Policy(host=HostPattern(host), pins=pins, comment=comment) for host in hosts], name
    )


def test_what_is_written_for_the_shell() -> None:
    """A call a host, its pins in one quoted list, the backup told above it."""
    text = form("curl").dumps(_set("shop.example", "::1", name="shop", comment="the shop"))
    assert text == (
        "# Pins of shop.\n\n"
        f"# the shop\n# {CURL[B]}: backup: kept in the safe\n"
        f"curl --pinnedpubkey '{LIST}' https://shop.example/\n\n"
        f"# the shop\n# {CURL[B]}: backup: kept in the safe\n"
        f"curl --pinnedpubkey '{LIST}' https://[::1]/\n"
    )


def test_what_is_written_for_curlrc() -> None:
    """The same as a file for -K, with `next` between the requests."""
    text = form("curlrc").dumps(_set("a.example", "b.example"))
    assert text == (
        "# Pins.\n\n"
        f'# {CURL[B]}: backup: kept in the safe\nurl = "https://a.example/"\n'
        f'pinnedpubkey = "{LIST}"\n'
        "\nnext\n\n"
        f'# {CURL[B]}: backup: kept in the safe\nurl = "https://b.example/"\n'
        f'pinnedpubkey = "{LIST}"\n'
    )


def test_subdomains_are_refused() -> None:
    """Curl pins the host of one call."""
    pins = (PolicyPin(A), PolicyPin(B))
    wide = PinSet([Policy(host=HostPattern("a.example", "**."), pins=pins)])
    with pytest.raises(LossError, match="hosts are named one by one"):
        form("curl").dumps(wide)


@pytest.mark.parametrize("form_id", ["curl", "curlrc"])
@given(text=st.text("curl -k:pinedubkyshxt26/;='\"\\\n# "))
def test_any_text(form_id: str, text: str) -> None:
    """Nothing but our own error comes out of any text."""
    with contextlib.suppress(InputError):
        form(form_id).loads(text)
