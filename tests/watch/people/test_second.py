"""The second factor: a code counts once, near its time; recovery codes count once each."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pyotp.totp import TOTP
from sqlalchemy import select

from keypin.errors import InputError
from keypin.watch.people import accounts, second
from keypin.watch.people.audit import Actor
from keypin.watch.store import tables

ADA = Actor("ada@example.com")
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(people, steps=0) -> str:
    """Return the code of a device, some steps off."""
    return TOTP(SECRET).at(people.at + timedelta(seconds=30 * steps))


def turn_on(people, account, typed):
    """Turn the second factor on, and return the recovery codes."""
    with people.database.begin_across() as connection:
        ada = accounts.get(connection, account)
        return second.turn_on(connection, people.sealer, ada, SECRET, typed, by=ADA, at=people.at)


def use(people, account, typed):
    """Use a code."""
    with people.database.begin_across() as connection:
        return second.use(connection, people.sealer, account, typed, people.at)


def test_a_secret_has_160_bits() -> None:
    """As RFC 4226 section 4 recommends."""
    assert len(second.new_secret()) == 32
    assert second.new_secret() != second.new_secret()


def test_the_picture_says_what_authenticators_read() -> None:
    """Who it is for, and of which service."""
    parts = urlsplit(second.address(SECRET, "ada@example.com", "keypin"))
    assert (parts.scheme, parts.netloc, parts.path) == (
        "otpauth",
        "totp",
        "/keypin:ada%40example.com",
    )
    assert parse_qs(parts.query) == {"secret": [SECRET], "issuer": ["keypin"]}


def test_it_is_on_once_a_code_was_shown(people, owner) -> None:
    """Else a typing mistake would lock its owner out; the secret is sealed."""
    with pytest.raises(InputError, match="the code does not match; expected the six digits"):
        turn_on(people, owner, "000000")
    turn_on(people, owner, code(people))
    with people.database.read_across() as connection:
        assert accounts.get(connection, owner).has_second
        assert SECRET.encode() not in connection.execute(select(tables.accounts.c.totp)).scalar()


@pytest.mark.parametrize(
    ("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_code_counts_near_its_time(people, owner, steps, right) -> None:
    """One step early or late."""
    turn_on(people, owner, code(people))
    people.later(minutes=10)
    assert (use(people, owner, code(people, steps)) == "code") is right


def test_no_code_counts_twice(any_people) -> None:
    """Nor the one that turned it on, nor one of an earlier step."""
    account = any_people.account("Ada")
    turn_on(any_people, account, code(any_people))
    assert use(any_people, account, code(any_people)) is None
    any_people.later(seconds=60)
    assert use(any_people, account, code(any_people)) == "code"
    assert use(any_people, account, code(any_people)) is None
    assert use(any_people, account, code(any_people, -1)) is None


def test_a_recovery_code_counts_once(people, owner) -> None:
    """However it is typed."""
    codes = turn_on(people, owner, code(people))
    assert len(set(codes)) == 10
    assert use(people, owner, codes[3].upper().replace("-", " ")) == "recovery code"
    assert use(people, owner, codes[3]) is None
    with people.database.read_across() as connection:
        assert accounts.get(connection, owner).recovery == 9


def test_new_recovery_codes_replace_the_former(people, owner) -> None:
    """Which somebody may have lost."""
    old = turn_on(people, owner, code(people))
    with people.database.begin_across() as connection:
        ada = accounts.get(connection, owner)
        new = second.new_recovery(connection, ada, by=ADA, at=people.at)
    assert use(people, owner, old[0]) is None
    assert use(people, owner, new[0]) == "recovery code"


def test_without_a_second_factor_no_code_is_right(people, owner) -> None:
    """Nor after it was turned off."""
    assert use(people, owner, code(people)) is None
    codes = turn_on(people, owner, code(people))
    with people.database.begin_across() as connection:
        second.turn_off(connection, accounts.get(connection, owner), by=ADA, at=people.at)
    people.later(minutes=1)
    assert use(people, owner, code(people)) is None
    assert use(people, owner, codes[0]) is None


@pytest.mark.parametrize(
    "typed",
    ["", "12345", "1234567", "\N{FULLWIDTH DIGIT ONE}" * 6, "\ud800", "x" * 10_000],
    ids=["empty", "short", "long", "full width", "half a pair", "very long"],
)
def test_any_text_is_a_wrong_code(people, owner, typed) -> None:
    """Full-width digits too."""
    turn_on(people, owner, code(people))
    assert use(people, owner, typed) is None
