"""Apple's two lists: any CA of one, the leaf of the other, and both where both are given."""

import pytest

from keypin.errors import FormatError
from keypin.formats import LossError, form
from keypin.pins import HostPattern, Pin, PinPosition, PinSet, Policy, PolicyPin
from keypin.pins.ca_keys import ROOTS

FORM = form("apple")
A, B, C = ("A" * 43 + "=", "B" * 42 + "A=", "C" * 42 + "A=")


def identity(text: str) -> str:
    """Return an identity."""
    return f"<dict>\n<key>SPKI-SHA256-BASE64</key>\n<string>{text}</string>\n</dict>\n"


def plist(domain: str, before: str = "") -> str:
    """Return an Info.plist with one domain."""
    return (
        '<plist version="1.0">\n<dict>\n<key>NSAppTransportSecurity</key>\n<dict>\n'
        f"{before}<key>NSPinnedDomains</key>\n<dict>\n<key>example.com</key>\n{domain}"
        "</dict>\n</dict>\n</dict>\n</plist>\n"
    )


LEAVES = f"<key>NSPinnedLeafIdentities</key>\n<array>\n{identity(A)}{identity(B)}</array>\n"
CAS = f"<key>NSPinnedCAIdentities</key>\n<array>\n{identity(C)}</array>\n"


def test_both_lists_must_match() -> None:
    """Two lists are two demands: the second is what must match as well."""
    reading = FORM.loads(plist(f"<dict>\n{LEAVES}{CAS}</dict>\n"), name="Info.plist")
    (policy,) = reading.pin_set.policies
    assert [str(entry.pin) for entry in policy.pins] == [f"sha256/{A}", f"sha256/{B}"]
    assert [entry.pin.position for entry in policy.also] == [PinPosition.CA]
    assert [one.id for one in reading.findings] == ["apple-both-lists", "apple-no-subdomains"]
    assert str(policy.place) == "Info.plist:7"
    assert str(policy.pins[1].place) == "Info.plist:17"


def test_one_list() -> None:
    """A CA list alone is one demand; subdomains only where the list says so."""
    text = plist(f"<dict>\n<key>NSIncludesSubdomains</key>\n<true/>\n{CAS}</dict>\n")
    reading = FORM.loads(text)
    (policy,) = reading.pin_set.policies
    assert str(policy.host) == "**.example.com"
    assert policy.pins[0].pin.position is PinPosition.CA
    assert policy.also == ()
    assert reading.findings == ()


def test_arbitrary_loads() -> None:
    """Where App Transport Security is off, so are the pins."""
    before = "<key>NSAllowsArbitraryLoads</key>\n<true/>\n"
    found = FORM.loads(plist(f"<dict>\n{CAS}</dict>\n", before)).findings
    assert "apple-arbitrary-loads" in [one.id for one in found]


BELOW = "<key>NSIncludesSubdomains</key><true/>"


