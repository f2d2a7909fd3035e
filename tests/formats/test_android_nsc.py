"""Android's configuration: what Android does with it, and what it refuses."""

import json
from datetime import UTC, datetime

import pytest

from keypin.errors import FormatError, HostError, InputError
from keypin.formats import LossError, form
from keypin.pins import HostPattern, Mode, OnExpiry, Pin, PinSet, Policy, PolicyPin, Spelling

FORM = form("android-nsc")
NOW = datetime(2026, 11, 23, tzinfo=UTC)

A, B = ("A" * 43 + "=", "BBBB" * 10 + "BBA=")


def config(inner: str) -> str:
    """Return a configuration with something in it."""
    return f"<network-security-config>\n{inner}\n</network-security-config>"


def pinned(extra: str = "", attributes: str = "", pin_set: str = "") -> str:
    """Return a configuration of one pinned host."""
    return config(
        f"<domain-config{attributes}>\n<domain>api.example.com</domain>\n<pin-set{pin_set}>\n"
        f'<pin digest="SHA-256">{A}</pin>\n<pin digest="SHA-256">{B}</pin>\n</pin-set>\n'
        f"{extra}\n</domain-config>"
    )


def test_what_android_itself_expects(vectors) -> None:
    """AOSP's own configurations mean what AOSP's tests say of them."""
    folder = vectors / "android_nsc"
    cases = json.loads((folder / "cases.json").read_text())["cases"]
    assert len(cases) > 20
    for case in cases:
        means(case, (folder / case["file"]).read_text())


def means(case, text: str) -> None:
    """Hold a configuration to what is expected of it."""
    if not case["valid"]:
        with pytest.raises(InputError):
            FORM.loads(text, name="config.xml")
        return
    expected = {host: want for host, want in case["expect"].items() if host}
    if "<domain" not in text:
        with pytest.raises(FormatError, match="no pins"):
            FORM.loads(text)
        assert not any(want["pins"] for want in expected.values())
        return
    pin_set = FORM.loads(text).pin_set
    for host, want in expected.items():
        policy = pin_set.policy_for(host)
        found = {entry.pin.spell(Spelling.BASE64) for entry in policy.pins} if policy else set()
        assert found == set(want["pins"]), (case["id"], host)
        if policy is not None and not case["id"].startswith("override"):
            assert policy.enforced(NOW) == want["enforced_now"], case["id"]


def test_a_nested_config_inherits_or_replaces() -> None:
    """Pins are inherited, an own pin-set replaces them, an empty one pins nothing."""
    text = config(
        '<domain-config>\n<domain includeSubdomains="true">example.com</domain>\n'
        f'<pin-set expiration="2027-01-31"><pin digest="SHA-256">{A}</pin></pin-set>\n'
        "<domain-config><domain>a.example.com</domain></domain-config>\n"
        f'<domain-config><domain>b.example.com</domain><pin-set><pin digest="SHA-256">{B}</pin>'
        "</pin-set></domain-config>\n"
        "<domain-config><domain>c.example.com</domain><pin-set/></domain-config>\n"
        "</domain-config>"
    )
    pin_set = FORM.loads(text).pin_set
    inherited, replaced = pin_set.policy_for("a.example.com"), pin_set.policy_for("b.example.com")
    assert inherited is not None
    assert replaced is not None
    assert [entry.pin.spell(Spelling.BASE64) for entry in inherited.pins] == [A]
    assert inherited.expires == datetime(2027, 1, 31, tzinfo=UTC)
    assert inherited.on_expiry is OnExpiry.ALLOW
    assert [entry.pin.spell(Spelling.BASE64) for entry in replaced.pins] == [B]
    assert replaced.expires is None
    assert pin_set.policy_for("c.example.com") is None
    assert pin_set.policy_for("d.example.com") is not None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<a/>", "c.xml:1: the element <a>; expected <network-security-config>"),
        ("<a", "c.xml:1: not well-formed XML: unclosed token; expected a network-security-config"),
        (config("<domain-config><pin-set/></domain-config>"),
         "c.xml:2: a domain-config without <domain>; expected one domain at least"),
        (config("<base-config/>\n<base-config/>"),
         "c.xml:3: a second <base-config> in <network-security-config>; expected one at most"),
        (config("<base-config><pin-set/></base-config>"),
         "c.xml:2: <pin-set> in <base-config>; expected <pin-set> in <domain-config>"),
        (config("<debug-overrides><domain>a.example</domain></debug-overrides>"),
         "c.xml:2: <domain> in <debug-overrides>; expected <domain> in <domain-config>"),
        (pinned(extra="<pin-set/>"),
         "c.xml:8: a second <pin-set> in <domain-config>; expected one at most"),
        (pinned(extra="<domain>API.example.com</domain>"),
         "c.xml:8: api.example.com for the second time; expected each domain once"),
        (pinned(pin_set=' expiration="31.1.2027"'),
         "c.xml:2: the date '31.1.2027'; expected a date as 2027-01-31"),
        (pinned().replace("SHA-256", "SHA-1", 1),
         "c.xml:5: the digest 'SHA-1'; expected digest=\"SHA-256\", the only one there is"),
        ('<!DOCTYPE a [<!ENTITY lol "lol">]>\n<a>&lol;</a>',
         "c.xml:1: the document declares the entity 'lol'; expected a document without entities"),
        ("<a>" * 70, "c.xml:1: elements nested too deeply; expected 64 levels at most"),
        (config(""), "c.xml: no pins; expected a domain-config with a pin-set"),
    ],
)  # fmt: skip
def test_mistakes(text: str, complaint: str) -> None:
    """What Android refuses is refused with its place; hostile XML is refused by name."""
    with pytest.raises(FormatError) as caught:
        FORM.loads(text, name="c.xml")
    assert str(caught.value) == complaint


