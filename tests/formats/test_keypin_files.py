"""keypin's own forms: they say everything, and the same."""

import json

import pytest

from keypin.errors import FormatError, InputError, PinSetError
from keypin.formats import form

JSON, TOML = form("keypin-json"), form("keypin-toml")
A, B = ("sha256/" + letter * 42 + "A=" for letter in "BC")
POLICY = {"host": "a.example.com", "pins": [A], "backup_pins": [B]}


def document(**changes) -> str:
    """Return a document of one policy."""
    return json.dumps({"version": 1, "policy": [{**POLICY, **changes}]}, indent=1)


def test_both_mean_the_same() -> None:
    """JSON is pins.toml with other brackets."""
    pin_set = JSON.loads(document(expires="2027-06-01", comment="x")).pin_set
    assert TOML.loads(TOML.dumps(pin_set)).pin_set == pin_set
    assert JSON.loads(JSON.dumps(pin_set)).pin_set == pin_set
    assert '"expires": "2027-06-01T00:00:00Z"' in JSON.dumps(pin_set)


def test_places() -> None:
    """Policies and pins have their lines."""
    (policy,) = JSON.loads(document(), name="p.json").pin_set.policies
    assert str(policy.place) == "p.json:4: policy[0]"
    assert str(policy.pins[0].place) == "p.json:7: policy[0].pins[0]"


@pytest.mark.parametrize(
    ("text", "error", "complaint"),
    [
        ("[]", FormatError, "p:1: an array for the document; expected an object"),
        (document(expires="soon"), FormatError, "p:12: 'soon'; expected a time as "
         "2027-06-01T08:00:00Z"),
        (document(expires="2027-06-01T08:00:00"), PinSetError, "p:12: policy[0].expires: "
         "2027-06-01T08:00:00 without an offset"),
        (document(expires=7), FormatError, "p:12: a number for 'expires'; expected a string"),
        (document(hots=1), PinSetError, "p:12: policy[0].hots: the unknown key 'hots'"),
        ('{"version": 1, "policy": [1]}', InputError, "p:1: policy[0]: an integer; expected"),
    ],
)  # fmt: skip
def test_mistakes(text: str, error: type[Exception], complaint: str) -> None:
    """The schema's rules hold, with the lines of the JSON."""
    with pytest.raises(error) as caught:
        JSON.loads(text, name="p")
    assert str(caught.value).startswith(complaint)
