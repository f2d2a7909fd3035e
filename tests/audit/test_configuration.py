"""Configurations inside an app, read by the readers of their sources."""

from keypin.audit.configuration import read_info_plist, read_network_security_config
from keypin.audit.gathered import Gathered
from keypin.audit.model import Source
from keypin.audit.tree import Attribute, Element

NAME = "app.apk!/res/xml/net.xml"


def read(root: Element) -> Gathered:
    """Return what a configuration of Android says."""
    found = Gathered()
    read_network_security_config(root, root.to_text(), NAME, found)
    return found


def test_android(make_config, pins) -> None:
    """Pins have their host, their source and the line of the developer's own file."""
    found = read(make_config())
    assert [(str(one.pin), one.host, one.source) for one in found.pins.values()] == [
        (pin, "**.example.com", Source.NETWORK_SECURITY_CONFIG) for pin in pins
    ]
    assert [str(one.place) for one in found.pins.values()] == [f"{NAME}:5", f"{NAME}:6"]
    assert [str(policy.host) for policy in found.policies] == ["**.example.com"]


def test_trustkit_on_android(make_config) -> None:
    """TrustKit's own element makes it TrustKit's: without enforcement it only reports."""
    root = make_config()
    config = root.children[0]
    config.children.append(Element("trustkit-config", (Attribute("enforcePinning", "false"),), 8))
    found = read(root)
    assert {one.source for one in found.pins.values()} == {Source.TRUSTKIT}
    assert [policy.mode for policy in found.policies] == ["report"]


def test_android_without_pins() -> None:
    """A configuration that pins nothing says nothing of pins."""
    found = read(Element("network-security-config"))
    assert (found.pins, found.findings) == ({}, {})


def test_what_android_would_refuse(make_config) -> None:
    """A file that is none, or that the platform refuses, is a finding with its place."""
    (finding,) = read(Element("manifest")).findings
    assert finding.message.startswith("the element <manifest>; expected <network-security-config>")
    (finding,) = read(make_config(("sha256/AAAA",))).findings
    assert (finding.id, str(finding.place)) == ("app-part-unreadable", f"{NAME}:5")


def test_apple(pins) -> None:
    """NSPinnedDomains and TrustKit's configuration stand in the same property list."""
    digests = [pin.removeprefix("sha256/") for pin in pins]
    identities = [{"SPKI-SHA256-BASE64": digest} for digest in digests]
    values: dict[str, object] = {
        "NSAppTransportSecurity": {
            "NSPinnedDomains": {
                "example.org": {"NSIncludesSubdomains": True, "NSPinnedCAIdentities": identities}
            }
        },
        "TSKConfiguration": {
            "TSKPinnedDomains": {
                "example.com": {"TSKPublicKeyHashes": digests, "TSKEnforcePinning": False}
            }
        },
    }
    found = Gathered()
    read_info_plist(values, "app.ipa!/Payload/Shop.app/Info.plist", found)
    sources = {(one.host, one.source) for one in found.pins.values()}
    assert (len(found.pins), {source for _, source in sources}) == (
        4, {Source.NS_PINNED_DOMAINS, Source.TRUSTKIT},
    )  # fmt: skip
    assert {policy.mode for policy in found.policies} == {"enforce", "report"}


def test_a_property_list_without_pins() -> None:
    """Most have none."""
    found = Gathered()
    read_info_plist({"NSAppTransportSecurity": {"NSAllowsArbitraryLoads": True}}, "x", found)
    assert (found.pins, found.findings) == ({}, {})
