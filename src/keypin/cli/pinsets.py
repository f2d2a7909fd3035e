"""Reading pin sets for the verbs that take one."""

from typing import TYPE_CHECKING

from keypin.cli.files import display_name, read_bytes
from keypin.errors import PinSetError, Place

if TYPE_CHECKING:
    from keypin.pins import PinSet


def load_pin_set(path: str) -> "PinSet":
    """Return the pin set of the `pins.toml` at `path`, `-` being standard input.

    Raises:
        InputError: the file cannot be read.
        PinSetError: it is not a valid `pins.toml`; says line, key and what was expected.
    """
    from keypin.cli.apps import is_app, pin_set_of_app
    from keypin.pins import toml

    if is_app(path):
        return pin_set_of_app(path)
    data = read_bytes(path)
    name = display_name(path)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise PinSetError(
            f"byte {error.start + 1} is not UTF-8",
            expected="a pins.toml in UTF-8, as TOML demands",
            place=Place(file=name, line=data.count(b"\n", 0, error.start) + 1),
        ) from error
    return toml.loads(text, name=name).pin_set


def hosts_of(pin_set: "PinSet") -> tuple[str, ...]:
    """Return the hosts that a pin set names: of `**.example.com` it is `example.com`."""
    return tuple(
        dict.fromkeys(
            policy.host.name
            for policy in pin_set.policies
            if policy.exempt is None and policy.host.covers(policy.host.name)
        )
    )


def hostless(pin_set: "PinSet") -> tuple[str, ...]:
    """Return the patterns that name no host of their own, as `*.example.com`."""
    return tuple(
        str(policy.host)
        for policy in pin_set.policies
        if policy.exempt is None and not policy.host.covers(policy.host.name)
    )
