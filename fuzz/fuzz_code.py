"""Fuzz the readers of source code: OkHttp's builders, and tables in every language.

Run with `python fuzz/fuzz_code.py CORPUS`; needs atheris. A finding is any exception but keypin's
own, and any pin set that is written without a loss and not read back with the same pins.
"""

import sys

from keypin.errors import InputError
from keypin.formats import form

FORMS = (
    "okhttp-kotlin",
    "trustkit-ios-code",
    "react-native-ssl-public-key-pinning",
    "react-native-ssl-pinning",
    "flutter",
    "cordova",
    "urlsession",
    "dotnet",
    "go",
    "node",
    "java",
    "rustls",
)


def one_input(data: bytes) -> None:
    """Read `data` as each kind of source."""
    text = data.decode(errors="replace")
    for form_id in FORMS:
        one = form(form_id)
        try:
            pin_set = one.loads(text, name="x", host="host.example").pin_set
        except InputError:
            continue
        if not one.losses(pin_set) and one.loads(one.dumps(pin_set)).pin_set != pin_set:
            raise RuntimeError("what is written means something else")


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
