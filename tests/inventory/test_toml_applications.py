"""The applications of `keypin.toml`: releases, shares and where their pins stand."""

from datetime import date

import pytest

from keypin.errors import InputError
from keypin.inventory import PinFile, ReleaseEntry, loads

HEAD = 'version = 1\norganisation = "shop"\n[[application]]\nname = "a"\n'
RELEASE = f"{HEAD}[[application.release]]\nversion = '1'\n"


def release(text: str) -> ReleaseEntry:
    """Return the release that some settings make."""
    return loads(RELEASE + text).applications[0].releases[0]


def test_a_share_is_measured_unless_it_is_said() -> None:
    """A number from 0 to 1, or the word."""
    assert release("pins = 'a'").share is None
    assert release("pins = 'a'\nshare = 'measured'").share is None
    assert release("pins = 'a'\nshare = 0.41").share == 0.41
    assert release("pins = 'a'\nshare = 1").share == 1.0


def test_a_file_may_be_of_any_form() -> None:
    """Where its form is not recognised, or does not say the host, the inventory says it."""
    found = release("pins = 'a.kt'\nform = 'okhttp-kotlin'\nhost = 'example.com'")
    assert found.file == PinFile(path="a.kt", form="okhttp-kotlin", host="example.com")
    assert release("pins = 'a'\nreleased = 2026-05-01").released == date(2026, 5, 1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", '5: application[0].release[0]: the release 1 without pins; expected pins = "file" '
            "or [[application.release.policy]] tables"),
        ("pins = '/etc/passwd'", "7: application[0].release[0].pins: the path '/etc/passwd'; "
            "expected a path below the folder of this file, as pins/3.2.toml"),
        ("form = 'okhttp-kotlin'", "7: application[0].release[0].form: form without a file; "
            'expected pins = "file" beside it'),
        ("policy = []", "7: application[0].release[0].policy: the pin set is empty; expected at "
            "least one policy"),
        ("share = '41%'", "7: application[0].release[0].share: '41%'; expected a number from 0 to "
            '1, or "measured"'),
        (f"share = {'9' * 400}", "7: application[0].release[0].share: a number of many digits; "
            "expected a number from 0 to 1"),
        ("share = true", "7: application[0].release[0].share: a boolean; expected a number from 0 "
            'to 1, or "measured"'),
        ("pins = 'a'\nshare = 2", "8: application[0].release[0].share: the share 2.0; expected a "
            "number from 0 to 1"),
        ("released = 2026-05-01T08:00:00Z", "7: application[0].release[0].released: a date-time; "
            "expected a date as 2026-05-01"),
        ("relesed = 1", "7: application[0].release[0].relesed: the unknown key 'relesed'; expected "
            "one of version, released, share, pins, form, host, policy; did you mean 'released'?"),
        ("pins = 'a'\n[[application.release.policy]]\nhost = 'example.com'\nexempt = 'no'",
            "7: application[0].release[0].pins: pins beside policies; expected one of both"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(text: str, says: str) -> None:
    """File, line, key, what was seen and what was expected."""
    with pytest.raises(InputError) as caught:
        loads(RELEASE + text)
    assert str(caught.value) == f"line {says}"


def test_what_is_wrong_with_an_application_is_told() -> None:
    """Releases are tables, few, and there once."""
    with pytest.raises(InputError) as caught:
        loads(RELEASE + "pins = 'a'\n[[application.release]]\nversion = '1'\npins = 'b'")
    assert str(caught.value) == (
        "line 5: application[0].release: the release of a '1' stands twice; take one out"
    )
    with pytest.raises(InputError, match=r"application\[0\].platform: 'iphone'; expected one of"):
        loads(HEAD + "platform = 'iphone'")
