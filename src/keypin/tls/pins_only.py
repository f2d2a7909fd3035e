"""Trust in pins alone, for devices that signed their certificate themselves.

No chain is verified then, so a pin can be of the server's own key or certificate alone: of that key
the handshake proves possession, of whatever else the server sends it proves nothing.
"""

from keypin.errors import PinSetError
from keypin.pins import PinPosition, PinSet
from keypin.tls.source import Source


class OfLeaves:
    """A source that refuses pins which could not match where no CA is asked."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._checked: PinSet | None = None

    @property
    def pin_set(self) -> PinSet:
        """The pins of the moment.

        Raises:
            PinSetError: a pin is of an intermediate or a root.
        """
        pin_set = self._source.pin_set
        if pin_set is not self._checked:
            _check_leaves(pin_set)
            self._checked = pin_set
        return pin_set


def _check_leaves(pin_set: PinSet) -> None:
    for policy in pin_set.policies:
        for entry in policy.pins + policy.also:
            if entry.pin.position not in (PinPosition.ANY, PinPosition.LEAF):
                raise PinSetError(
                    f"the {entry.pin.position} pin {entry.pin} of {policy.host} with "
                    'trust="pins-only"',
                    expected="pins of the server's own key: no chain is verified then",
                    place=entry.place or policy.place,
                )
