"""Interception products by the names that their certificates bear, and captive portals by theirs.

Rows of (product, what it is, fragments). A fragment is looked for, without regard to case, in the
issuer names of a chain that does not end in a public root, written by RFC 4514; so a fragment that
names a company does not accuse that company's own public web site. The names are the defaults by
which the products make their CA; an administrator may have chosen another, and then the chain is
reported as one under a private root.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of thing stands in the connection."""

    GATEWAY = "a security gateway"
    ANTIVIRUS = "a virus scanner or parental control"
    DEBUGGER = "a debugging proxy"
    ADWARE = "unwanted software with a known bad root"


@dataclass(frozen=True, slots=True)
class Product:
    """An interception product.

    Attributes:
        name: what it is called.
        kind: what sort of product it is.
        fragments: what to look for in issuer names, lower case.
    """

    name: str
    kind: Kind
    fragments: tuple[str, ...]


PRODUCTS: tuple[Product, ...] = (
    # help.zscaler.com, "About SSL inspection": Zscaler Root CA and Zscaler Intermediate Root CA.
    Product("Zscaler", Kind.GATEWAY, ("zscaler",)),
    # docs.netskope.com: certadmin@netskope.com, ca.TENANT.goskope.com.
    Product("Netskope", Kind.GATEWAY, ("netskope", "goskope.com")),
    # techdocs.broadcom.com, ProxySG and Cloud SWG.
    Product("Blue Coat / Symantec", Kind.GATEWAY, ("blue coat", "bluecoat")),
    # docs.fortinet.com: Fortinet_CA_SSL, Fortinet_CA_Untrusted.
    Product("Fortinet FortiGate", Kind.GATEWAY, ("o=fortinet", "cn=fortinet", "fortigate")),
    # docs.paloaltonetworks.com: forward trust and untrust certificates; Prisma Access.
    Product("Palo Alto Networks", Kind.GATEWAY, ("palo alto networks", "prisma access")),
    # docs.sophos.com: Sophos SSL CA_SERIAL, SecurityAppliance_SSL_CA.
    Product("Sophos", Kind.GATEWAY, ("sophos", "securityappliance_ssl_ca")),
    # docs.umbrella.com: Cisco Umbrella Root CA; Cisco's Web Security Appliance.
    Product("Cisco Umbrella", Kind.GATEWAY, ("cisco umbrella", "opendns")),
    Product("Cisco Web Security Appliance", Kind.GATEWAY, ("ironport", "cisco wsa")),
    # forcepoint.com and its Stonesoft and Websense ancestry.
    Product("Forcepoint", Kind.GATEWAY, ("forcepoint", "websense")),
    # sc1.checkpoint.com: HTTPS inspection; Harmony.
    Product("Check Point", Kind.GATEWAY, ("check point", "checkpoint")),
    # success.skyhighsecurity.com, formerly McAfee Web Gateway.
    Product("Skyhigh / McAfee Web Gateway", Kind.GATEWAY, ("mcafee", "skyhigh")),
    # developers.cloudflare.com/cloudflare-one: Gateway CA - Cloudflare Managed G1/G2.
    Product(
        "Cloudflare Gateway", Kind.GATEWAY, ("gateway ca - cloudflare", "cloudflare for teams")
    ),
    Product("iboss", Kind.GATEWAY, ("cn=iboss", "o=iboss")),
    Product("Barracuda", Kind.GATEWAY, ("barracuda",)),
    Product("WatchGuard", Kind.GATEWAY, ("watchguard", "fireware")),
    Product("SonicWall", Kind.GATEWAY, ("sonicwall",)),
    Product("Cato Networks", Kind.GATEWAY, ("cato networks",)),
    Product("Untangle / Arista Edge", Kind.GATEWAY, ("untangle",)),
    Product("Securly", Kind.GATEWAY, ("securly",)),
    Product("Lightspeed", Kind.GATEWAY, ("lightspeed systems",)),
    Product("Smoothwall", Kind.GATEWAY, ("smoothwall",)),
    Product("ContentKeeper", Kind.GATEWAY, ("contentkeeper",)),
    Product("pfSense / OPNsense", Kind.GATEWAY, ("pfsense", "opnsense")),
    # wiki.squid-cache.org, SslBump: the CA's name is the administrator's; Debian's example below.
    Product("Squid", Kind.GATEWAY, ("cn=squid", "o=squid")),
    # support.kaspersky.com: Kaspersky Anti-Virus Personal Root Certificate.
    Product("Kaspersky", Kind.ANTIVIRUS, ("kaspersky",)),
    # help.eset.com: ESET SSL Filter CA.
    Product("ESET", Kind.ANTIVIRUS, ("eset ssl filter", "o=eset")),
    # support.avast.com and support.avg.com: Web/Mail Shield roots.
    Product("Avast", Kind.ANTIVIRUS, ("avast!", "avast web/mail shield", "o=avast")),
    Product("AVG", Kind.ANTIVIRUS, ("avg technologies", "avg web/mail shield")),
    # bitdefender.com/support: Bitdefender Personal CA.Net-Defender.
    Product("Bitdefender", Kind.ANTIVIRUS, ("bitdefender",)),
    Product("Norton", Kind.ANTIVIRUS, ("norton web/mail shield", "norton personal")),
    Product("Dr.Web", Kind.ANTIVIRUS, ("drweb", "dr.web")),
    Product("BullGuard", Kind.ANTIVIRUS, ("bullguard",)),
    Product("G DATA", Kind.ANTIVIRUS, ("g data software",)),
    Product("AdGuard", Kind.ANTIVIRUS, ("adguard",)),
    Product("Net Nanny", Kind.ANTIVIRUS, ("net nanny", "contentwatch")),
    Product("Qustodio", Kind.ANTIVIRUS, ("qustodio",)),
    # charlesproxy.com: Charles Proxy CA (date, machine).
    Product("Charles", Kind.DEBUGGER, ("charles proxy", "xk72")),
    # docs.telerik.com/fiddler: DO_NOT_TRUST_FiddlerRoot; Fiddler Everywhere.
    Product("Fiddler", Kind.DEBUGGER, ("do_not_trust", "fiddler")),
    # docs.mitmproxy.org, "About certificates": CN and O are mitmproxy.
    Product("mitmproxy", Kind.DEBUGGER, ("mitmproxy",)),
    # portswigger.net/burp: PortSwigger CA.
    Product("Burp Suite", Kind.DEBUGGER, ("portswigger",)),
    # zaproxy.org: OWASP Zed Attack Proxy Root CA.
    Product("ZAP", Kind.DEBUGGER, ("zed attack proxy", "zap root ca")),
    Product("Proxyman", Kind.DEBUGGER, ("proxyman",)),
    # httptoolkit.com: HTTP Toolkit CA.
    Product("HTTP Toolkit", Kind.DEBUGGER, ("http toolkit",)),
    Product("Requestly", Kind.DEBUGGER, ("requestly", "rqproxy")),
    Product("Whistle", Kind.DEBUGGER, ("wproxy",)),
    Product("AnyProxy", Kind.DEBUGGER, ("anyproxy",)),
    # kb.cert.org VU#529496 and VU#925497; badssl.com serves all three for tests.
    Product("Superfish", Kind.ADWARE, ("superfish",)),
    Product("eDellRoot", Kind.ADWARE, ("edellroot",)),
    Product("DSDTestProvider", Kind.ADWARE, ("dsdtestprovider",)),
    Product("Komodia", Kind.ADWARE, ("komodia",)),
    Product("PrivDog", Kind.ADWARE, ("privdog",)),
    Product("badssl.com's test of interception software", Kind.ADWARE, ("badssl mitm software",)),
)

