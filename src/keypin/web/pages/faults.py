"""What was wrong with a form, beside the field that it is about."""

from collections.abc import Mapping
from dataclasses import replace

from keypin.errors import InputError, Place
from keypin.web.views.form import Form

WHOLE = ""
"""The key of what concerns no single field."""

Faults = Mapping[str, str]
"""What is wrong, by the name of a field."""

NONE: Faults = {}


def faults(error: InputError) -> Faults:
    """Return what an error says, under the first word of its place's key."""
    key = (error.place.key if error.place else None) or WHOLE
    # A form has one field for all of `escalate[1].after`, and calls `when.ids[0]` `when-ids`.
    name = key.partition("[")[0].replace(".", "-")
    return {name: str(error.at(Place()))}


def shown(form: Form, wrong: Faults) -> Form:
    """Return a form with what is wrong beside its fields; what has no field stands above them."""
    fields = tuple(replace(one, error=wrong.get(one.name, one.error)) for one in form.fields)
    names = {one.name for one in fields}
    above = "; ".join(text for name, text in wrong.items() if name not in names)
    return replace(form, fields=fields, error=above or form.error)
