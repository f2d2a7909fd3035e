"""Chromium's list: its own lookups and pins, its names, and the entries that hide their parents."""

import json

import pytest

from keypin.errors import FormatError, HostError, InputError
from keypin.formats import form
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin

FORM = form("chromium")
A, B, C = (Pin(letter * 32) for letter in (b"a", b"b", b"c"))


@pytest.fixture(scope="module")
def everything(vectors) -> PinSet:
    """Return Chromium's pin sets and hosts, as published."""
    text = (vectors / "chromium_pins" / "pinsets_and_hosts.json").read_text()
    published = json.loads(text)
    published["entries"] += published.pop("shadowing_entries_without_pins")
    return FORM.loads(json.dumps(published, indent=1)).pin_set


def test_chromiums_own_lookups(everything, vectors) -> None:
    """Chromium's tests say which hosts are pinned; ours are the same."""
    expected = json.loads((vectors / "chromium_pins" / "lookups.json").read_text())["has_pins"]
    found = [[host, everything.policy_for(host) is not None] for host, _ in expected]
    assert found == expected
    assert len(everything.policies) > 440


def test_chromiums_own_paths(everything, vectors) -> None:
    """Of two lists of keys, one matches the pins of the Tor project."""
    published = json.loads((vectors / "chromium_pins" / "lookups.json").read_text())
    policy = everything.policy_for("blog.torproject.org")
    assert policy is not None
    accepted = {str(entry.pin) for entry in policy.pins}
    assert accepted & set(published["good_path"])
    assert not accepted & set(published["bad_path"])


def test_the_names_of_pins_may_be_certificates_and_keys(vectors) -> None:
    """PEM behind the JSON gives the pin that Chromium published for it."""
    known = json.loads((vectors / "chromium_pins" / "spki_known_answers.json").read_text())["items"]
    known = [one for one in known if one["pem"]]
    hosts = [f"h{number}.example.com" for number in range(len(known))]
    listed = {
        "pinsets": [{"name": one["name"], "static_spki_hashes": [one["name"]]} for one in known],
        "entries": [
            {"name": host, "pins": one["name"]} for host, one in zip(hosts, known, strict=True)
        ],
    }
    named = "".join(f"{one['name']}\n{one['pem']}\n" for one in known)
    pin_set = FORM.loads(json.dumps(listed, indent=1) + "\n\n# names\n" + named).pin_set
    for host, one in zip(hosts, known, strict=True):
        policy = pin_set.policy_for(host)
        assert policy is not None
        assert str(policy.pins[0].pin) == f"sha256/{one['published_spki_sha256']}"


ONE_SET = f'{{"name": "s", "static_spki_hashes": ["{A}", "{B}"]}}'


def listing(entries: str, sets: str = ONE_SET) -> str:
    """Return a list."""
    return f'// Pins of shop.\n{{\n"pinsets": [{sets}],\n"entries": [\n{entries}\n]\n}}\n'


def test_an_entry_hides_its_parents() -> None:
    """The longest name decides, even for itself alone, even without pins."""
    pin_set = FORM.loads(
        listing(
            '{"name": "example.com", "include_subdomains": true, "pins": "s"},\n'
            '{"name": "api.example.com", "pins": "s"},\n'
            '{"name": "open.example.com", "include_subdomains": true},\n'
            '{"name": "own.example.com", "include_subdomains_for_pinning": true, "pins": "s"}'
        )
    ).pin_set
    pinned = ["example.com", "www.example.com", "api.example.com", "x.own.example.com"]
    for host in [*pinned, "x.api.example.com", "open.example.com", "x.open.example.com"]:
        assert (pin_set.policy_for(host) is not None) == (host in pinned), host
    assert pin_set.name == "shop"
    assert FORM.loads(FORM.dumps(pin_set)).pin_set == pin_set


def test_bad_hashes_and_reports() -> None:
    """Bad hashes are denied keys; a set without good ones cannot be said and is remarked."""
    sets = (
        f'{{"name": "s", "static_spki_hashes": ["{A}", "{B}"], "bad_static_spki_hashes": ["{C}"], '
        f'"report_uri": "https://r.example/"}},\n'
        f'{{"name": "t", "bad_static_spki_hashes": ["{C}"]}}'
    )
    entries = '{"name": "a.example.com", "pins": "s"}, {"name": "b.example.com", "pins": "t"}'
    reading = FORM.loads(listing(entries, sets))
    (policy,) = reading.pin_set.policies
    assert policy.denied == (C,)
    assert policy.report_to == ("https://r.example/",)
    assert [one.id for one in reading.findings] == ["chromium-only-bad"]
    assert FORM.loads(FORM.dumps(reading.pin_set)).pin_set.policies == reading.pin_set.policies


