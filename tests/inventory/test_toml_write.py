"""Writing `keypin.toml`: one form, and read back as the same."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keypin.inventory import Inventory, Kept, PinFile, Reference, dumps, loads


def test_canonical_form(shop, text: str) -> None:
    """The canonical form has a fixed order, and leaves out what is as usual."""
    assert dumps(shop) == text


def test_an_inventory_may_be_empty() -> None:
    """There is an organisation, and nothing that it watches yet."""
    assert dumps(Inventory(organisation="shop")) == 'version = 1\norganisation = "shop"\n'


def test_what_is_said_beside_a_file_is_written(shop) -> None:
    """A file's form and host stand beside its path."""
    application = shop.applications[0]
    file = PinFile(path="a.txt", form="okhttp-kotlin", host="example.com")
    release = replace(application.releases[0], file=file)
    written = dumps(replace(shop, applications=(replace(application, releases=(release,)),)))
    assert 'pins = "a.txt"\nform = "okhttp-kotlin"\nhost = "example.com"\n' in written


def test_each_kind_of_reference_is_written(shop) -> None:
    """The environment, the store of secrets, and, if asked for, the address itself."""

    def written(kept: Kept, name: str) -> str:
        route = replace(shop.routes[0], url=Reference(kept, name))
        return dumps(replace(shop, routes=(route,)))

    assert 'url = { secret = "slack" }\n' in written(Kept.SECRET, "slack")
    assert 'url = "slack://token"\n' in written(Kept.INLINE, "slack://token")


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_round_trip(inventories, data) -> None:
    """What is written is read back as the same."""
    inventory = data.draw(inventories)
    assert loads(dumps(inventory), inline_urls=True) == inventory
