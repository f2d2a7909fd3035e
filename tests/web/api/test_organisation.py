"""The organisation is told with the settings of the service that concern it."""

from dataclasses import fields
from datetime import timedelta

from keypin.watch.settings import Settings


def test_each_setting_of_retention_is_told(api) -> None:
    """In days, whichever there are."""
    names = [one.name for one in fields(Settings) if one.name.startswith("keep_")]
    kept = {name: timedelta(days=number) for number, name in enumerate(names, 30)}
    other = type(api)(api.database, api.at, api.statics, Settings(**kept))
    told = other.get("organisation").json()
    assert {name: told.get(name) for name in names} == {name: kept[name].days for name in names}
