"""The next dates come of endpoints, of policies in the field, of plans and of forecasts."""

import base64
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO

import pytest

from keypin.alerts import Subject
from keypin.certs import Endpoint
from keypin.findings import Severity
from keypin.inventory.entries import Application, Owner, WatchedEndpoint
from keypin.watch.alerting.deadlines import gather
from keypin.watch.inventory import applications, endpoints, owners, read_upload
from keypin.watch.inventory.pushing import push
from keypin.watch.inventory.shelf import Shelf
from keypin.watch.store.tables import endpoints as endpoint_table
from keypin.watch.store.tables import plans


@pytest.fixture
def dated(any_alerted):
    """Return an organisation in which an endpoint, a policy and a plan have their days."""
    now = any_alerted.now
    with any_alerted.database.begin(1) as scope:
        owners.add(scope, Owner(name="web"))
        entry = WatchedEndpoint(endpoint=Endpoint("api.example.com"), owner="web")
        endpoints.add(scope, entry, at=now)
        ends = endpoint_table.update().where(endpoint_table.c.organisation == 1)
        scope.execute(ends.values(expires_at=now + timedelta(days=40)))
        applications.add(scope, Application(name="shop", owner="web"), at=now)
        for version in ("3.1", "3.2"):
            push(scope, "shop", version, _upload(now), at=now)
        values = {"chain": b"c" * 32, "created_by": "ada", "created_at": now}
        scope.add(
            plans, name="spring", hosts=["api.example.com"], deploy_at=now + timedelta(2), **values
        )
    return any_alerted


def _upload(now: datetime):
    pins = [
        f'"sha256/{base64.b64encode(sha256(name).digest()).decode()}"' for name in (b"one", b"two")
    ]
    text = (
        f'version = 1\n[[policy]]\nhost = "*.example.com"\npins = [{pins[0]}]\n'
        f'backup_pins = [{pins[1]}]\nexpires = 2027-03-01T00:00:00Z\non_expiry = "refuse"\n'
    )
    return read_upload(BytesIO(text.encode()), "pins.toml", at=now)


def test_each_source_has_its_days(dated) -> None:
    """The next comes first; a policy that several releases ship is one."""
    with dated.database.read(1) as scope:
        found = gather(scope, Shelf(), dated.now)
        plan = scope.value(scope.select(plans.c.id))
    assert [(one.what, one.severity, one.owner) for one in found] == [
        ("chain-planned", Severity.NOTE, None),
        ("certificate-expires", Severity.ERROR, "web"),
        ("policy-expires", Severity.ERROR, "web"),
    ]
    assert found[0].link == f"/matrix?plan={plan}"
    assert found[1].subject == Subject("endpoint", "api.example.com:443")
    assert found[2].when == datetime(2027, 3, 1, tzinfo=UTC)
    assert "shop 3." in found[2].title
    assert {one.organisation for one in found} == {"acme"}


def test_policies_that_end_together_are_one_date(dated) -> None:
    """Those of another day or another end are others; the next ones are enough."""
    day, other = "2027-03-01T00:00:00Z", "2027-04-01T00:00:00Z"
    with dated.database.begin(1) as scope:
        applications.add(scope, Application(name="kiosk"), at=dated.now)
        ends = [("a", day), ("b", day), ("c", other)]
        push(scope, "kiosk", "1", _several(dated.now, ends), at=dated.now, share=0.4)
        found = [one for one in gather(scope, Shelf(), dated.now) if one.what == "policy-expires"]
        (first, *_) = gather(scope, Shelf(), dated.now, most=1)
    assert [one.title for one in found if "kiosk" in one.title] == [
        "the policies of a.example and 1 more in kiosk 1 (40% of its users) end: "
        "their pins protect nobody any more",
        "the policy of c.example in kiosk 1 (40% of its users) ends: "
        "its pins protect nobody any more",
    ]
    assert first.what == "chain-planned"


def _several(now: datetime, ends: list[tuple[str, str]]):
    pins = [f'"sha256/{base64.b64encode(sha256(one).digest()).decode()}"' for one in (b"1", b"2")]
    policies = "".join(
        f'[[policy]]\nhost = "{host}.example"\npins = [{pins[0]}]\nbackup_pins = [{pins[1]}]\n'
        f'expires = {day}\non_expiry = "report"\n'
        for host, day in ends
    )
    return read_upload(BytesIO(f"version = 1\n{policies}".encode()), "pins.toml", at=now)


def test_what_will_break_has_its_day(alerted, signal) -> None:
    """A forecast is a deadline while it holds; one that says no day is none."""
    day = alerted.now + timedelta(days=9)
    later = signal("a", id="pins-exhausted", facts=(("at", day.isoformat()),))
    alerted.tell(later, signal("b", id="pins-exhausted"), signal("c"))
    with alerted.database.read(1) as scope:
        (found,) = gather(scope, Shelf(), alerted.now)
    assert (found.what, found.when, found.title) == ("pins-exhausted", day, later.title)


def test_what_is_past_or_far_ahead_is_no_date(dated) -> None:
    """A month back, two years ahead."""
    with dated.database.read(1) as scope:
        assert gather(scope, Shelf(), dated.now + timedelta(days=1000)) == ()
        assert gather(scope, Shelf(), dated.now - timedelta(days=1000)) == ()
    with dated.database.read(2) as scope:
        assert gather(scope, Shelf(), dated.now) == ()
