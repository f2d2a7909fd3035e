"""Which hosts a certificate is judged for."""

from hypothesis import given
from hypothesis import strategies as st

from keypin.pins import PinSet
from keypin.rotation.names import Name, hosts_of, names_of

PINS = ("sha256/" + "A" * 43 + "=", "sha256/" + "E" + "A" * 42 + "=")


def pins_for(*hosts: str) -> PinSet:
    """Return a pin set for hosts."""
    return PinSet.from_mapping(dict.fromkeys(hosts, PINS))


def test_names_are_canonical(shop) -> None:
    """Names are compared in one form, addresses are names, and what is no host is left out."""
    leaf = shop.chain("active", "API.shop.example", "*.Shop.example", "192.0.2.1", "a_b..c")[0]
    assert names_of(leaf) == ("api.shop.example", "*.shop.example", "192.0.2.1")


def test_exact_names_are_judged_pinned_or_not() -> None:
    """A name of the certificate is judged whether the pin set has it or not."""
    assert hosts_of(["a.shop.example"], pins_for("b.shop.example")) == (
        Name("a.shop.example", "a.shop.example"),
    )


def test_a_wildcard_is_judged_for_each_pinned_host_below_it() -> None:
    """A wildcard covers one label, so the pinned hosts right below are judged, and the rest."""
    pins = pins_for("b.shop.example", "**.a.shop.example", "x.y.shop.example", "*.c.shop.example")
    assert hosts_of(["*.shop.example"], pins) == (
        Name("a.shop.example", "a.shop.example"),
        Name("b.shop.example", "b.shop.example"),
        Name("any-0.shop.example", "*.shop.example"),
    )


def test_the_stand_in_is_nobody() -> None:
    """The host that stands for all others is none that has a policy of its own."""
    found = hosts_of(["*.shop.example"], pins_for("any-0.shop.example"))
    assert found[-1] == Name("any-1.shop.example", "*.shop.example")


def test_a_host_is_judged_once() -> None:
    """A name that the wildcard beside it covers too is one host."""
    found = hosts_of(["a.shop.example", "*.shop.example"], pins_for("a.shop.example"))
    assert [one.shown for one in found] == ["a.shop.example", "*.shop.example"]


@given(st.lists(st.sampled_from(["a.b.example", "*.b.example", "b.example", "*.example"])))
def test_every_name_is_judged(names: list[str]) -> None:
    """No name of a certificate is lost, whatever else it bears."""
    shown = [one.shown for one in hosts_of(names, pins_for("c.b.example", "**.b.example"))]
    assert set(names) <= set(shown)
    assert len(shown) == len(set(shown))
