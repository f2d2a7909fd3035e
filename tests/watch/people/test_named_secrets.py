"""Secrets by name are sealed, and each organisation has its own."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from keypin.alerts import Route
from keypin.errors import InputError
from keypin.watch.alerting import routes
from keypin.watch.people import named_secrets
from keypin.watch.people.audit import Actor
from keypin.watch.people.named_secrets import KnownSecret
from keypin.watch.store import Scope, tables

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


def test_a_secret_that_routes_name_stays(people) -> None:
    """It is said which do; those that name a variable or nothing are none of them."""
    with people.database.begin(1) as scope:
        for name in ("chat", "smtp"):
            named_secrets.keep(scope, people.sealer, name, b"x", by=ADA, at=people.at)
        for name, said in (
            ("pager", {"kept": "secret", "name": "chat"}),
            ("boss", {"kept": "secret", "name": "chat"}),
            ("mail", {"kept": "env", "name": "smtp"}),
            ("hand", None),
        ):
            routes.add(scope, people.sealer, Route(name=name), "ntfys://alerts", at=people.at)
            row = scope.update(tables.alert_routes).where(tables.alert_routes.c.name == name)
            scope.execute(row.values(reference=said))
        assert named_secrets.naming_routes(scope) == {"chat": ("boss", "pager")}
        with pytest.raises(InputError) as caught:
            named_secrets.forget(scope, "chat", by=ADA, at=people.at)
        assert str(caught.value) == (
            "the secret chat is named by the routes boss, pager; give each another address first"
        )
        assert named_secrets.forget(scope, "smtp", by=ADA, at=people.at)
    with people.database.begin(2) as scope:
        named_secrets.keep(scope, people.sealer, "chat", b"x", by=ADA, at=people.at)
        assert named_secrets.forget(scope, "chat", by=ADA, at=people.at)


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


def test_a_secret_that_is_kept_twice_at_once_is_the_later(
    people, postgresql, until_waiting
) -> None:
    """Neither of both fails."""

    def keep(scope: Scope, secret: bytes) -> None:
        named_secrets.keep(scope, people.sealer, "smtp", secret, by=ADA, at=people.at)

    def keep_other() -> None:
        with postgresql.begin(1) as other:
            keep(other, b"later")

    with ThreadPoolExecutor(1) as pool:
        with postgresql.begin(1) as scope:
            keep(scope, b"first")
            task = pool.submit(keep_other)
            until_waiting(task)
        task.result()
    with postgresql.read(1) as scope:
        assert named_secrets.reveal(scope, people.sealer, "smtp") == b"later"
