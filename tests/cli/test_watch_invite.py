"""`keypin watch invite`: on the machine, an owner who cannot get in finds a way that is logged."""

from pathlib import Path

import pytest
from sqlalchemy import select

from keypin.watch.core import now
from keypin.watch.people import invitations, organisations
from keypin.watch.people.audit import SERVICE
from keypin.watch.people.roles import Role
from keypin.watch.settings import Settings
from keypin.watch.store import Database
from keypin.watch.store.tables import audit_log


@pytest.fixture(params=["sqlite", "postgresql"])
def arguments(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """Return the options that name an installation with the organisations `acme` and `main`."""
    url = Settings(data=tmp_path).database_url
    if request.param == "postgresql":
        url = request.getfixturevalue("new_postgresql")()
    database = Database(url)
    database.migrate()
    with database.begin_across() as connection:
        for name in ("acme", "main"):
            organisations.create(connection, name, name.title(), SERVICE, now())
    database.close()
    return ["--data", str(tmp_path), "--database", url]


def test_it_prints_a_link_that_makes_an_owner(keypin, arguments: list[str]) -> None:
    """The link alone on standard output; no keys are needed, for they may be what was lost."""
    public = "https://watch.example/"
    ran = keypin("watch", "invite", *arguments, "--organisation", "acme", "--public-url", public)
    assert ran.code == 0, ran.err
    assert ran.err == (
        "Whoever opens it first becomes an owner of acme; it works once, for 24 hours.\n"
    )
    start, _, link = ran.out.strip().rpartition("/")
    assert start == "https://watch.example/join"
    database = Database(arguments[-1])
    with database.read_across() as connection:
        found = invitations.find(connection, link, now())
        actors = connection.execute(select(audit_log.c.actor)).scalars().all()
    database.close()
    assert found is not None
    assert (found.title, found.role) == ("Acme", Role.OWNER)
    assert actors[-1] == "the machine's operator"


def test_where_the_watch_is_reached_is_said_to_be_a_guess(keypin, arguments: list[str]) -> None:
    """For a link to nowhere helps nobody."""
    ran = keypin("watch", "invite", *arguments)
    assert ran.out.startswith("http://127.0.0.1:8443/join/")
    assert "The watch is taken to be at http://127.0.0.1:8443: give --public-url" in ran.err


def test_an_organisation_that_there_is_not_is_told(keypin, arguments: list[str]) -> None:
    """With those that there are."""
    ran = keypin("watch", "invite", *arguments, "--organisation", "acne")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "keypin: there is no organisation 'acne'; expected one of acme, main\n"
