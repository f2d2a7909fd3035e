"""Owners say what the organisation is called."""

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


def test_what_is_no_title_is_told(site) -> None:
    """And nothing changed."""
    answer = site.signed_in("Ada").post(f"{PATH}/title", title=" ")
    assert (answer.status_code, "is no title of an organisation" in answer.text) == (422, True)


def test_others_than_owners_do_not(site) -> None:
    """Nor see the section."""
    bob = site.signed_in("Bob", Role.EDITOR)
    assert bob.get(PATH).status_code == 403
    assert bob.post(f"{PATH}/title", title="Bob's").status_code == 403


def test_a_word_in_the_address_that_is_none_says_nothing(site) -> None:
    """Strangers put no text into the page."""
    assert "evil" not in site.signed_in("Ada").get(f"{PATH}?done=evil").text
