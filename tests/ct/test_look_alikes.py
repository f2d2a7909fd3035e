import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.ct.look_alikes import likeness, registered, spellings
from keypin.pins import canonical_host


def test_spellings_are_of_the_registered_label() -> None:
    """What is below it is of no matter; the suffix stays."""
    found = spellings("www.paypal.co.uk")
    assert {
        "paypa1.co.uk",
        "paypai.co.uk",
        "p4ypa1.co.uk",
        "apypal.co.uk",
        "paypall.co.uk",
    } <= found
    assert {"pay-pal.co.uk", "paypl.co.uk"} <= found
    assert "paypal.co.uk" not in found
    assert all(canonical_host(one) == one for one in found)


def test_of_a_short_label_there_are_no_slips() -> None:
    """They are other people's names."""
    assert spellings("abc.com") == {"4bc.com", "a8c.com", "48c.com"}
    assert spellings("xyz") == {"xy2"}


@pytest.mark.parametrize(
    "written",
    [
        "p\u0430ypal.com",
        "\u0440\u0430\u0443\u0440\u0430\u04cf.com",
        "p\u00e0ypal.com",
        "paypai.com",
    ],
)
def test_what_looks_like_a_name(written) -> None:
    """In letters of other scripts, with accents, with l like i."""
    assert likeness(canonical_host(written)) == likeness("paypal.com")


@pytest.mark.parametrize("name", ["xn--999999999999.com", "b\u00fccher.com", "paypals.com"])
def test_what_does_not(name) -> None:
    """Another name, or what only says that it is an A-label."""
    assert likeness(name if name.isascii() else idna.encode(name).decode()) != likeness(
        "paypal.com"
    )


@given(st.text(alphabet="abcmnoilwv0-15.x", min_size=1, max_size=30))
def test_any_name_has_a_likeness_and_spellings(name) -> None:
    """None of them is the name, or longer than a label may be."""
    assert likeness(name)
    assert all(len(one.partition(".")[0]) <= 63 for one in spellings(name))
    assert name not in spellings(name)


def test_what_was_registered_is_below_a_public_suffix() -> None:
    """A public suffix, which nobody registers, is itself."""
    assert registered("www.api.example.co.uk") == "example.co.uk"
    assert registered("example.com") == "example.com"
    assert registered("co.uk") == "co.uk"
