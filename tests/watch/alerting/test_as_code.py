"""Routes and rules of `keypin.toml` are applied, and applied again they change nothing."""

from dataclasses import replace
from datetime import timedelta

from cryptography.fernet import Fernet

from keypin.alerts import Route, Rule
from keypin.inventory import Inventory, Kept, Reference, RouteEntry, RuleEntry
from keypin.inventory.diff import diff
from keypin.watch.alerting import routes
from keypin.watch.alerting.as_code import handlers, standing_routes, standing_rules
from keypin.watch.inventory.apply import apply
from keypin.watch.people import named_secrets
from keypin.watch.people.audit import SERVICE
from keypin.watch.store import Sealer

URL = Reference(Kept.ENV, "CHAT_URL")
ALERTS = "ntfys://alerts"
ADDRESSES = {"CHAT_URL": ALERTS, "chat": ALERTS, "OTHER_URL": "ntfys://others"}
RULES = (
    RuleEntry(rule=Rule(name="first", routes=("chat",))),
    RuleEntry(rule=Rule(name="second", repeat=timedelta(hours=1))),
)
WANTED = Inventory(
    organisation="acme", routes=(RouteEntry(route=Route(name="chat"), url=URL),), rules=RULES
)


def _apply(alerted, wanted: Inventory) -> list[str]:
    sealer = alerted.core.sealer
    with alerted.database.begin(1) as scope:
        there = Inventory(
            organisation="acme",
            routes=standing_routes(scope, sealer, wanted.routes),
            rules=standing_rules(scope),
        )
        others = handlers(sealer, lambda one: ADDRESSES[one.name])
        done = apply(scope, diff(there, wanted), wanted, at=alerted.now, others=others)
        return [f"{one.did} {one.subject}" for one in done]


def test_a_file_is_applied_once(any_alerted) -> None:
    """The second time there is nothing to do: what the file says of addresses is kept."""
    assert _apply(any_alerted, WANTED) == ["added chat", "added first", "added second"]
    assert _apply(any_alerted, WANTED) == []


def test_what_the_file_says_else_is_changed(alerted) -> None:
    """Order, address and conditions follow the file, and what it says no more goes."""
    _apply(alerted, WANTED)
    assert _apply(alerted, replace(WANTED, rules=RULES[::-1])) == ["changed order"]
    other = RouteEntry(route=Route(name="chat"), url=Reference(Kept.ENV, "OTHER_URL"))
    changed = replace(WANTED, routes=(other,), rules=(RuleEntry(rule=Rule(name="first")),))
    assert _apply(alerted, changed) == ["changed chat", "changed first", "removed second"]
    with alerted.database.read(1) as scope:
        assert routes.address_of(scope, alerted.core.sealer, "chat") == "ntfys://others"
    assert _apply(alerted, replace(WANTED, routes=(), rules=())) == [
        "removed first",
        "removed chat",
    ]


def test_an_address_that_was_given_by_hand_is_changed_back(any_alerted) -> None:
    """What the file said of the one before is said no more."""
    _apply(any_alerted, WANTED)
    sealer = any_alerted.core.sealer
    with any_alerted.database.begin(1) as scope:
        routes.change(scope, sealer, Route(name="chat"), "ntfys://by-hand")
    assert _apply(any_alerted, WANTED) == ["changed chat"]
    assert _apply(any_alerted, WANTED) == []
    with any_alerted.database.read(1) as scope:
        assert routes.address_of(scope, sealer, "chat") == "ntfys://alerts"


def test_a_secret_that_was_replaced_is_another_address(any_alerted) -> None:
    """Where a file is held against it; one that is gone, or whose key is, stands as it was said."""
    said = Reference(Kept.SECRET, "chat")
    _apply(any_alerted, replace(WANTED, routes=(replace(WANTED.routes[0], url=said),)))
    sealer, at = any_alerted.core.sealer, any_alerted.now
    other = Sealer([Fernet.generate_key().decode()])
    with any_alerted.database.begin(1) as scope:

        def url(sealer: Sealer = sealer, *, compared: bool = True) -> Reference:
            wanted = WANTED.routes if compared else None
            return standing_routes(scope, sealer, wanted)[0].url

        assert url() == said
        for value, found in ((b"ntfys://alerts", said), (b"x", Reference(Kept.INLINE, ALERTS))):
            named_secrets.keep(scope, sealer, "chat", value, by=SERVICE, at=at)
            assert url() == found
        assert url(compared=False) == url(other) == said


def test_a_route_by_hand_is_said_to_be_a_secret(alerted) -> None:
    """A file that says another place gives it that one: the address stands hidden before it."""
    alerted.route("chat")
    with alerted.database.read(1) as scope:
        (entry,) = exported = standing_routes(scope, alerted.core.sealer)
        assert entry.url == Reference(Kept.SECRET, "chat")
        assert standing_routes(scope, alerted.core.sealer, exported) == exported
        (entry,) = standing_routes(scope, alerted.core.sealer, WANTED.routes)
    assert str(entry.url).startswith("(hidden, ")


def test_names_of_secrets_are_found_for_all_routes(alerted) -> None:
    """The longest too, and each is another."""
    long = "a" * 64
    sealer = alerted.core.sealer
    with alerted.database.begin(1) as scope:
        for name in (long, "chat"):
            routes.add(scope, sealer, Route(name=name), "ntfys://mine", at=alerted.now)
            named_secrets.keep(scope, sealer, name, b"other", by=SERVICE, at=alerted.now)
        named_secrets.keep(scope, sealer, "chat-2", b"ntfys://mine", by=SERVICE, at=alerted.now)
        names = [one.url.name for one in standing_routes(scope, sealer)]
    assert names == [f"{'a' * 62}-2", "chat-2"]


def test_a_route_whose_key_is_gone_stands_as_a_secret_and_is_given_an_address(alerted) -> None:
    """What the file says is applied, and nothing else of it is in the way."""
    alerted.route("chat")
    alerted.core = replace(alerted.core, sealer=Sealer([Fernet.generate_key().decode()]))
    with alerted.database.read(1) as scope:
        (entry,) = standing_routes(scope, alerted.core.sealer)
    assert entry.url == Reference(Kept.SECRET, "chat")
    assert _apply(alerted, WANTED) == ["changed chat", "added first", "added second"]
    with alerted.database.read(1) as scope:
        assert routes.address_of(scope, alerted.core.sealer, "chat") == "ntfys://alerts"
