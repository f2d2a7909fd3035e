"""Reading `keypin.toml`: what it means, and for every mistake file, line, key and cure."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.certs import Endpoint, Protocol
from keypin.errors import InputError, InventoryError, PinSetError, Place
from keypin.inventory import Kept, Reference, loads
from keypin.inventory.toml import MAX_KEYPIN_TOML, MAX_VALUES

HEAD = 'version = 1\norganisation = "shop"\n'


def refused(text: str, **more) -> str:
    """Return the text of the error that a file raises below the usual head."""
    with pytest.raises(InputError) as caught:
        loads(HEAD + text, name="keypin.toml", **more)
    return str(caught.value)


def test_everything_is_read(shop, text: str) -> None:
    """Each key means what the reference says."""
    assert loads(text) == shop


def test_every_entry_has_its_place(text: str) -> None:
    """An entry knows where it stands."""
    inventory = loads(text, name="keypin.toml")
    assert inventory.owners[0].place == Place("keypin.toml", 9, "owner[0]")
    assert inventory.applications[0].releases[1].place == Place(
        "keypin.toml", 28, "application[0].release[1]"
    )
    assert inventory.endpoints[1].place == Place("keypin.toml", 43, "endpoint[1]")
    assert inventory.routes[0].place == Place("keypin.toml", 56, "route[0]")
    assert inventory.rules[0].place == Place("keypin.toml", 63, "rule[0]")


def test_files_of_pins_are_asked_for(text: str, files) -> None:
    """With a function that gives files, every release has its pins."""
    first, second = loads(text, resolve=files.__getitem__).applications[0].releases
    assert str(first.pin_set.policies[0].host) == "**.example.com"
    assert second.pin_set is not None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("owner = [", "3: not valid TOML: Invalid value; expected TOML 1.0"),
        ("endpoints = []", "3: endpoints: the unknown key 'endpoints'; expected one of version, "
            "organisation, ct, "
            "owner, application, endpoint, route, rule; did you mean 'endpoint'?"),
        ("[[ct]]\n", "3: ct: an array; expected a [ct] table"),
        ("[ct]\ncaa = 1", "4: ct.caa: an integer; expected true or false"),
        ("[ct]\ncca = true", "4: ct.cca: the unknown key 'cca'; expected one of "
            "expected_issuers, caa, look_alikes; did you mean 'caa'?"),
        ("[ct]\nexpected_issuers = ['']", "4: ct.expected_issuers: the issuer ''; expected a CA's "
            "name on one line of 200 characters at most"),
        ("[owner]\n", "3: owner: a table; expected [[owner]] tables"),
        ("owner = [1]", "3: owner[0]: an integer; expected a [[owner]] table"),
        ("[[owner]]\nnmae = 'a'", "4: owner[0].nmae: the unknown key 'nmae'; expected one of "
            "name, title, mail; did you mean 'name'?"),
        ("[[owner]]\n", "3: owner[0]: name is missing; expected a name as platform; add name"),
        ("[[owner]]\n\nname = 'A b'",
            "5: owner[0].name: the name of an owner 'A b'; expected lower "
            "case words joined by hyphens, 64 characters at most"),
        ("[[owner]]\nname = 'a'\nmail = ['a@b.example', 1]", "5: owner[0].mail[1]: an integer; "
            "expected an address"),
        ("[[owner]]\nname = 'a'\nmail = ['a']", "5: owner[0].mail: the mail address 'a'; expected "
            "an address as platform@example.com"),
        ("[[owner]]\nname = 'a'\n[[owner]]\nname = 'a'", "5: owner[1]: a stands twice; put both "
            "into one"),
        ("[[endpoint]]\nhost = 'a_b'", "4: endpoint[0].host: 'a_b' is not a host: Codepoint U+005F "
            "not allowed at position 2 in 'a_b'; expected a name or IP address"),
        ("[[endpoint]]\nhost = 'a.example'\nport = 0", "5: endpoint[0].port: port 0 of a.example; "
            "expected a port from 1 to 65535"),
        ("[[endpoint]]\nhost = 'a.example'\nport = true",
            "5: endpoint[0].port: a boolean; expected "
            "a port from 1 to 65535"),
        ("[[endpoint]]\nhost = 'a.example'\nprotocol = 'smpt'", "5: endpoint[0].protocol: 'smpt'; "
            'expected one of "tls", "smtp", "imap", "pop3", "ftp", "xmpp", "ldap", "postgresql", '
            "\"mysql\"; did you mean 'smtp'?"),
        ("[[endpoint]]\nhost = 'a.example'\ninterval = 'hourly'", "5: endpoint[0].interval: "
            "'hourly'; expected a span of time as 90s, 15m, 6h or 7d"),
        ("[[endpoint]]\nhost = 'a.example'\ninterval = '1s'",
            "5: endpoint[0].interval: an interval "
            "of 0:00:01; expected whole seconds, from 30s to 7d"),
        ("[[endpoint]]\nhost = 'a.example'\nowner = 'ada'",
            "3: endpoint[0]: the owner 'ada' is not "
            'in the inventory; add [[owner]] with name = "ada"'),
        ("[[route]]\nname = 'a'\nurl = 'https://hooks.example/secret'", "5: route[0].url: an "
            'address in the file; expected a reference as { env = "SLACK_URL" } or { secret = '
            '"slack" }; move the address into the environment or the service\'s store of secrets'),
        ("[[route]]\nname = 'a'\nurl = 1", '5: route[0].url: an integer; expected a reference as '
            '{ env = "SLACK_URL" } or { secret = "slack" }'),
        ("[[route]]\nname = 'a'\nurl = {}", '5: route[0].url: an empty table; expected a reference '
            'as { env = "SLACK_URL" } or { secret = "slack" }'),
        ("[[route]]\nname = 'a'\nurl = { env = 'A', secret = 'b' }",
            "5: route[0].url: both env and "
            'secret; expected a reference as { env = "SLACK_URL" } or { secret = "slack" }'),
        ("[[route]]\nname = 'a'\nurl = { env = 'A-B' }",
            "5: route[0].url: the environment variable "
            "'A-B'; expected a name as SLACK_URL"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(text: str, says: str) -> None:
    """File, line, key, what was seen and what was expected."""
    assert refused(text) == f"keypin.toml:{says}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "version is missing; expected the integer 1; add version"),
        ("version = 2", "line 1: version: version 2; expected version = 1, the only one there is"),
        ("version = 1", "organisation is missing; expected a name as shop; add organisation"),
        ("version = 1\norganisation = 'a b'",
            "line 2: organisation: the name of an organisation 'a b'; "
            "expected lower case words joined by hyphens, 64 characters at most"),
    ],
)  # fmt: skip
def test_a_file_says_whose_it_is(text: str, says: str) -> None:
    """Version and organisation are demanded."""
    with pytest.raises(InventoryError) as caught:
        loads(text)
    assert str(caught.value) == says


def test_what_is_too_large_is_refused(monkeypatch) -> None:
    """A file and each of its lists have limits."""
    monkeypatch.setitem(loads.__globals__["LIMITS"], "owners", 1)
    assert refused("owner = [1, 2]") == "keypin.toml:3: owner: 2 of owner; expected 1 at most"
    with pytest.raises(InventoryError, match=f"expected {MAX_KEYPIN_TOML} at most"):
        loads("#" * (MAX_KEYPIN_TOML + 1))
    with pytest.raises(InventoryError, match=f"keys and tables; expected {MAX_VALUES} at most"):
        loads("x = [" + "{a=1}," * (MAX_VALUES // 3) + "]")


def test_a_protocol_has_its_own_port() -> None:
    """The port is that which the protocol's URLs mean, unless another is said."""
    text = "[[endpoint]]\nhost = 'A.example'\nprotocol = 'ldap'\n"
    (watched,) = loads(HEAD + text).endpoints
    assert watched.endpoint == Endpoint("a.example", 389, Protocol.LDAP)
    (watched,) = loads(HEAD + text + "port = 3389").endpoints
    assert watched.endpoint.port == 3389


