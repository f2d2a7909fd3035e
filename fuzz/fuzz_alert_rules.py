"""Fuzz the readers of alert rules and routes.

Run with `python fuzz/fuzz_alert_rules.py CORPUS`; needs atheris. A finding is any exception but
keypin's own, and any rule or route that is not read back from its table as the same.
"""

import sys
import tomllib

from keypin.alerts.toml import route_of, route_table_of, rule_of, table_of
from keypin.errors import InputError


def one_input(data: bytes) -> None:
    """Read `data` as the table of a rule, and as that of a route."""
    try:
        table = tomllib.loads(data.decode(errors="replace"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    for read, write in ((rule_of, table_of), (route_of, route_table_of)):
        try:
            value = read(table)
        except InputError:
            continue
        if read(write(value)) != value:
            raise RuntimeError("the table means something else")


def main() -> None:
    """Let atheris drive."""
    import atheris  # noqa: PLC0415 - absent where nobody fuzzes

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
