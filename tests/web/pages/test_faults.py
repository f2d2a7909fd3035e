"""What is wrong with a form stands beside the field that it is about."""

from keypin.errors import InputError, Place
from keypin.web.pages.faults import NONE, faults, shown
from keypin.web.views.form import Field, Form

FORM = Form(key="f", action="/", submit="Go", fields=(Field(name="when", label="When"),))


def test_an_error_goes_to_the_field_that_its_place_names() -> None:
    """Without the field's name in front of it, and whatever stands in brackets behind."""
    wrong = faults(InputError("no day", expected="one", place=Place(key="when[2]")))
    assert wrong == {"when": "no day; expected one"}
    assert faults(InputError("x", place=Place(key="when.ids[0]"))) == {"when-ids": "x"}
    form = shown(FORM, wrong)
    assert (form.fields[0].error, form.error) == ("no day; expected one", "")


def test_what_no_field_is_about_stands_above_all() -> None:
    """As an error without a place."""
    for error in (InputError("no"), InputError("no", place=Place(key="other"))):
        form = shown(FORM, faults(error))
        assert (form.fields[0].error, form.error) == ("", "no")
    assert shown(FORM, NONE) == FORM
