import pytest

OWNERS = tuple(f"shop{number}.co.uk" for number in range(8))


@pytest.mark.parametrize("host", ["api.stripe.com", "**.stripe.com"])
def test_a_third_partys_host_is_an_error(finds, policy, spare, host) -> None:
    """Their keys change without a word to you."""
    (found,) = finds("third-party-host", policy(host, active=(spare(1),)))
    assert found.severity == "error"
    assert "whose keys change without notice to you" in found.message


@pytest.mark.parametrize("host", ["d111111abcdef8.cloudfront.net", "shop.herokuapp.com"])
def test_a_host_of_a_cdn_or_platform_is_told(finds, policy, spare, host) -> None:
    """The provider holds the key."""
    (found,) = finds("cdn-host", policy(host, active=(spare(1),)))
    assert found.message.startswith(f"{host} is served by ")
    assert not finds("third-party-host", policy(host, active=(spare(1),)))


def test_a_cdn_is_recognised_by_its_certificate(finds, policy, root, spare) -> None:
    """Behind a name of one's own the issuer or the other names give it away."""
    chain = root.below("Certainly Intermediate R9", "Certainly").chain("www.example.com")
    pinned = policy("www.example.com", active=(spare(1),))
    (found,) = finds("cdn-host", pinned, observed={"www.example.com": (chain,)})
    assert found.message == "the certificate of www.example.com is Fastly's, which holds the key"


def test_a_host_of_ones_own_is_silent(finds, policy, root, spare) -> None:
    """An ordinary server with an ordinary certificate; a partner's name in it is no CDN."""
    chain = root.chain("www.example.com", "example.stripe.com")
    pinned = policy("www.example.com", active=(spare(1),))
    for rule in ("third-party-host", "cdn-host", "shared-key"):
        assert not finds(rule, pinned, observed={"www.example.com": (chain,)})


def test_a_certificate_of_many_owners_is_told(finds, policy, root, spare) -> None:
    """Eight owners do not share a key by chance."""
    chain = root.chain("www.example.com", *OWNERS)
    pinned = policy("www.example.com", active=(spare(1),))
    (found,) = finds("shared-key", pinned, observed={"www.example.com": (chain,)})
    assert found.message == "the certificate of www.example.com is shared by 9 owners"
    assert found.evidence == (
        "among them: example, shop0, shop1, shop2, shop3",
        "subject: CN=www.example.com",
    )
