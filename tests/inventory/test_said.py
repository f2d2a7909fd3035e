"""What entries say, as the fields of a plan."""

from dataclasses import replace
from datetime import UTC, datetime

from keypin.alerts.toml import rule_of
from keypin.inventory import ReleaseEntry, RuleEntry
from keypin.inventory.said import (
    of_application,
    of_ct,
    of_endpoint,
    of_owner,
    of_release,
    of_route,
    of_rule,
)
from keypin.pins import PinSet


def test_every_entry_says_what_it_says(shop) -> None:
    """Each value of an entry is a field; what is not said is empty."""
    assert of_owner(shop.owners[0]) == {"title": "Platform team", "mail": "platform@example.com"}
    assert of_application(shop.applications[0]) == {
        "title": "Shop for iPhone",
        "platform": "ios",
        "owner": "platform",
        "tags": "mobile",
        "expected_issuers": "letsencrypt.org",
    }
    assert of_endpoint(shop.endpoints[1]) == {
        "interval": "6h",
        "vantage_points": "eu",
        "owner": "platform",
        "tags": "mail",
        "expected_issuers": "Mail CA",
    }
    assert of_ct(shop.ct) == {
        "expected_issuers": "DigiCert, Inc., pki.goog",
        "caa": "true",
        "look_alikes": "false",
    }
    assert of_route(shop.routes[0]) == {
        "url": "env SLACK_URL",
        "severity": "error",
        "owners": "platform",
        "tags": "mobile",
    }
    assert of_rule(shop.rules[0]) == {"routes": "on-call"}
    table = {"name": "a", "ignore": True, "when": {"tags": ["b", "c"]}}
    assert of_rule(RuleEntry(rule=rule_of(table))) == {
        "when": '{ tags = ["b", "c"] }',
        "ignore": "true",
    }


def test_a_release_says_its_policies(shop, pinned) -> None:
    """Each policy is a field on one line; pins that were not read are told by their file."""
    unread, read = shop.applications[0].releases
    assert of_release(unread) == {
        "released": "2026-05-01",
        "share": "0.41",
        "pins": "in pins/3.2.toml",
    }
    found = of_release(read)
    assert found["share"] == "measured"
    pins = [entry.pin for entry in read.pin_set.policies[0].pins]
    assert found["pins for api.example.com"] == (
        f'pins = [ "{pins[0]}", ]; backup_pins = [ "{pins[1]}", ]'
    )
    expires = datetime(2027, 6, 1, tzinfo=UTC)
    below = pinned(1, 2, host="**.example.com", expires=expires, comment="\n  a")
    said = of_release(ReleaseEntry(version="1", pin_set=below))["pins for **.example.com"]
    assert said.endswith('; expires = 2027-06-01T00:00:00Z; comment = "\\n  a"')


def test_what_means_nothing_is_not_said(shop, pinned) -> None:
    """A title that is the name; the order of policies, and what a pin set is called."""
    same = replace(shop.applications[0], title="shop-ios")
    assert of_application(same)["title"] == ""
    policies = [pinned(1, 2, host=host).policies[0] for host in ("a.example", "b.example")]
    one, other = (
        ReleaseEntry(version="1", pin_set=PinSet(given, name=name))
        for given, name in ((policies, "shop"), (policies[::-1], None))
    )
    assert of_release(one) == of_release(other)