def test_a_domain_that_is_no_host() -> None:
    """A malformed domain is told with its line."""
    with pytest.raises(HostError, match=r"^c\.xml:3: "):
        FORM.loads(pinned().replace("api.example.com", "a b"), name="c.xml")


@pytest.mark.parametrize(
    ("text", "remark", "line"),
    [
        (pinned(pin_set=' expiration="2027-01-31"'), "android-expiration", 2),
        (pinned(attributes=' cleartextTrafficPermitted="true"'), "android-cleartext", 2),
        (pinned(extra='<trust-anchors><certificates src="user"/></trust-anchors>'),
         "android-user-anchors", 8),
        (pinned(extra='<trust-anchors><certificates src="@raw/ca" overridePins="true"/>'
                "</trust-anchors>"), "android-override-pins", 8),
        (pinned(extra='<certificateTransparency enabled="false"/>'), "android-ct-off", 8),
    ],
)  # fmt: skip
def test_remarks(text: str, remark: str, line: int) -> None:
    """What weakens pins beside them is remarked, at its line."""
    (finding,) = FORM.loads(text, name="c.xml").findings
    assert finding.id == remark
    assert finding.place is not None
    assert (finding.place.file, finding.place.line) == ("c.xml", line)
    assert "api.example.com" in finding.subject


def test_what_is_harmless_is_not_remarked() -> None:
    """System anchors, Certificate Transparency that is on, and debug-overrides are no remarks."""
    text = pinned(
        extra='<trust-anchors><certificates src="system"/></trust-anchors>'
        '<certificateTransparency enabled="true"/>'
    ).replace(
        "</network-security-config>",
        '<debug-overrides><trust-anchors><certificates src="user"/></trust-anchors>'
        "</debug-overrides></network-security-config>",
    )
    assert FORM.loads(text).findings == ()


def test_cleartext_of_the_base_is_inherited() -> None:
    """A base-config that permits cleartext permits it for pinned hosts too."""
    text = pinned().replace(
        "<domain-config>", '<base-config cleartextTrafficPermitted="true"/>\n<domain-config>'
    )
    assert [one.id for one in FORM.loads(text).findings] == ["android-cleartext"]


USER = '<trust-anchors><certificates src="user"/></trust-anchors>'


@pytest.mark.parametrize(
    ("base", "remark"),
    [
        (USER, "android-user-anchors"),
        (USER.replace("/>", ' overridePins="true"/>', 1), "android-override-pins"),
        ('<certificateTransparency enabled="false"/>', "android-ct-off"),
    ],
)
def test_what_weakens_pins_is_inherited(base: str, remark: str) -> None:
    """Anchors and the switch of the base-config hold for pinned hosts, and are told at its line."""
    text = pinned().replace(
        "<domain-config>", f"<base-config>{base}</base-config>\n<domain-config>"
    )
    (finding,) = FORM.loads(text, name="c.xml").findings
    assert finding.id == remark
    assert finding.place is not None
    assert finding.place.line == 2


def test_anchors_of_its_own_replace_inherited_ones() -> None:
    """A config that lists anchors, even none, takes over no others."""
    text = pinned(extra="<trust-anchors/>").replace(
        "<domain-config>", f"<base-config>{USER}</base-config>\n<domain-config>"
    )
    assert FORM.loads(text).findings == ()


def policy(host: str, **changes) -> Policy:
    """Return a policy of two pins."""
    pins = tuple(PolicyPin(Pin.parse(f"sha256/{text}")) for text in (A, B))
    return Policy(host=HostPattern.parse(host), pins=pins, **changes)


@pytest.mark.parametrize(
    ("policies", "refused"),
    [
        ([policy("*.example.com")], "host-pattern"),
        ([policy("example.com"), policy("**.example.com")], "name-twice"),
        ([policy("example.com", mode=Mode.REPORT)], "report-mode"),
        ([policy("example.com", expires=NOW, on_expiry=OnExpiry.REFUSE)], "on-expiry"),
        ([policy("example.com", denied=(Pin(bytes(32)[:31] + b"x"),))], "denied"),
    ],
)
def test_what_android_cannot_say(policies, refused: str) -> None:
    """What would weaken or break is not written, and says why."""
    with pytest.raises(LossError) as caught:
        FORM.dumps(PinSet(policies))
    assert caught.value.losses[0].id == refused


def test_an_expiry_within_a_day_is_rounded_up() -> None:
    """Pinning ends at midnight: of the day after, never of the day before."""
    moment = datetime(2027, 1, 30, 12, tzinfo=UTC)
    pin_set = PinSet([policy("example.com", expires=moment, on_expiry=OnExpiry.ALLOW)])
    assert [loss.id for loss in FORM.losses(pin_set)] == ["expiry-time"]
    assert 'expiration="2027-01-31"' in FORM.dumps(pin_set)
