import pytest

from keypin.diagnose.products import PORTALS, PRODUCTS, Kind, portal_name, product_of


@pytest.mark.parametrize(
    ("issuer", "product", "kind"),
    [
        ("CN=Zscaler Intermediate Root CA (zscaler.net),O=Zscaler Inc.", "Zscaler", Kind.GATEWAY),
        ("CN=ca.acme.goskope.com,O=Acme", "Netskope", Kind.GATEWAY),
        ("CN=FG100F,OU=Certificate Authority,O=Fortinet,C=US", "Fortinet FortiGate", Kind.GATEWAY),
        ("CN=Sophos SSL CA_C01001,O=Sophos", "Sophos", Kind.GATEWAY),
        ("CN=Cisco Umbrella Root CA,O=Cisco", "Cisco Umbrella", Kind.GATEWAY),
        (
            "CN=Kaspersky Anti-Virus Personal Root Certificate,O=AO Kaspersky Lab",
            "Kaspersky",
            Kind.ANTIVIRUS,
        ),
        ("CN=ESET SSL Filter CA,O=ESET\\, spol. s r. o.", "ESET", Kind.ANTIVIRUS),
        ("CN=Bitdefender Personal CA.Net-Defender,O=Bitdefender", "Bitdefender", Kind.ANTIVIRUS),
        ("CN=Charles Proxy CA (1 Jan 2026\\, mac),O=XK72 Ltd", "Charles", Kind.DEBUGGER),
        ("CN=DO_NOT_TRUST_FiddlerRoot,O=DO_NOT_TRUST", "Fiddler", Kind.DEBUGGER),
        ("O=mitmproxy,CN=mitmproxy", "mitmproxy", Kind.DEBUGGER),
        ("CN=PortSwigger CA,O=PortSwigger", "Burp Suite", Kind.DEBUGGER),
        ("CN=HTTP Toolkit CA", "HTTP Toolkit", Kind.DEBUGGER),
        ("CN=Superfish\\, Inc.,O=Superfish\\, Inc.", "Superfish", Kind.ADWARE),
        ("CN=eDellRoot", "eDellRoot", Kind.ADWARE),
    ],
)
def test_a_product_is_known_by_its_cas_name(issuer, product, kind) -> None:
    """The default names of the products' CAs, in any case."""
    found = product_of(("CN=something else", issuer.upper()))
    assert found is not None
    assert (found[0].name, found[0].kind, found[1]) == (product, kind, issuer.upper())


def test_an_ordinary_ca_is_no_product() -> None:
    """Names that contain no fragment, and no names at all."""
    assert product_of(("CN=R12,O=Let's Encrypt,C=US", "CN=Acme Root")) is None
    assert product_of(()) is None


@pytest.mark.parametrize("name", ["CN=Big Data CA", "O=Zappos", "CN=Acme Cloud Services CA"])
def test_a_private_ca_of_a_similar_name_is_not_accused(name) -> None:
    """Fragments are long enough not to stand inside ordinary company names."""
    assert product_of((name,)) is None


def test_fragments_are_lower_case_and_unique() -> None:
    """A fragment in capitals could never match; one that stands twice hides the second product."""
    fragments = [part for product in PRODUCTS for part in product.fragments]
    assert len(fragments) == len(set(fragments))
    assert all(part == part.lower() for part in (*fragments, *PORTALS))


def test_a_portal_is_known_by_its_name() -> None:
    """The first name that is a portal's, or none."""
    assert portal_name(("example.com", "securelogin.arubanetworks.com")) == (
        "securelogin.arubanetworks.com"
    )
    assert portal_name(("example.com", "unified.example.com")) is None
