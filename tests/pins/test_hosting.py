import pytest

from keypin.pins.hosting import (
    KNOWN,
    Kind,
    marks,
    owners,
    registrable,
    service_of_host,
    shared_between,
)

MANY = tuple(f"shop{number}.com" for number in range(8))


@pytest.mark.parametrize(
    ("host", "name", "kind"),
    [
        ("d111111abcdef8.cloudfront.net", "Amazon CloudFront", Kind.CDN),
        ("cloudfront.net", "Amazon CloudFront", Kind.CDN),
        ("shop.herokuapp.com", "Heroku", Kind.PLATFORM),
        ("api.stripe.com", "Stripe", Kind.THIRD_PARTY),
        ("cdnjs.cloudflare.com", "cdnjs", Kind.CDN),
    ],
)
def test_a_host_is_known_by_its_suffix(host, name, kind) -> None:
    """The longest listed suffix decides."""
    found = service_of_host(host)
    assert found is not None
    assert (found.name, found.kind) == (name, kind)


@pytest.mark.parametrize("host", ["example.com", "notstripe.com", "stripe.com.example.net", "com"])
def test_a_suffix_is_compared_label_by_label(host) -> None:
    """A name that merely looks alike is nobody's."""
    assert service_of_host(host) is None


def test_suffixes_are_listed_once() -> None:
    """No suffix has two owners, and all are lower case."""
    suffixes = [suffix for service in KNOWN for suffix in service.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert all(suffix == suffix.lower() for suffix in suffixes)


def test_issuer_and_names_are_marks(root) -> None:
    """A CDN shows in who issued, or in the other names of the certificate."""
    ca = root.below("Certainly Intermediate E9", "Certainly")
    leaf = ca.leaf("www.example.com", "*.global.ssl.fastly.net", "stripe.com")
    assert [(mark.service.name, mark.evidence) for mark in marks(leaf, "www.example.com")] == [
        ("Fastly", "issuer: O=Certainly,CN=Certainly Intermediate E9"),
        ("Fastly", "name in the certificate: *.global.ssl.fastly.net"),
        ("Stripe", "name in the certificate: stripe.com"),
    ]


def test_a_services_own_name_is_no_mark_of_itself(root) -> None:
    """Who asks for a cloudfront.net host learns nothing from that name."""
    leaf = root.leaf("*.cloudfront.net")
    assert marks(leaf, "d1.cloudfront.net") == ()
    assert len(marks(leaf)) == 1


def test_owners_are_counted_by_registrable_name() -> None:
    """One company under many suffixes is one owner."""
    assert registrable("www.shop.co.uk") == "shop.co.uk"
    assert registrable("localhost") == "localhost"
    assert owners(("*.amazon.com", "www.amazon.co.uk", "Example.ORG")) == ("amazon", "example")


def test_a_shared_certificate_names_many_owners(root) -> None:
    """Eight names of one owner are no sharing, seven owners are not enough."""
    assert shared_between(root.leaf(*MANY)) == tuple(f"shop{number}" for number in range(8))
    assert shared_between(root.leaf(*MANY[:7])) == ()
    assert shared_between(root.leaf(*(f"w{n}.example.com" for n in range(9)))) == ()


def test_an_organisation_that_the_ca_checked_is_one_owner(root) -> None:
    """An OV certificate's many names are one company's (CA/Browser Forum 2.23.140.1.2.2)."""
    assert shared_between(root.leaf(*MANY, policy="2.23.140.1.2.2")) == ()
