"""Proposed pins in the form of each platform, ready to copy; or why a platform cannot have them.

Pure. A form that must know where a pin stands in the chain is given that, for the advice knows it;
any other is given the pins alone, as people write them.
"""

from collections.abc import Mapping
from dataclasses import replace

from keypin.formats.form import Form
from keypin.formats.loss import Loss
from keypin.formats.registry import form as form_of
from keypin.pins import HostPattern, PinSet, Policy
from keypin.pins.advice import Advice, Target
from keypin.pins.pin import PinPosition
from keypin.pins.policy import PolicyPin, Role
from keypin.web.views.check import Snippet

# The forms that are shown, each under the name by which people call its platform.
_PLATFORMS: Mapping[str, str] = {
    "keypin-toml": "keypin (pins.toml)",
    "android-nsc": "Android (network security configuration)",
    "apple": "iOS (NSPinnedDomains)",
    "okhttp-kotlin": "OkHttp (Kotlin)",
    "trustkit-ios": "TrustKit (iOS)",
    "flutter": "Flutter",
    "react-native-ssl-public-key-pinning": "React Native",
    "go": "Go",
    "curl": "curl",
}

_POSITIONS: Mapping[Target | None, PinPosition] = {
    Target.LEAF: PinPosition.LEAF,
    Target.ROOT: PinPosition.CA,
}

# A snippet is for a chain that is pinned today: its backup is still to be made, and says so.
_NO_BACKUP = "to be added before this ships: see the way to a backup"


def snippets(host: str, advice: Advice) -> tuple[Snippet, ...]:
    """Return the proposed pins in the form of each platform; empty where none are proposed.

    Args:
        host: whose they are.
        advice: what is proposed.
    """
    if not advice.proposals:
        return ()
    bare = _pin_set(host, advice, PinPosition.ANY)
    placed = _pin_set(host, advice, _POSITIONS.get(advice.target, PinPosition.ANY))
    return tuple(_snippet(name, bare, placed) for name in _PLATFORMS)


def _pin_set(host: str, advice: Advice, position: PinPosition) -> PinSet:
    pins = tuple(
        PolicyPin(replace(one.pin, position=position), one.role) for one in advice.proposals
    )
    backed = any(one.role is Role.BACKUP for one in pins)
    policy = Policy(
        host=HostPattern.parse(host), pins=pins, no_backup=None if backed else _NO_BACKUP
    )
    return PinSet((policy,))


def _snippet(name: str, bare: PinSet, placed: PinSet) -> Snippet:
    one, platform = form_of(name), _PLATFORMS[name]
    if why := _refusal(one.losses(placed)):
        return Snippet(platform, one.file, refused=f"{why.message}; {why.cure}.")
    pin_set = min((bare, placed), key=lambda some: _cost(one, some))
    told = tuple(f"{loss.message}." for loss in one.losses(pin_set))
    return Snippet(platform, one.file, one.dumps(pin_set), told)


def _cost(one: Form, pin_set: PinSet) -> tuple[bool, int]:
    """Return how badly a form says a pin set."""
    losses = one.losses(pin_set)
    return _refusal(losses) is not None, len(losses)


def _refusal(losses: tuple[Loss, ...]) -> Loss | None:
    return losses[0] if losses and losses[0].refused else None
