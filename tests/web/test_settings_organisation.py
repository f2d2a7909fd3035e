"""Owners say what the organisation is called."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keypin.watch.people import organisations
from keypin.watch.people.roles import Role

PATH = "/o/acme/settings/organisation"


def test_the_title_is_changed_and_the_name_stays(site) -> None:
    """For everybody who belongs to it."""
    ada = site.signed_in("Ada")
    assert (
        ada.post(f"{PATH}/title", title="Acme Mobile").headers["location"] == f"{PATH}?done=title"
    )
    page = ada.get(f"{PATH}?done=title").text
    assert "The organisation has a new title." in page
    assert "Acme Mobile" in page


def test_how_long_things_are_kept_is_told(site) -> None:
    """As the service is set up, each by itself."""
    days = (timedelta(days=number) for number in (30, 1, 1200))
    kept = dict(zip(("keep_reports", "keep_observations", "keep_findings"), days, strict=True))
    site.settings = replace(site.settings, **kept)
    page = site.signed_in("Ada").get(PATH).text
    for name, value in (
        ("Reports are kept", "30 days"),
        ("Observations are kept", "1 day after they ended"),
        ("CT findings are kept", "1,200 days after the certificate expired"),
    ):
        assert f"<dt>{name}</dt><dd>{value}</dd>" in page


def test_what_is_no_title_is_told(site) -> None:
    """And nothing changed."""
    answer = site.signed_in("Ada").post(f"{PATH}/title", title=" ")
    assert (answer.status_code, "is no title of an organisation" in answer.text) == (422, True)


def test_another_organisation_belongs_to_who_makes_it(site) -> None:
    """And to nobody else; the one it is made from does not see it."""
    ada, bob = site.signed_in("Ada"), site.signed_in("Bob", Role.OWNER)
    answer = ada.post(f"{PATH}/new", name="Acme-Labs", title="Acme Labs")
    assert answer.headers["location"] == "/o/acme-labs/"
    assert ada.get("/o/acme-labs/settings/people").status_code == 200
    assert bob.get("/o/acme-labs/settings/people").status_code == 404
    assert 'href="/o/acme-labs/"' in ada.get(PATH).text


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"name": "rival", "title": "Mine"}, "there is an organisation rival already"),
        ({"name": "a b", "title": "Mine"}, "is no name of an organisation"),
        ({"name": "mine", "title": ""}, "is no title of an organisation"),
    ],
)
def test_what_cannot_be_an_organisation_is_told(site, fields, text) -> None:
    """And nothing is made of it."""
    answer = site.signed_in("Ada").post(f"{PATH}/new", **fields)
    assert (answer.status_code, text in answer.text) == (422, True)
    with site.database.read_across() as connection:
        assert organisations.find(connection, "mine") is None


def test_others_than_owners_do_not(site) -> None:
    """Nor see the section."""
    bob = site.signed_in("Bob", Role.EDITOR)
    assert bob.get(PATH).status_code == 403
    assert bob.post(f"{PATH}/title", title="Bob's").status_code == 403
    assert bob.post(f"{PATH}/new", name="bobs", title="Bob's").status_code == 403


def test_a_word_in_the_address_that_is_none_says_nothing(site) -> None:
    """Strangers put no text into the page."""
    assert "evil" not in site.signed_in("Ada").get(f"{PATH}?done=evil").text