@pytest.mark.parametrize(
    ("domain", "more", "subdomains", "told"),
    [
        ("example.com", "", "", ["example.com"]),
        ("com", BELOW, "", ["example.com"]),
        ("com", "", "", []),
        ("API.example.com", "", BELOW, ["**.example.com"]),
        ("api.example.com", "", "", []),
        ("other.example", BELOW, BELOW, []),
    ],
)
def test_insecure_loads(domain: str, more: str, subdomains: str, told: list[str]) -> None:
    """An exception that lets a pinned host be called without TLS is told, at its line."""
    before = (
        f"<key>NSExceptionDomains</key>\n<dict>\n<key>{domain}</key>\n<dict>{more}\n"
        "<key>NSExceptionAllowsInsecureHTTPLoads</key><true/>\n</dict>\n"
        "<key>safe.example</key>\n<dict></dict>\n</dict>\n"
    )
    found = FORM.loads(plist(f"<dict>\n{subdomains}{CAS}</dict>\n", before), name="i").findings
    insecure = [one for one in found if one.id == "apple-insecure-loads"]
    assert [one.subject for one in insecure] == told
    assert [str(one.place) for one in insecure] == ["i:9" for _ in told]
    assert all(f"{domain.lower()} may be called by http" in one.message for one in insecure)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (plist("<dict></dict>\n"), "i:7: no identities for example.com; expected "
         "NSPinnedCAIdentities or NSPinnedLeafIdentities"),
        (plist("<string>a</string>\n"), "i:8: <string>; expected <dict>"),
        (plist("<dict>\n<key>NSPinnedCAIdentities</key>\n<true/>\n</dict>\n"),
         "i:10: <true> for NSPinnedCAIdentities; expected <array>"),
        (plist("<dict>\n<key>NSPinnedCAIdentities</key>\n<array><string>a</string></array>\n"
               "</dict>\n"), "i:10: <string> in NSPinnedCAIdentities; expected <dict>"),
        (plist("<dict>\n<key>NSPinnedCAIdentities</key>\n<array><dict></dict></array>\n</dict>\n"),
         "i:10: an identity of NSPinnedCAIdentities without SPKI-SHA256-BASE64; expected "
         "<key>SPKI-SHA256-BASE64</key>"),
        (plist(f"<dict>\n{CAS}<key>NSIncludesSubdomains</key>\n<string>YES</string>\n</dict>\n"),
         "i:17: <string> for NSIncludesSubdomains; expected <true/> or <false/>"),
        (plist(f"<dict>\n{CAS}{CAS}</dict>\n"),
         "i:16: the key 'NSPinnedCAIdentities' for the second time; expected each key once"),
        (plist("<dict>\n<true/>\n</dict>\n"),
         "i:9: <true> without its pair; expected <key> and a value"),
        (plist(CAS.replace("<array>", "<dict>").replace("</array>", "</dict>")),
         "i:9: <dict> without its pair; expected <key> and a value"),
        ("<plist/>", "i:1: the element <plist>; expected a <plist> with one <dict>"),
        ("<plist><dict><key>a</key><true/></dict></plist>", "i: no pins; expected an Info.plist "
         "with NSAppTransportSecurity > NSPinnedDomains"),
        (plist("<dict>\n<key>NSPinnedCAIdentities</key>\n<array><dict>"
               "<key>SPKI-SHA256-BASE64</key><data>AA==</data></dict></array>\n</dict>\n"),
         "i:10: <data> for SPKI-SHA256-BASE64; expected <string>"),
    ],
)  # fmt: skip
def test_mistakes(text: str, complaint: str) -> None:
    """What the system would refuse or ignore is refused, with its line."""
    with pytest.raises(FormatError) as caught:
        FORM.loads(text, name="i")
    assert str(caught.value) == complaint


def losses(*pins: Pin, **changes) -> list[tuple[str, str]]:
    """Return the losses of a policy with these pins."""
    entries = tuple(map(PolicyPin, pins))
    policy = Policy(host=HostPattern("example.com"), pins=entries, no_backup="a test", **changes)
    return [(loss.id, loss.effect) for loss in FORM.losses(PinSet([policy]))]


def pin(text: str, position: str) -> Pin:
    """Return a pin."""
    return Pin.parse(f"sha256/{text}", position=position)


def test_a_pin_must_be_of_the_leaf_or_of_a_ca() -> None:
    """A pin of unknown kind has no list; of a known CA it is clear, of a root it is any CA."""
    known = Pin.parse(ROOTS[0][0])
    assert losses(pin(A, "any")) == [("position", "breaks")]
    assert losses(known) == [("position", "stricter")]
    assert losses(pin(A, "root")) == [("position", "wider")]
    assert losses(pin(A, "ca")) == []
    assert losses(pin(A, "leaf")) == []


def test_one_list_cannot_mix() -> None:
    """Either a leaf or a CA cannot be said: two lists would both have to match."""
    assert losses(pin(A, "leaf"), pin(B, "ca")) == [("both-lists", "breaks")]
    both = (PolicyPin(pin(B, "ca")),)
    assert losses(pin(A, "leaf"), also=both) == []
    assert losses(pin(A, "ca"), also=both) == [("both-lists", "breaks")]


def test_the_error_names_the_cure() -> None:
    """Who tries all the same is told what to say in the pin set."""
    policy = Policy(
        host=HostPattern("example.com"), pins=(PolicyPin(pin(A, "any")),), no_backup="a test"
    )
    with pytest.raises(LossError) as caught:
        FORM.dumps(PinSet([policy]))
    assert str(caught.value) == (
        "example.com cannot be written as Apple's NSPinnedDomains: "
        f"sha256/{A} must be said to be of the leaf or of a CA; "
        'say position = "leaf" or position = "ca" for it'
    )
