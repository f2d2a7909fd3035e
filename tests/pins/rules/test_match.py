import pytest

from keypin.pins.ca_facts import BY_NAME
from keypin.pins.pin import Pin
from keypin.pins.rules.placeholders import PLACEHOLDERS

X1 = BY_NAME["ISRG Root X1"].pin


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_a_pin_out_of_a_manual_is_no_pin(finds, policy, spare, text) -> None:
    """Examples of standards and manuals are found in shipped apps."""
    (found,) = finds("pin-placeholder", policy(active=(spare(1),), backup=(text,)))
    assert found.message == f"{text} is no real pin: it is {PLACEHOLDERS[text]}"


def test_one_byte_repeated_is_no_pin(finds, policy, spare) -> None:
    """AAAA… satisfies a checker that counts pins, and nobody else; a real digest is silent."""
    zero = str(Pin(bytes(32)))
    (found,) = finds("pin-placeholder", policy(active=(spare(1),), backup=(zero,)))
    assert found.message == f"{zero} is no real pin: it is one byte repeated"
    assert not finds("pin-placeholder", policy(active=(spare(1), X1)))


@pytest.mark.parametrize(
    ("name", "position", "level"),
    [
        ("ISRG Root X1", "leaf", "root"),
        ("GlobalSign Root CA - R3", "intermediate", "root"),
        ("R12", "root", "intermediate"),
    ],
)
def test_a_ca_key_where_it_never_stands(finds, policy, name, position, level) -> None:
    """A root is no leaf, whatever the pin says."""
    pin = Pin.parse(BY_NAME[name].pin, position=position)
    (found,) = finds("pin-wrong-position", policy(active=(pin,)))
    assert found.message == f"{pin} is the {level} {name}, pinned as {position}"


def test_a_ca_key_where_it_may_stand_is_silent(finds, policy) -> None:
    """A cross-signed root is an intermediate to some clients."""
    pins = (
        Pin.parse(X1, position="intermediate"),
        Pin.parse(BY_NAME["R12"].pin, position="intermediate"),
        BY_NAME["R13"].pin,
    )
    assert not finds("pin-wrong-position", policy(active=pins))


def test_a_key_that_is_seen_elsewhere_is_told(finds, policy, root) -> None:
    """The observed chain corrects a position that no table knows."""
    chain = root.chain("api.example.com")
    observed = {"api.example.com": (chain,)}
    pin = Pin.of_key(chain.root, position="leaf")
    (found,) = finds("pin-wrong-position", policy(active=(pin,)), observed=observed)
    assert found.message == f"{pin} is pinned as leaf, but stands as root"
    assert found.evidence == (f"{pin}: CN=Test Root (root)",)
    right = policy(active=(Pin.of_key(chain.root, position="root"),))
    assert not finds("pin-wrong-position", right, observed=observed)


def test_one_key_at_two_positions_is_one_key(finds, policy, spare) -> None:
    """The policy refuses the same pin twice, so only another position gets here."""
    twice = (Pin.parse(X1, position="root"),)
    (found,) = finds("pin-repeated", policy(active=twice, backup=(X1,), no_backup="a test"))
    assert found.message == f"{X1} is named twice, as active and as backup"
    assert not finds("pin-repeated", policy(active=(X1,), backup=(spare(1),)))


def test_a_server_that_no_pin_matches_would_be_refused(finds, policy, root, spare) -> None:
    """The evidence is the chain as pins, ready to be pasted."""
    chain = root.chain("api.example.com")
    observed = {"api.example.com": (chain,)}
    pinned = policy(active=(spare(1),))
    (found,) = finds("no-pin-deployed", pinned, observed=observed)
    assert found.message == "no pin matches the chain that api.example.com shows"
    assert found.evidence == (
        f"{Pin.of_key(chain.leaf)}: CN=api.example.com (leaf)",
        f"{Pin.of_key(chain.root)}: CN=Test Root (root)",
    )
    assert not finds("chain-not-covered", pinned, observed=observed)
    assert not finds("no-pin-deployed", pinned)


def test_the_other_key_type_must_be_covered_too(finds, policy, root) -> None:
    """One server, two certificates, one pin: a part of the clients is refused."""
    ecdsa, rsa = root.chain("api.example.com"), root.chain("api.example.com")
    observed = {"api.example.com": (ecdsa, rsa)}
    half = policy(active=(Pin.of_key(ecdsa.leaf),))
    (found,) = finds("chain-not-covered", half, observed=observed)
    assert found.evidence[0] == f"{Pin.of_key(rsa.leaf)}: CN=api.example.com (leaf)"
    assert not finds("no-pin-deployed", half, observed=observed)
    both = policy(active=(Pin.of_key(ecdsa.leaf), Pin.of_key(rsa.leaf)))
    assert not finds("chain-not-covered", both, observed=observed)


def test_a_server_that_lives_on_a_retiring_pin_is_told(finds, policy, root, spare) -> None:
    """Removing what is called retiring would refuse it."""
    chain = root.chain("api.example.com")
    observed = {"api.example.com": (chain,)}
    pin = Pin.of_key(chain.leaf)
    late = policy(active=(spare(1),), retiring=(pin,))
    (found,) = finds("only-retiring-deployed", late, observed=observed)
    assert found.message == "api.example.com matches retiring pins only"
    assert not finds("only-retiring-deployed", policy(active=(pin,)), observed=observed)
    assert not finds("only-retiring-deployed", policy(active=(spare(1),)), observed=observed)


def test_an_active_pin_that_nothing_shows_is_told(finds, policy, root, spare) -> None:
    """Only where another pin matches: otherwise the server itself is the news."""
    chain = root.chain("api.example.com")
    observed = {"api.example.com": (chain,)}
    pin = Pin.of_key(chain.leaf)
    (found,) = finds("active-pin-unseen", policy(active=(pin, spare(1))), observed=observed)
    assert found.message == f"no server shows the active pin {spare(1)}"
    assert not finds("active-pin-unseen", policy(active=(spare(1),)), observed=observed)


def test_a_denied_key_that_is_deployed_refuses_everything(finds, policy, root, spare) -> None:
    """A denial wins over every pin."""
    chain = root.chain("api.example.com")
    observed = {"api.example.com": (chain,)}
    denied = Pin.of_key(chain.leaf)
    pinned = policy(active=(Pin.of_key(chain.root),), denied=(denied,))
    (found,) = finds("denied-pin-deployed", pinned, observed=observed)
    assert found.message == f"the denied pin {denied} is in use: every connection is refused"
    other = policy(active=(Pin.of_key(chain.root),), denied=(Pin.parse(spare(1)),))
    assert not finds("denied-pin-deployed", other, observed=observed)
