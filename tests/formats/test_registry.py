"""Which form a file is in, and what a file may be at all."""

import pytest

from keypin.errors import FormatError
from keypin.formats import FORMS, detect, form, read
from keypin.formats.form import MAX_TEXT
from keypin.formats.registry import REMARKS

KOTLIN = 'CertificatePinner.Builder().add("a.example.com", "sha256/' + "B" * 42 + 'A=").build()'


def test_names_are_different() -> None:
    """A form has one name, a remark one identifier."""
    assert len({one.id for one in FORMS}) == len(FORMS)
    assert len({one.id for one in REMARKS}) == len(REMARKS)


def test_a_form_may_be_named() -> None:
    """Who names the form is believed, whatever the text looks like."""
    assert read(KOTLIN.encode(), form_id="okhttp-java")[0].id == "okhttp-java"
    assert read(b"\xef\xbb\xbf" + KOTLIN.encode())[0].id == "okhttp-kotlin"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"ab\n\xff", "f:2: byte 4 is not UTF-8; expected text in UTF-8"),
        (b"hello", "f: none of the forms that hold pins; expected a file with pins; say which "
         "form it is: --from FORM"),
        (bytes(MAX_TEXT + 1), f"f: {MAX_TEXT + 1} bytes; expected {MAX_TEXT} at most"),
    ],
)  # fmt: skip
def test_what_is_refused(data: bytes, complaint: str) -> None:
    """What is no text, no form or too much is refused by name."""
    with pytest.raises(FormatError) as caught:
        read(data, name="f")
    assert str(caught.value) == complaint


def test_too_much_text() -> None:
    """The limit holds for texts that are handed over as such, too."""
    with pytest.raises(FormatError, match="characters; expected"):
        form("go").loads("x" * (MAX_TEXT + 1))


def test_an_unknown_name() -> None:
    """The nearest name is offered."""
    with pytest.raises(FormatError, match="did you mean 'okhttp-kotlin'"):
        form("okhttp-kotlinn")


def test_detection_without_a_name() -> None:
    """Most texts say what they are."""
    assert detect(KOTLIN).id == "okhttp-kotlin"
