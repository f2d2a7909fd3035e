"""The facts in extensions."""

from ipaddress import ip_network

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from keypin.certs import NameConstraints
from keypin.certs.extensions import Extensions


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        (["2.23.140.1.2.1"], "DV"),
        (["2.23.140.1.2.2"], "OV"),
        (["2.23.140.1.2.3"], "IV"),
        (["2.23.140.1.1"], "EV"),
        (["2.23.140.1.2.1", "1.2.3", "2.23.140.1.1"], "EV"),
        (["1.3.6.1.4.1.11129.2.5.3"], None),
        ([], None),
    ],
)
def test_validation(policies, expected) -> None:
    """The Forum's reserved policies say how a subject was validated; the strongest counts."""
    assert Extensions(policy_oids=tuple(policies)).validation == expected


def test_name_constraints(pki) -> None:
    """Each kind of name is written with its label."""
    place = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "DE")])
    limits = x509.NameConstraints(
        [
            x509.DNSName("shop.test"),
            x509.IPAddress(ip_network("10.0.0.0/8")),
            x509.DirectoryName(place),
        ],
        [x509.RFC822Name("shop.test"), x509.UniformResourceIdentifier("shop.test")],
    )
    found = pki.root(replace=[(limits, True)]).certificate.name_constraints
    assert found == NameConstraints(
        ("DNS:shop.test", "IP:10.0.0.0/8", "DirName:C=DE"), ("email:shop.test", "URI:shop.test")
    )


def test_a_precertificate_says_so_by_its_poison(pki) -> None:
    """RFC 6962 section 3.1."""
    poison = x509.PrecertPoison(), True
    assert pki.root(replace=[poison]).certificate.is_precertificate
    assert not pki.root().certificate.is_precertificate


def test_nothing_is_assumed() -> None:
    """A certificate without extensions is no CA, has no names and no limits."""
    found = Extensions()
    assert (found.is_ca, found.dns_names, found.name_constraints) == (False, (), None)
