from keypin.certs.verified import VerifiedChain
from keypin.pins.ca_facts import BY_NAME
from keypin.pins.pin import Pin

X1, X2, YE, YR = (
    BY_NAME[name].pin for name in ("ISRG Root X1", "ISRG Root X2", "Root YE", "Root YR")
)
AMAZON = tuple(BY_NAME[f"Amazon Root CA {number}"].pin for number in (1, 2, 3, 4))
STARFIELD = BY_NAME["Starfield Services Root Certificate Authority - G2"].pin


def test_an_intermediate_of_a_ca_that_rotates_is_told(finds, policy) -> None:
    """The pin alone is enough: E7 is Let's Encrypt's."""
    pin = BY_NAME["E7"].pin
    (found,) = finds("intermediate-rotates", policy(active=(pin,)))
    assert found.message == f"{pin} pins the intermediate E7 of Let's Encrypt"
    assert found.evidence[0].startswith("Let's Encrypt issues from several intermediates at random")
    assert found.evidence[1] == "E7's last certificate ends 2027-03-12"


def test_an_unlisted_intermediate_is_recognised_in_the_chain(finds, policy, root) -> None:
    """Tomorrow's intermediate is in no table, but its name is in the chain."""
    ca = root.below("YE9", "Let's Encrypt")
    observed = {"api.example.com": (ca.chain("api.example.com"),)}
    (found,) = finds("intermediate-rotates", policy(active=(ca.pin,)), observed=observed)
    assert found.message == f"{ca.pin} pins the intermediate YE9 of Let's Encrypt"


def test_an_intermediate_without_a_common_name_is_named_by_its_subject(finds, policy, root) -> None:
    """RFC 5280 demands no common name."""
    ca = root.below(None, "Let's Encrypt")
    observed = {"api.example.com": (ca.chain("api.example.com"),)}
    (found,) = finds("intermediate-rotates", policy(active=(ca.pin,)), observed=observed)
    assert found.message.endswith("the intermediate O=Let's Encrypt of Let's Encrypt")


def test_an_intermediate_beside_all_roots_of_its_ca_does_no_harm(finds, policy, root) -> None:
    """Whatever intermediate comes next, a root matches; an operator without roots has none."""
    assert not finds("intermediate-rotates", policy(active=(BY_NAME["E7"].pin, X1, X2, YE, YR)))
    ca = root.below("Cloudflare Inc ECC CA-3", "Cloudflare\\, Inc.")
    observed = {"api.example.com": (ca.chain("api.example.com"),)}
    assert finds("intermediate-rotates", policy(active=(ca.pin,)), observed=observed)


def test_roots_own_keys_and_private_intermediates_are_silent(finds, policy, root, spare) -> None:
    """A root lasts, a key of one's own is one's own, and a private CA does not rotate at will."""
    ca = root.below("Ours", "Us")
    observed = {"api.example.com": (ca.chain("api.example.com"),)}
    pinned = policy(active=(X1, spare(1), ca.pin))
    assert not finds("intermediate-rotates", pinned, observed=observed)


def test_a_root_without_its_cross_signed_successors_is_told(finds, policy) -> None:
    """X1 signs X2 and Root YR; clients that trust those never reach X1."""
    (found,) = finds("root-misses-cross-sign", policy(active=(X1,)))
    assert found.message == (
        "ISRG Root X1 is pinned without ISRG Root X2, Root YR: a client that trusts such a root "
        "itself builds a chain without the pinned key"
    )
    assert found.evidence == (
        f"missing: {X2}: ISRG Root X2, cross-signed by ISRG Root X1 until 2032-09-02",
        f"missing: {YR}: Root YR, cross-signed by ISRG Root X1 until 2032-09-02",
    )


def test_the_whole_set_of_roots_is_silent(finds, policy) -> None:
    """All four keys of Let's Encrypt cover every path."""
    pinned = policy(active=(X1, X2, YE, YR))
    for rule in ("root-misses-cross-sign", "root-set-incomplete", "root-position-cross-signed"):
        assert not finds(rule, pinned)