def test_a_suffix_is_pinned_by_its_owner_alone() -> None:
    """Chromium pins whole suffixes of Google; other forms refuse to write such a pattern."""
    pin_set = FORM.loads(
        listing('{"name": "google", "include_subdomains": true, "pins": "s"}')
    ).pin_set
    assert pin_set.policy_for("mail.google") is not None
    assert [loss.id for loss in form("keypin-toml").losses(pin_set)] == ["public-suffix"]


@pytest.mark.parametrize(
    ("text", "error", "complaint"),
    [
        ("[", FormatError, "t:1: not valid JSON: Expecting value; expected Chromium's pinsets and "
         "entries"),
        ("[]", FormatError, "t:1: an array for the document; expected an object"),
        ('{"pinsets": 1}', FormatError, "t:1: a number for 'pinsets'; expected an array"),
        ('{"pinsets": [1]}', FormatError,
         "t:1: a number for an element of 'pinsets'; expected an object"),
        (listing('{"name": "a.example"}', '{"name": 1}'), FormatError,
         "t:3: a number for 'name'; expected a string"),
        (listing('{"name": "a.example"}', "{}"), FormatError,
         "t:3: 'name' is missing; expected a string"),
        (listing('{"name": "a.example", "pins": "x"}'), FormatError,
         "t:5: the unknown pin set 'x'; expected the name of a pinset"),
        (listing('{"name": "a.example", "include_subdomains": 1}'), FormatError,
         "t:5: a number for 'include_subdomains'; expected true or false"),
        (listing('{"name": "a b"}'), HostError, "t:5: "),
        (listing('{"name": "a.example", "name": "b.example"}'), FormatError,
         "t: the key 'name' stands twice; expected each key once"),
        (listing('{"name": "a.example", "pins": "s"}',
                 '{"name": "s", "static_spki_hashes": ["GoogleG2"]}'), FormatError,
         "t:3: the pin 'GoogleG2' is not defined behind the JSON; expected its name and digest "
         "there, or sha256/ and the digest"),
        (listing('{"name": "a.example", "pins": "s"}',
                 '{"name": "s", "static_spki_hashes": [7]}'), FormatError,
         "t:3: a number; expected the name of a pin"),
        (listing('{"name": "a.example", "pins": "s"}') + "\nName\nsha256/AAAA\n", InputError,
         "t:10: the digest has 3 bytes"),
        ("[" * 40 + "]" * 40, FormatError,
         "t:1: values nested too deeply; expected 32 levels at most"),
        ("[" * 100_000, FormatError, "t"),
        ('{"pinsets": [], "entries": []}', FormatError,
         "t: no pins; expected Chromium's pinsets and entries"),
    ],
)  # fmt: skip
def test_mistakes(text: str, error: type[Exception], complaint: str) -> None:
    """Each mistake is told with its line."""
    with pytest.raises(error) as caught:
        FORM.loads(text, name="t")
    assert str(caught.value).startswith(complaint)


def policy(host: str, *pins: Pin, **changes) -> Policy:
    """Return a policy, or an exemption where there are no pins."""
    if not pins:
        return Policy(host=HostPattern.parse(host), pins=(), exempt="a test")
    entries = tuple(map(PolicyPin, pins))
    return Policy(host=HostPattern.parse(host), pins=entries, no_backup="a test", **changes)


@pytest.mark.parametrize(
    ("policies", "losses"),
    [
        ([policy("**.example.com", A), policy("api.example.com", B)], {("mask", "weaker")}),
        ([policy("**.example.com", A), policy("api.example.com", B),
          policy("**.api.example.com")], {("exempt-reason", "dropped")}),
        ([policy("api.example.com", B), policy("**.api.example.com")],
         {("exempt", "dropped"), ("exempt-reason", "dropped")}),
        ([policy("**.example.com", A), policy("api.example.com")],
         {("exempt-below", "weaker"), ("exempt-reason", "dropped")}),
        ([policy("api.example.com", A, report_to=("https://a.example/", "https://b.example/"))],
         {("reports", "dropped")}),
        ([policy("192.0.2.7", A)], {("ip-address", "weaker")}),
        ([policy("api.example.com", A), policy("**.api.example.com", B)],
         {("name-twice", "breaks")}),
    ],
)  # fmt: skip
def test_losses(policies, losses) -> None:
    """What its lookup would weaken is refused, what it does not say is told."""
    found = {(loss.id, loss.effect) for loss in FORM.losses(PinSet(policies))}
    assert found - {("no-backup", "dropped")} == losses
