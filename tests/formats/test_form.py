"""What holds for every form: what is written is read back, and what cannot be said is told."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from keypin.errors import FormatError, InputError
from keypin.formats import FORMS, Form, detect, form

# There are sixty such tests.
FEW = settings(max_examples=settings().max_examples * 2 // 5, deadline=None)

EVERY = pytest.mark.parametrize("one", FORMS, ids=lambda one: one.id)

WRITTEN = pytest.mark.parametrize(
    "one", [one for one in FORMS if one.can.of], ids=lambda one: one.id
)


@WRITTEN
@given(data=st.data())
@FEW
def test_what_is_written_is_read_back(one: Form, pin_sets, data) -> None:
    """Where nothing is lost, reading gives the same pin set; nothing else is ever written whole."""
    pin_set = data.draw(pin_sets(one))
    assume(not one.losses(pin_set))
    text = one.dumps(pin_set)
    assert one.loads(text).pin_set == pin_set
    if any(policy.exempt is None for policy in pin_set.policies):
        assert detect(text, one.file) is one


@EVERY
@given(data=st.data())
@FEW
def test_a_loss_that_is_no_refusal_weakens_nothing(one: Form, pin_sets, data) -> None:
    """What is written with losses accepts no key that the pin set does not name for that host."""
    pin_set = data.draw(pin_sets(form("go")))
    try:
        text = one.dumps(pin_set)
    except InputError:
        return
    read = one.loads(text).pin_set
    for policy in pin_set.policies:
        host = policy.host.name if policy.host.wildcard != "*." else f"z.{policy.host.name}"
        ours, theirs = pin_set.policy_for(host), read.policy_for(host)
        if ours is None:
            assert theirs is None
        else:
            assert theirs is not None
            assert {entry.pin.digest for entry in theirs.pins} <= {
                entry.pin.digest for entry in ours.pins
            }


@EVERY
def test_no_pins_at_all(one: Form) -> None:
    """A text without pins is refused by name, never read as an empty set."""
    with pytest.raises(InputError, match=r"^x:"):
        one.loads("", name="x")


@EVERY
def test_its_own_file_is_recognised(one: Form) -> None:
    """A form knows its text among all others, by the text alone where that can be."""
    assert form(one.id) is one
    assert one.title
    assert one.language
    assert one.page.endswith(".md")


def test_an_unknown_form() -> None:
    """An unknown name is told with those that there are, and with the nearest."""
    with pytest.raises(FormatError, match="expected one of"):
        form("no-form")
