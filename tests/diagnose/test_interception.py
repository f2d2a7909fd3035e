from keypin.certs.container import load_certificates
from keypin.certs.failure import Reason
from keypin.pins.pin import Pin

HOST = "www.example.com"


def test_a_product_is_named_with_its_evidence(finds, shake, authority) -> None:
    """Issuer, pin and subject of the leaf, address: what a person needs to believe it."""
    proxy = authority.root("Zscaler Root CA", "Zscaler Inc.")
    leaf = proxy.leaf(HOST)
    (found,) = finds("intercepting-proxy", shake(leaf, reason=Reason.UNKNOWN_ISSUER))
    assert found.severity == "error"
    assert found.subject == "www.example.com:443"
    assert found.message == "Zscaler stands in the connection: a security gateway"
    assert found.evidence == (
        "issuer: O=Zscaler Inc.,CN=Zscaler Root CA",
        f"{Pin.of_key(leaf)}: CN={HOST}",
        "seen at 192.0.2.1:443",
    )


def test_several_addresses_are_one_finding(finds, shake, authority) -> None:
    """The same message is told once, with every address."""
    proxy = authority.root("mitmproxy", "mitmproxy")
    leaf = proxy.leaf(HOST)
    shakes = [
        shake(leaf, reason=Reason.UNKNOWN_ISSUER, address=f"192.0.2.{n}:443", key_type="ecdsa")
        for n in (1, 2)
    ]
    (found,) = finds("intercepting-proxy", *shakes)
    assert found.evidence[-2:] == ("seen at 192.0.2.1:443 (ecdsa)", "seen at 192.0.2.2:443 (ecdsa)")


def test_a_trusted_product_is_named_too(finds, shake, authority) -> None:
    """The platform trusts the proxy's root: the chain verifies, and is no less intercepted."""
    proxy = authority.root("Fortinet_CA_SSL", "Fortinet")
    chain = proxy.chain(HOST)
    trusted = shake(chain.leaf, verified=chain)
    assert finds("intercepting-proxy", trusted)
    assert not finds("private-root", trusted)


def test_a_products_company_may_have_a_web_site(finds, shake, public) -> None:
    """A chain to a public root is nobody's interception."""
    chain = public.below("Zscaler Public CA", "Zscaler").chain(HOST)
    assert not finds("intercepting-proxy", shake(chain.leaf, chain[1], verified=chain))


def test_a_root_that_is_not_public_is_told(finds, shake, private, public) -> None:
    """Either a CA of one's own or an interception: the evidence is the root."""
    chain = private.chain(HOST)
    (found,) = finds("private-root", shake(chain.leaf, verified=chain))
    assert found.message == "the chain ends in a root that is not public: CN=Private Root"
    assert found.evidence == (
        f"{private.pin}: CN=Private Root",
        "not in the public roots",
        "seen at 192.0.2.1:443",
    )
    good = public.chain(HOST)
    assert not finds("private-root", shake(good.leaf, verified=good))


def test_without_the_public_roots_nobody_is_accused(finds, shake, private) -> None:
    """What is not known is not told; a chain that failed has no root."""
    chain = private.chain(HOST)
    assert not finds("private-root", shake(chain.leaf, verified=chain), public_roots=None)
    assert not finds("private-root", shake(chain.leaf, reason=Reason.UNKNOWN_ISSUER))


def test_a_nameless_root_is_told_without_a_name(finds, shake, authority) -> None:
    """A subject may be empty."""
    chain = authority.root(None).chain(HOST)
    (found,) = finds("private-root", shake(chain.leaf, verified=chain))
    assert found.message == "the chain ends in a root that is not public: (no subject)"


def test_a_captive_portal_is_recognised_by_its_name(finds, shake, public) -> None:
    """Another name than the host's, of a kind that portals bear."""
    leaf = public.leaf("securelogin.arubanetworks.com")
    (found,) = finds("captive-portal", shake(leaf, reason=Reason.HOST_MISMATCH))
    assert found.message == (
        "a captive portal seems to answer for www.example.com: it shows a certificate for "
        "securelogin.arubanetworks.com"
    )


def test_a_portal_that_was_asked_for_is_no_surprise(finds, shake, private) -> None:
    """Who asks for the portal gets the portal; an ordinary wrong name is no portal."""
    own = shake(private.leaf("portal.example.net"), reason=Reason.UNKNOWN_ISSUER)
    assert not finds("captive-portal", own, host="portal.example.net")
    other = shake(private.leaf("example.net"), reason=Reason.HOST_MISMATCH)
    assert not finds("captive-portal", other)
    nameless = shake(private.leaf(), reason=Reason.HOST_MISMATCH)
    assert not finds("captive-portal", nameless)


def test_a_host_that_the_portal_certificate_also_names(finds, shake, private) -> None:
    """A certificate that is for the host as well is the host's own."""
    both = shake(private.leaf(HOST, "portal.example.net"), reason=Reason.UNKNOWN_ISSUER)
    assert not finds("captive-portal", both)


def test_real_interceptions_are_named(finds, shake, vectors) -> None:
    """badssl.com's interception tests and a chain that mitmproxy made."""
    cases = {
        "badssl/subdomain-superfish.pem": "Superfish",
        "badssl/subdomain-edellroot.pem": "eDellRoot",
        "badssl/subdomain-dsdtestprovider.pem": "DSDTestProvider",
        "appmattus/mitmproxy-attack-chain.pem": "mitmproxy",
    }
    for file, name in cases.items():
        presented = load_certificates((vectors / "chains" / file).read_bytes())
        (found,) = finds("intercepting-proxy", shake(*presented, reason=Reason.UNTRUSTED_ROOT))
        assert found.message.startswith(f"{name} stands in the connection")


def test_a_real_captive_portal_is_recognised(finds, shake, vectors) -> None:
    """badssl.com's captive portal answers for another name."""
    path = vectors / "chains" / "badssl" / "subdomain-captive-portal.pem"
    presented = load_certificates(path.read_bytes())
    (found,) = finds("captive-portal", shake(*presented, reason=Reason.HOST_MISMATCH))
    assert found.message.endswith("it shows a certificate for login.captive-portal.badssl.com")
