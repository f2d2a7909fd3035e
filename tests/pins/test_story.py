"""The text of a mismatch lets an operator act: seen, accepted, next step, word by word."""

from datetime import UTC, datetime

import pytest

from keypin.errors import Place
from keypin.pins import (
    HostPattern,
    MismatchError,
    MismatchReason,
    Mode,
    Pin,
    Policy,
    PolicyPin,
    Role,
)
from keypin.pins.story import tell

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ACTIVE = PolicyPin(Pin(b"\1" * 32), comment="since 2025")
BACKUP = PolicyPin(Pin(b"\2" * 32, of="certificate", position="leaf"), Role.BACKUP)


@pytest.fixture(scope="module")
def chain(root):
    """Return a verified chain of leaf and root."""
    return root.chain("api.example.com")


def mismatch(chain, *, denied=None, reason=MismatchReason.NO_MATCH, **changes) -> MismatchError:
    """Return a mismatch with the policy's settings changed."""
    settings = {"host": HostPattern("api.example.com"), "pins": (ACTIVE, BACKUP), **changes}
    return MismatchError(
        host="api.example.com",
        policy=Policy(**settings),
        chain=chain,
        at=NOW,
        reason=reason,
        denied=denied,
    )


def test_the_whole_story(chain) -> None:
    """The chain as pins with names, what is accepted as in the user's file, one next step."""
    leaf, root = (Pin.of_key(cert) for cert in chain)
    assert str(mismatch(chain, place=Place("pins.toml", 3))) == "\n".join(
        [
            "api.example.com: no pin matches the verified chain",
            "  verified chain:",
            f"    {leaf}  leaf  CN=api.example.com",
            f"    {root}  root  CN=Test Root",
            "  accepted by the policy for api.example.com (pins.toml:3):",
            f'    "{ACTIVE.pin}",  # active, since 2025',
            f'    "{BACKUP.pin}",  # backup, leaf only, of the certificate',
            "  next step: if the key was changed on purpose, ship its pin before it is deployed or "
            "deploy a pinned key; if not, treat the connection as intercepted",
        ]
    )


def test_not_enforced(chain) -> None:
    """A mismatch that is let pass says so in its first line."""
    first = str(mismatch(chain, mode=Mode.REPORT)).splitlines()[0]
    assert first == "api.example.com: no pin matches the verified chain (not enforced)"


def test_misplaced(chain) -> None:
    """A pin at the wrong position has its own cure."""
    wrong = PolicyPin(Pin.of_key(chain.root, position="leaf"))
    last = str(mismatch(chain, pins=(wrong, BACKUP))).splitlines()[-1]
    assert last == (
        f"  next step: the leaf pin {wrong.pin} is in the chain as root: correct its position"
    )


def test_denied(chain) -> None:
    """A denied key is named, and its cure is not to ship its pin."""
    denied = Pin.of_key(chain.root)
    story = str(
        mismatch(chain, reason=MismatchReason.DENIED_KEY, denied=(denied, chain.root))
    ).splitlines()
    assert story[0] == f"api.example.com: the chain has the denied {denied} of CN=Test Root"
    assert story[-1] == (
        "  next step: treat the connection as intercepted; the denied key must not be trusted again"
    )


def test_expired(chain) -> None:
    """An expired policy says since when it refuses."""
    story = str(
        mismatch(
            chain, reason=MismatchReason.EXPIRED_POLICY, expires=datetime(2026, 6, 1, tzinfo=UTC)
        )
    ).splitlines()
    assert story[0] == (
        "api.example.com: the policy for api.example.com expired on 2026-06-01 and refuses every "
        "connection since (not enforced)"
    )
    assert story[-1] == "  next step: ship a new pin set with a later expiry"


def test_foreign_names_cannot_redraw_a_terminal(authority) -> None:
    """Control characters of a certificate's name do not reach the log."""
    hostile = authority.root("evil\x1b[2Jname").chain("api.example.com")
    assert "\x1b" not in str(mismatch(hostile))


def test_no_name(authority) -> None:
    """A certificate without any name is called so."""
    assert "(no name)" in str(mismatch(authority.root(None).chain("api.example.com")))


def test_with_a_diagnosis(chain) -> None:
    """Why, on what evidence, and its next step in place of the general one."""

    class Why:
        message = "the key was changed"
        evidence = ("since: yesterday", "by: \x1b[31mnobody")
        next_step = "ask"

    assert str(mismatch(chain)).count("next step:") == 1
    story = tell(mismatch(chain), Why())
    assert story.endswith(
        "  why: the key was changed\n"
        "    since: yesterday\n"
        "    by: \N{REPLACEMENT CHARACTER}[31mnobody\n"
        "  next step: ask"
    )
