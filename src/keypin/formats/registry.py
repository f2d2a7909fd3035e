"""Every form, by its name; and what a file's bytes are, if nobody says."""

from difflib import get_close_matches
from typing import cast

from keypin.errors import FormatError, Place
from keypin.formats import (
    alamofire,
    android_nsc,
    apple_nspinneddomains,
    chromium,
    cordova,
    curl,
    dotnet,
    envoy,
    firefox,
    flutter,
    go,
    haproxy,
    hpkp,
    java_trust_manager,
    keypin_files,
    nginx,
    node,
    okhttp,
    react_native,
    remark,
    rustls,
    stunnel,
    tlsa,
    trustkit_android,
    trustkit_ios,
    urlsession,
    wget2,
    wultra,
)
from keypin.formats.form import MAX_TEXT, Form, Reading
from keypin.formats.property_list import is_binary, to_xml
from keypin.formats.remark import Remark

# In the order of the documentation, which is also the order in which a text is recognised: a form
# whose texts are another's and more stands before that one.
_ECOSYSTEMS = (
    keypin_files,
    trustkit_android,
    trustkit_ios,
    android_nsc,
    apple_nspinneddomains,
    okhttp,
    chromium,
    firefox,
    wultra,
    hpkp,
    react_native,
    flutter,
    cordova,
    alamofire,
    urlsession,
    dotnet,
    go,
    node,
    java_trust_manager,
    rustls,
    curl,
    wget2,
    tlsa,
    envoy,
    haproxy,
    nginx,
    stunnel,
)

FORMS: tuple[Form, ...] = tuple(one for ecosystem in _ECOSYSTEMS for one in ecosystem.FORMS)
"""Every form."""

REMARKS: tuple[Remark, ...] = tuple(
    dict.fromkeys(
        one
        for module in (remark, *_ECOSYSTEMS)
        for one in cast("tuple[Remark, ...]", getattr(module, "REMARKS", ()))
    )
)
"""What platforms' own rules say of a text, each once."""

_BY_ID = {one.id: one for one in FORMS}


def form(id: str) -> Form:  # noqa: A002 - the field's name
    """Return the form of this name.

    Raises:
        FormatError: there is none.
    """
    if id not in _BY_ID:
        close = get_close_matches(id, _BY_ID, n=1)
        raise FormatError(
            f"no form {id!r}",
            expected="one of " + ", ".join(_BY_ID),
            next_step=f"did you mean {close[0]!r}?" if close else None,
        )
    return _BY_ID[id]


def detect(text: str, name: str | None = None) -> Form:
    """Return the form that a text is in.

    Args:
        text: the text.
        name: the file's name; its ending helps where texts look alike.

    Raises:
        FormatError: it looks like none.
    """
    called = (name or "").lower()
    for one in FORMS:
        if one.detect(text, called):
            return one
    raise FormatError(
        "none of the forms that hold pins",
        expected="a file with pins",
        next_step="say which form it is: --from FORM",
        place=Place(file=name),
    )


def read(
    data: bytes, *, name: str | None = None, form_id: str | None = None, host: str | None = None
) -> tuple[Form, Reading]:
    """Read a file of pins, in whatever form it is.

    Args:
        data: the file, in UTF-8, or a binary property list; of at most `MAX_TEXT` bytes.
        name: its name, for errors, places, and telling forms apart.
        form_id: the form it is in; without it, it is recognised.
        host: the host pattern that it is for, where the form does not say so.

    Raises:
        InputError: no form is recognised, or the text is not what its form demands; says where.
    """
    if len(data) > MAX_TEXT:
        raise FormatError(
            f"{len(data)} bytes", expected=f"{MAX_TEXT} at most", place=Place(file=name)
        )
    text = _text(to_xml(data, name) if is_binary(data) else data, name)
    chosen = form(form_id) if form_id else detect(text, name)
    return chosen, chosen.loads(text, name=name, host=host)


def _text(data: bytes, name: str | None) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError(
            f"byte {error.start + 1} is not UTF-8",
            expected="text in UTF-8",
            place=Place(file=name, line=line),
        ) from error