# Fragments of the names that captive portals' certificates bear, lower case: the products'
# documented redirect hosts, then the words that venues use.
PORTALS: tuple[str, ...] = (
    "captive",  # captive.apple.com look-alikes, captive-portal.badssl.com, venues
    "securelogin.arubanetworks.com",  # Aruba Instant's default
    "network-auth.com",  # Cisco Meraki splash pages
    "wifi-login",
    "wifilogin",
    "hotspot",
    "guest-wifi",
    "guestwifi",
    "wlan-login",
    "wireless-login",
    "nomadix",
    "aruba-master",
    "cloudtrax",
    "purple.ai",
    "unifi.",  # UniFi's guest portal serves the controller's own certificate
    "mikrotik",
    "ruckuswireless",
    "extremeguest",
    "splash.",
    "portal.",
    "walledgarden",
)


def product_of(names: tuple[str, ...]) -> tuple[Product, str] | None:
    """Return the product that issuer names betray, with the name that does, or None.

    Args:
        names: issuer names by RFC 4514, of a chain that does not end in a public root.
    """
    for product in PRODUCTS:
        for name in names:
            if any(fragment in name.lower() for fragment in product.fragments):
                return product, name
    return None


def portal_name(names: tuple[str, ...]) -> str | None:
    """Return the first of a certificate's names that is one of a captive portal, or None."""
    return next(
        (name for name in names if any(part in name.lower() for part in PORTALS)),
        None,
    )
