"""Reading pin sets for the verbs that take one, in whatever form they are."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keypin.cli.files import display_name, read_bytes

if TYPE_CHECKING:
    from keypin.findings import Finding
    from keypin.pins import PinSet


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file of pins.

    Attributes:
        pin_set: its pins.
        findings: what the platform's own rules say of it, and what could not be followed.
        form: the name of its form; `app` for a shipped app.
    """

    pin_set: "PinSet"
    findings: "tuple[Finding, ...]"
    form: str


def load(path: str, *, form: str | None = None, host: str | None = None) -> Loaded:
    """Return the pins of the file at `path`, `-` being standard input.

    Args:
        path: a pins.toml, any form of `keypin.formats`, or a shipped app.
        form: the form it is in; without it, it is recognised.
        host: the host of pins that do not say theirs.

    Raises:
        InputError: it cannot be read, or its own platform would refuse it; says where and why.
    """
    from keypin.cli.apps import is_app, pins_of_app
    from keypin.formats import read

    if form is None and is_app(path):
        return Loaded(*pins_of_app(path), form="app")

    data = read_bytes(path)
    found, reading = read(data, name=display_name(path), form_id=form, host=host)
    return Loaded(reading.pin_set, reading.findings, found.id)


def load_pin_set(path: str, *, form: str | None = None, host: str | None = None) -> "PinSet":
    """Return the pin set of the file at `path`; see `load`."""
    return load(path, form=form, host=host).pin_set


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
