"""Secrets by name are sealed, and each organisation has its own."""

import pytest
from sqlalchemy import select

from keypin.errors import InputError
from keypin.watch.people import named_secrets
from keypin.watch.people.audit import Actor
from keypin.watch.people.named_secrets import KnownSecret
from keypin.watch.store import tables

ADA = Actor("ada@example.com")


def test_a_secret_is_kept_sealed_and_replaced(people) -> None:
    """It never stands in the database or the log, and the service's own are not listed."""
    with people.database.begin(1) as scope:
        for secret in (b"hunter2", b"hunter3"):
            named_secrets.keep(scope, people.sealer, "smtp", secret, by=ADA, at=people.at)
        assert named_secrets.reveal(scope, people.sealer, "smtp") == b"hunter3"
        named_secrets.keep(scope, people.sealer, "keypin:own", b"x", by=ADA, at=people.at)
        assert named_secrets.listed(scope) == (KnownSecret("smtp", people.at),)
    with people.database.read_across() as connection:
        assert b"hunter" not in connection.execute(select(tables.secrets.c.sealed)).scalar()
        details = connection.execute(select(tables.audit_log.c.detail)).scalars().all()
    assert details == [{}, {}, {}]


def test_organisations_have_their_own(people) -> None:
    """Under the same name."""
    with people.database.begin(1) as scope:
        named_secrets.keep(scope, people.sealer, "smtp", b"ours", by=ADA, at=people.at)
    with people.database.begin(2) as scope:
        assert named_secrets.reveal(scope, people.sealer, "smtp") is None
        assert not named_secrets.forget(scope, "smtp", by=ADA, at=people.at)
    with people.database.begin(1) as scope:
        assert named_secrets.forget(scope, "smtp", by=ADA, at=people.at)
        assert named_secrets.listed(scope) == ()


@pytest.mark.parametrize(
    ("name", "secret", "text"),
    [
        ("", b"x", "is no name of a secret"),
        ("a\n", b"x", "is no name of a secret"),
        ("a", b"", "a secret of 0 bytes; expected 1 to 65536 bytes"),
        ("a", b"x" * 65537, "a secret of 65537 bytes"),
    ],
)
def test_what_cannot_be_kept_is_refused(people, name, secret, text) -> None:
    """With what can."""
    with people.database.begin(1) as scope:
        with pytest.raises(InputError, match=text):
            named_secrets.keep(scope, people.sealer, name, secret, by=ADA, at=people.at)
