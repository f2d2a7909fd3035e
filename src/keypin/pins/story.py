"""The text of a mismatch: all that an operator needs at three in the morning.

What was seen, as pins with the names they belong to; what is accepted, in the syntax of the user's
own file, so that it can be compared and copied; and the one next step.
"""

from typing import TYPE_CHECKING, Protocol

from keypin.certs import Certificate
from keypin.pins.pin import Of, Pin, PinPosition
from keypin.pins.policy import PolicyPin

if TYPE_CHECKING:
    from keypin.pins.decide import MismatchError


class Why(Protocol):
    """What a diagnosis tells the story."""

    @property
    def message(self) -> str:
        """What most probably happened."""
        ...

    @property
    def evidence(self) -> tuple[str, ...]:
        """What that rests on."""
        ...

    @property
    def next_step(self) -> str:
        """What to do."""
        ...


def tell(error: "MismatchError", why: Why | None = None) -> str:
    """Return the story of a mismatch, several lines long; with a diagnosis, if there is one."""
    lines = [_headline(error), "  verified chain:"]
    lines += [
        f"    {Pin.of_key(certificate)}  {error.chain.position(index)}  {name_of(certificate)}"
        for index, certificate in enumerate(error.chain)
    ]
    lines.append(f"  accepted by the policy for {error.policy.host}{_where(error)}:")
    lines += [f"    {spelled(entry)}" for entry in error.policy.pins]
    if error.policy.also:
        lines.append("  and one of these must match as well:")
        lines += [f"    {spelled(entry)}" for entry in error.policy.also]
    if why is not None:
        lines += [f"  why: {plain(why.message)}", *(f"    {plain(line)}" for line in why.evidence)]
    lines.append(f"  next step: {plain(why.next_step) if why else _next_step(error)}")
    return "\n".join(lines)


def _headline(error: "MismatchError") -> str:
    consequence = "" if error.enforced else " (not enforced)"
    match error.reason:
        case "denied-key" if error.denied is not None:
            pin, certificate = error.denied
            what = f"the chain has the denied {pin} of {name_of(certificate)}"
        case "expired-policy":
            what = (
                f"the policy for {error.policy.host} expired on {error.policy.expires:%Y-%m-%d} "
                "and refuses every connection since"
            )
        case _:
            which = "no pin that must match as well" if _lacks_also(error) else "no pin"
            what = f"{which} matches the verified chain"
    return f"{error.host}: {what}{consequence}"


def _lacks_also(error: "MismatchError") -> bool:
    return bool(error.policy.also) and error.missing == error.policy.also


def _next_step(error: "MismatchError") -> str:
    if error.reason == "denied-key":
        return "treat the connection as intercepted; the denied key must not be trusted again"
    if error.reason == "expired-policy":
        return "ship a new pin set with a later expiry"
    if error.misplaced:
        entry, position = error.misplaced[0]
        return (
            f"the {entry.pin.position} pin {entry.pin} is in the chain as {position}: correct its "
            "position"
        )
    return (
        "if the key was changed on purpose, ship its pin before it is deployed or deploy a pinned "
        "key; if not, treat the connection as intercepted"
    )


def _where(error: "MismatchError") -> str:
    place = error.policy.place
    return f" ({place})" if place and str(place) else ""


def spelled(entry: PolicyPin) -> str:
    """Return a pin in the syntax of pins.toml, with what the user says of it."""
    notes = [str(entry.role)]
    if entry.pin.position is not PinPosition.ANY:
        notes.append(f"{entry.pin.position} only")
    if entry.pin.of is Of.CERTIFICATE:
        notes.append("of the certificate")
    if entry.comment:
        notes.append(entry.comment)
    return f'"{entry.pin}",  # {", ".join(notes)}'


def name_of(certificate: Certificate) -> str:
    """Return the subject, without control characters: it is foreign text on its way to a log."""
    name = certificate.subject or ", ".join(certificate.dns_names[:1]) or "(no name)"
    return plain(name)


def plain(text: str) -> str:
    """Return foreign text without control characters, on its way to a log or a terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
