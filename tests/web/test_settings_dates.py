"""Owners say when digests come, and who reads deadlines without signing in."""

import re

from cryptography.fernet import Fernet

from keypin.watch.people.roles import Role
from keypin.watch.store import Sealer

PATH = "/o/acme/settings/dates"


def test_the_time_zone_is_an_iana_name(site) -> None:
    """It stands there the next time, and in the audit log."""
    ada = site.signed_in("Ada")
    assert ada.post(f"{PATH}/zone", zone="Europe/Berlin").headers["location"].startswith(PATH)
    assert 'value="Europe/Berlin"' in ada.get(PATH).text


def test_what_is_no_time_zone_is_told(site) -> None:
    """With what one looks like."""
    answer = site.signed_in("Ada").post(f"{PATH}/zone", zone="Berlin")
    assert (answer.status_code, "an IANA name" in answer.text) == (422, True)


def test_addresses_of_the_feeds_are_made_and_made_anew(site) -> None:
    """Until then there are none; that the old ones end, tests/web/test_feeds.py shows."""
    ada = site.signed_in("Ada")
    assert "There are none yet." in ada.get(PATH).text
    found = []
    for _ in range(2):
        ada.post(f"{PATH}/feeds")
        found.append(re.findall(r"/feeds/acme/[\w-]+/deadlines\.ics", ada.get(PATH).text)[0])
    old, new = found
    assert old != new


def test_others_than_owners_do_not(site) -> None:
    """Nor see the section."""
    bob = site.signed_in("Bob", Role.EDITOR)
    assert bob.get(PATH).status_code == 403
    assert bob.post(f"{PATH}/feeds").status_code == 403


def test_addresses_whose_key_is_gone_can_be_made_anew(site) -> None:
    """As if there were none; with the old key they are there again."""
    former = site.sealer
    site.signed_in("Ada").post(f"{PATH}/feeds")
    other = site.sealer = Sealer([Fernet.generate_key().decode()])
    bob = site.signed_in("Bob")
    assert "There are none yet." in bob.get(PATH).text
    site.sealer = former
    assert "/feeds/acme/" in site.signed_in("Eve").get(PATH).text
    site.sealer = other
    bob.post(f"{PATH}/feeds")
    assert "/feeds/acme/" in site.signed_in("Carol").get(PATH).text
