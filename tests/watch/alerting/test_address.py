"""Addresses: webhooks with their keys, and services; what is neither says why."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import InputError
from keypin.watch.alerting.address import Service, Webhook, new_key, parse

KEY = "k" * 32


def test_a_webhook_has_its_key_in_the_fragment() -> None:
    """The key is no part of what is dialled, and neither path nor key is shown."""
    found = parse(f"https://hooks.example.com:8443/s3cret#{KEY}")
    assert isinstance(found, Webhook)
    assert found.url == "https://hooks.example.com:8443/s3cret"
    assert found.keys == (KEY.encode(),)
    assert found.shown == "https://hooks.example.com:8443/…"
    assert "s3cret" not in found.shown
    assert KEY not in repr(found)


def test_a_key_is_replaced_by_two() -> None:
    """While a key is replaced both sign."""
    found = parse(f"https://hooks.example.com/#{new_key()},{KEY}")
    assert isinstance(found, Webhook)
    assert found.keys[1] == KEY.encode()


def test_all_else_is_a_service() -> None:
    """What is no webhook is read by Apprise."""
    assert isinstance(parse("ntfys://alerts"), Service)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("", "empty", id="nothing"),
        pytest.param("https://a.example/ b#" + KEY, "blanks", id="blank"),
        pytest.param("https://a.example/\n#" + KEY, "control", id="line break"),
        pytest.param("https://a.example/#" + "k" * 5000, "too long", id="too long"),
        pytest.param("https://a.example/", "without a key", id="no key"),
        pytest.param("https://a.example/#short", "too short", id="short key"),
        pytest.param(f"https://a.example/#{KEY},short", "too short", id="second key short"),
        pytest.param(f"https:///path#{KEY}", "without a host", id="no host"),
        pytest.param(f"https://a.example:99999/#{KEY}", "without a host", id="no port"),
        pytest.param(f"https://[::1#{KEY}", "without a host", id="half an address"),
        pytest.param("no address", "blanks", id="words"),
        pytest.param("hooks.example.com", "no service", id="no scheme"),
    ],
)
def test_what_is_no_address_says_why(text: str, why: str) -> None:
    """Each refusal is one sentence, and shows nothing of the address."""
    with pytest.raises(InputError, match=why):
        parse(text)


@given(
    st.sampled_from(("", "http://", "https://", "https://[", "json://", "mailto://", "slack://")),
    st.text(max_size=60),
    st.sampled_from(("", f"#{KEY}", f"/?template=x#{KEY}")),
)
def test_any_text_is_an_address_or_says_why(scheme: str, text: str, end: str) -> None:
    """Whatever somebody types, the answer is an address or a sentence."""
    with suppress(InputError):
        assert parse(scheme + text + end).shown
