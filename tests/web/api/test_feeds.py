"""The secret addresses of the calendar and the feed over HTTP."""

from typing import Any


def test_an_address_is_made_and_made_anew(api: Any) -> None:
    """Until then there is none; the old one answers no more."""
    assert api.get("feeds").json() == {"calendar": None, "feed": None}
    first = api.post("feeds", None).json()
    assert api.get("feeds").json() == first
    assert api.client.get(first["calendar"]).text.startswith("BEGIN:VCALENDAR")
    second = api.post("feeds", None).json()
    assert api.client.get(first["feed"]).status_code == 404
    assert "<rss" in api.client.get(second["feed"]).text
    assert api.audited()[-1] == "secret.keep"