def test_an_address_is_taken_where_that_was_asked_for() -> None:
    """Whoever asks for it has the secret in the file, and it is not shown."""
    text = "[[route]]\nname = 'a'\nurl = 'https://hooks.example/x'"
    (route,) = loads(HEAD + text, inline_urls=True).routes
    assert route.url == Reference(Kept.INLINE, "https://hooks.example/x")
    assert refused(text.replace("https:", ""), inline_urls=True) == (
        "keypin.toml:5: route[0].url: no URL; expected scheme://…"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[rule]]\nname = 'a'\n[rule.when]\nids = ['a', 1]", "6: rule[0].when.ids[1]: an integer; "
            "expected a string"),
        ("[[rule]]\nname = 'a'\nrotes = []", "5: rule[0].rotes: the unknown key 'rotes'; expected "
            "one of name, when, severity, routes, group_by, window, wait, repeat, escalate, "
            "settle, "
            "lapse, ignore; did you mean 'routes'?"),
        ("[[rule]]\nname = 'a'\n'x.y' = 1",
            "3: rule[0].x.y: the unknown key 'x.y'; expected one of "
            "name, when, severity, routes, group_by, window, wait, repeat, escalate, settle, "
            "lapse, "
            "ignore"),
        ("[[rule]]\nrepeat = '1h'", "3: rule[0]: name is missing; expected a name as "
            "expiry-to-platform; add name"),
        ("[[rule]]\nname = 'a'\nroutes = ['b']",
            "3: rule[0]: the rule a tells the route 'b', which "
            'is not there; add [[route]] with name = "b"'),
        ("[[route]]\nname = 'a'\nurl = { env = 'A' }\nseverity = 'bad'", "6: route[0].severity: "
            '\'bad\'; expected one of "error", "warning", "note"'),
    ],
)  # fmt: skip
def test_what_alerts_refuse_is_told_with_its_place(text: str, says: str) -> None:
    """Routes and rules belong to the alerts, which know their keys; the lines are the file's."""
    assert refused(text) == f"keypin.toml:{says}"


def test_an_error_of_a_policy_keeps_its_place() -> None:
    """Inline policies are read as pins.toml is."""
    text = """
[[application]]
name = "a"
[[application.release]]
version = "1"
[[application.release.policy]]
host = "example.com"
pins = []
"""
    with pytest.raises(PinSetError) as caught:
        loads(HEAD + text, name="keypin.toml")
    assert str(caught.value).startswith(
        "keypin.toml:8: application[0].release[0].policy[0]: the policy for example.com has no pins"
    )


@given(st.text() | st.lists(st.sampled_from([*HEAD.split(), "[[owner]]", "[[route]]", "\n", '"']))
    .map("".join))  # fmt: skip
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but keypin's own errors comes out."""
    with suppress(InputError):
        loads(text)


@given(st.recursive(st.none() | st.integers() | st.text(max_size=3), st.lists, max_leaves=5))
def test_any_value_in_any_place_is_read_or_refused(value) -> None:
    """Each key is tried with values of other kinds."""
    spelled = repr(value).replace("None", "true")
    for key in ("owner", "application", "endpoint", "route", "rule"):
        for inside in ("name", "mail", "tags", "host", "release", "url", "interval"):
            with suppress(InputError):
                loads(f"{HEAD}[[{key}]]\nname = 'a'\n{inside} = {spelled}")
