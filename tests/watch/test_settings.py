"""Settings come from the command line, then from the environment, then from us."""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from keypin.errors import InputError
from keypin.watch.settings import Part, Settings


def test_a_setting_that_is_given_wins_over_the_environment() -> None:
    """What stands in the command is what somebody means now."""
    settings = Settings.read({"KEYPIN_PORT": "1"}, port=2, host=None)
    assert (settings.port, settings.host) == (2, "127.0.0.1")


def test_the_environment_says_the_rest() -> None:
    """Each setting has its variable."""
    environment = {
        "KEYPIN_DATA": "/srv/keypin",
        "KEYPIN_PARTS": "web, alerts",
        "KEYPIN_INTERNAL": "10.0.0.0/8 fd00::/8",
        "KEYPIN_KEEP_REPORTS": "30",
        "KEYPIN_CHECK": "yes",
        "KEYPIN_OTHER": "is nobody's",
    }
    settings = Settings.read(environment)
    assert settings.parts == {Part.WEB, Part.ALERTS}
    assert settings.internal == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
    assert settings.keep_reports == timedelta(days=30)
    assert settings.check
    assert settings.key_file == Path("/srv/keypin/keys")
    assert settings.database_url == "sqlite:////srv/keypin/keypin.db"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "70000"),
        ("PARTS", "prober kitchen"),
        ("PARTS", " "),
        ("INTERNAL", "10.0.0.1/8"),
        ("KEEP_REPORTS", "0"),
        ("CHECK", "perhaps"),
        ("ADDRESSES", "all"),
        ("RESOLVER", "dns.example.com"),
        ("RESOLVER", "10.0.0.53:dns"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_with_its_variable(name, text) -> None:
    """And with what could be."""
    with pytest.raises(InputError, match=f"KEYPIN_{name}"):
        Settings.read({f"KEYPIN_{name}": text})


@pytest.mark.parametrize(
    ("text", "resolver"),
    [
        ("10.0.0.53", ("10.0.0.53", 53)),
        ("10.0.0.53:5353", ("10.0.0.53", 5353)),
        ("fd00::53", ("fd00::53", 53)),
        ("[fd00::53]:5353", ("fd00::53", 5353)),
    ],
)
def test_a_resolver_may_have_a_port(text, resolver) -> None:
    """Of either kind of address."""
    assert Settings.read({"KEYPIN_RESOLVER": text}).resolver == resolver


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "http://127.0.0.1:8443"),
        ({"host": "::1", "port": 80}, "http://[::1]:80"),
        ({"host": "0.0.0.0"}, "http://localhost:8443"),  # noqa: S104 - nothing listens
        ({"host": "::"}, "http://localhost:8443"),
        ({"public_url": "https://pins.example.com/"}, "https://pins.example.com"),
    ],
    ids=["nothing", "an IPv6 address", "all of IPv4", "every address", "a public address"],
)
def test_links_begin_with_where_people_reach_the_service(given, url) -> None:
    """Behind a proxy that is another place than where it listens."""
    assert Settings(**given).base_url == url