def test_a_cross_sign_between_strangers_counts_only_where_it_is_used(
    finds, policy, root, public_root
) -> None:
    """GlobalSign's root is no sign of Google, unless Google's root is in the chain."""
    globalsign, gts = BY_NAME["GlobalSign Root CA"].pin, BY_NAME["GTS Root R1"].pin
    pinned = policy(active=(globalsign,))
    assert not finds("root-misses-cross-sign", pinned)
    leaf = root.leaf("api.example.com")
    google = VerifiedChain.from_verifier((leaf, public_root[gts]))
    (found,) = finds("root-misses-cross-sign", pinned, observed={"api.example.com": (google,)})
    assert found.evidence[0].startswith(f"missing: {gts}: GTS Root R1, cross-signed")
    other = {"api.example.com": (root.chain("api.example.com"),)}
    assert not finds("root-misses-cross-sign", pinned, observed=other)


def test_a_cross_sign_that_has_ended_asks_for_nothing(finds, policy) -> None:
    """DST Root CA X3's signature on X1 ended in 2024."""
    pinned = policy(active=(BY_NAME["AddTrust External CA Root"].pin,))
    assert not finds("root-misses-cross-sign", pinned)


def test_a_cross_signed_root_pinned_as_root_only_is_told(finds, policy) -> None:
    """In an older client X2 stands in the middle of the chain."""
    pinned = policy(active=(Pin.parse(X2, position="root"),))
    (found,) = finds("root-position-cross-signed", pinned)
    assert found.message == (
        "ISRG Root X2 is pinned as a root only, but in clients that know only ISRG Root X1 it "
        "stands in the middle of the chain"
    )
    assert not finds("root-position-cross-signed", policy(active=(Pin.parse(X1, position="root"),)))
    assert not finds("root-position-cross-signed", policy(active=(X2,)))
    both = policy(active=(Pin.parse(X2, position="root"), X1))
    assert not finds("root-position-cross-signed", both)


def test_one_of_amazons_roots_is_not_enough(finds, policy, spare) -> None:
    """AWS asks those who pin to pin all of its roots."""
    (found,) = finds("root-set-incomplete", policy(active=AMAZON[:1]))
    assert found.message == (
        "Amazon also issues under roots that are not pinned: Amazon Root CA 2, Amazon Root CA 3, "
        "Amazon Root CA 4, Starfield Services Root Certificate Authority - G2"
    )
    assert f"missing: {AMAZON[1]}: Amazon Root CA 2" in found.evidence
    assert not finds("root-set-incomplete", policy(active=(*AMAZON, STARFIELD)))
    assert not finds("root-set-incomplete", policy(active=(spare(1),)))


def test_missing_cross_signs_are_not_told_twice(finds, policy) -> None:
    """What one rule asks for the other leaves out."""
    (found,) = finds("root-set-incomplete", policy(active=(X1,)))
    assert found.message == ("Let's Encrypt also issues under roots that are not pinned: Root YE")


def test_a_ca_that_keeps_a_customer_under_one_root_is_silent(finds, policy) -> None:
    """A certificate bought under DigiCert's G2 stays under G2; a quarterly issuer is no other."""
    for name in ("DigiCert Global Root G2", "SSL.com TLS RSA Root CA 2022"):
        assert not finds("root-set-incomplete", policy(active=(BY_NAME[name].pin,)))
    assert not finds("root-set-incomplete", policy(active=(BY_NAME["E7"].pin,)))


def test_a_root_that_left_the_stores_is_told(finds, policy) -> None:
    """Mozilla trusts DigiCert's first generation no longer."""
    pin = BY_NAME["DigiCert Global Root CA"].pin
    (found,) = finds("root-removed", policy(active=(pin,)))
    assert found.message == "DigiCert Global Root CA has left Mozilla's root store"
    kept = policy(active=(X1, BY_NAME["DST Root CA X3"].pin))
    assert not finds("root-removed", kept)
