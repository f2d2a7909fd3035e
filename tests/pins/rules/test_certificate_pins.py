from datetime import timedelta

from keypin.pins.pin import Pin


def test_a_leaf_certificate_pin_counts_its_days(finds, policy, root) -> None:
    """The observed certificate says when the pin dies, the ballot what comes next."""
    chain = root.chain("api.example.com")
    pinned = policy(active=(Pin.of_certificate(chain.leaf),))
    (found,) = finds("leaf-certificate-pin", pinned, observed={"api.example.com": (chain,)})
    assert found.message == f"{Pin.of_certificate(chain.leaf)} pins a certificate, not a key"
    assert found.evidence == (
        (
            "dead in 60 days at the latest (certificate ends 2027-01-22), "
            "in 30 if it is renewed with a third of its life left"
        ),
        (
            "longest validity of a public certificate: 200 days, then 100 days from 2027-03-15, "
            "then 47 days from 2029-03-15"
        ),
    )


def test_unobserved_it_is_dead_within_the_longest_life(finds, policy, root, now) -> None:
    """Without a look at the server the ballot's limit is the bound; it shrinks over the years."""
    pinned = policy(active=(Pin.of_certificate(root.leaf("api.example.com")),))
    (found,) = finds("leaf-certificate-pin", pinned)
    assert found.evidence[0].startswith("dead within 200 days if")
    (found,) = finds("leaf-certificate-pin", pinned, at=now.replace(year=2029))
    assert found.evidence[0].startswith("dead within 47 days if")
    assert found.evidence[1] == "longest validity of a public certificate: 47 days"


def test_a_certificate_that_has_expired_since_can_never_match(finds, policy, root, now) -> None:
    """A chain observed earlier may be over by the time of the judgement."""
    chain = root.chain("api.example.com")
    pinned = policy(active=(Pin.of_certificate(chain.leaf),))
    (found,) = finds(
        "leaf-certificate-pin",
        pinned,
        observed={"api.example.com": (chain,)},
        at=now + timedelta(days=61),
    )
    assert found.evidence[0] == (
        "the certificate expired on 2027-01-22: the pin can never match again"
    )


def test_a_key_pin_is_silent(finds, policy, root) -> None:
    """Neither rule on certificates minds a pin of a key."""
    chain = root.chain("api.example.com")
    pinned = policy(active=(Pin.of_key(chain.leaf), Pin.of_key(chain.root)))
    observed = {"api.example.com": (chain,)}
    assert not finds("leaf-certificate-pin", pinned, observed=observed)
    assert not finds("ca-certificate-pin", pinned, observed=observed)


def test_a_ca_certificate_pin_misses_cross_signs(finds, policy, root) -> None:
    """By position or by observation, a CA's certificate is told from a server's."""
    chain = root.chain("api.example.com")
    observed = {"api.example.com": (chain,)}
    stated = policy(active=(Pin.of_certificate(chain.root, position="root"),))
    (found,) = finds("ca-certificate-pin", stated)
    assert found.message == f"{Pin.of_certificate(chain.root)} pins a CA's certificate, not its key"
    seen = policy(active=(Pin.of_certificate(chain.root),))
    (found,) = finds("ca-certificate-pin", seen, observed=observed)
    assert found.evidence == (f"{Pin.of_key(chain.root)}: CN=Test Root (root)",)
    assert not finds("leaf-certificate-pin", stated, observed=observed)
    assert not finds("leaf-certificate-pin", seen, observed=observed)


def test_a_digest_of_a_leaf_is_no_ca_certificate(finds, policy, root) -> None:
    """Unobserved and at any position, a digest is taken for a server's."""
    pinned = policy(active=(Pin.of_certificate(root.leaf("api.example.com")),))
    assert not finds("ca-certificate-pin", pinned)


def test_a_server_key_that_each_renewal_replaces_is_told(finds, policy, root) -> None:
    """ACME clients make a new key unless told otherwise."""
    chain = root.below("R12", "Let's Encrypt").chain("api.example.com")
    observed = {"api.example.com": (chain,)}
    (found,) = finds(
        "leaf-key-renewed", policy(active=(Pin.of_key(chain.leaf),)), observed=observed
    )
    assert found.message == f"{Pin.of_key(chain.leaf)} is a server key under Let's Encrypt"
    assert found.evidence[0].startswith("dead in 60 days at the latest")
    for harmless in (
        policy(active=(Pin.of_key(chain.root), Pin.of_certificate(chain.leaf))),
        policy(active=(Pin.of_key(chain.root), Pin.of_key(chain.leaf))),
        policy(active=(Pin(bytes(range(32))),)),
    ):
        assert not finds("leaf-key-renewed", harmless, observed=observed)


def test_a_server_key_beside_its_cas_is_void(finds, policy, root) -> None:
    """OkHttp's habit of pinning the whole chain is as strong as pinning its root."""
    chain = root.chain("api.example.com")
    observed = {"api.example.com": (chain,)}
    leaf, above = Pin.of_key(chain.leaf), Pin.of_key(chain.root)
    (found,) = finds("leaf-pin-void", policy(active=(leaf, above)), observed=observed)
    assert found.message == f"{leaf} adds nothing: any certificate of a pinned CA is accepted"
    assert found.evidence[1] == f"{above}: CN=Test Root (root)"
    assert not finds("leaf-pin-void", policy(active=(leaf,)), observed=observed)
    assert not finds("leaf-pin-void", policy(active=(above,)), observed=observed)


def test_a_ca_that_leaves_the_key_to_its_customer_is_silent(finds, policy, root) -> None:
    """DigiCert's customers bring their own key, a self-signed server has no CA at all."""
    bought = root.below("DigiCert TLS", "DigiCert Inc").chain("api.example.com")
    own = root.chain("api.example.com")
    lone = type(own).from_verifier([root.leaf("api.example.com")])
    for chain in (bought, own, lone):
        pinned = policy(active=(Pin.of_key(chain.leaf),))
        assert not finds("leaf-key-renewed", pinned, observed={"api.example.com": (chain,)})
