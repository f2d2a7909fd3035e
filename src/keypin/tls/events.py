"""Who is told of verdicts: the log, the metrics, a callback, and the reports.

Listeners cannot change a verdict, and one that fails is logged and breaks nothing.
"""

import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from keypin.pins import Matched, MismatchError, NotPinned
from keypin.pins.clients import ClientMatched
from keypin.tls.refusal import PinningError

_log = logging.getLogger("keypin.tls")

# Mismatches that are remembered as logged; an attacker has any number of certificates.
_LOGGED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A verdict on a connection.

    Attributes:
        verdict: what was decided; None where there was no chain to decide on.
        host: the host, or None where the connection named none.
        port: the port at the other end, or None where it is not known.
        refusal: the error with which the connection was refused, or None.
    """

    verdict: Matched | NotPinned | MismatchError | ClientMatched | None
    host: str | None
    port: int | None
    refusal: PinningError | None = None

    @property
    def outcome(self) -> str:
        """One word: `matched`, `mismatch`, `not-pinned` or `not-verified`."""
        if isinstance(self.verdict, MismatchError):
            return "mismatch"
        if isinstance(self.verdict, NotPinned):
            return "not-pinned"
        return "matched" if self.refusal is None else "not-verified"


class Reporter(Protocol):
    """What sends pin failure reports."""

    def submit(
        self, mismatch: MismatchError, *, port: int | None, presented: Sequence[bytes]
    ) -> None:
        """Take a failure over, at once and without raising anything."""
        ...


class Hooks:
    """The listeners of one context.

    Args:
        on_event: called with each `Event`, a match included, in the thread of the handshake.
        reporter: sends pin failure reports.
    """

    def __init__(
        self,
        on_event: Callable[[Event], object] | None = None,
        reporter: Reporter | None = None,
    ) -> None:
        self._on_event = on_event
        self._reporter = reporter
        self._counter: Any = None
        self._logged: set[tuple[str, bytes]] = set()

    @property
    def listening(self) -> bool:
        """Whether anybody wants to hear of matches too."""
        return self._on_event is not None or _metrics_are_loaded()

    def tell(self, event: Event) -> None:
        """Tell of a verdict."""
        if event.refusal is not None:
            _log.error("refused: %s", event.refusal.verify_message)
        self._count(event)
        if self._on_event is not None:
            try:
                self._on_event(event)
            except Exception:  # noqa: BLE001 - whatever a listener raises, the verdict stands
                _log.exception("on_event failed; the verdict stands")

    def report(
        self, mismatch: MismatchError, *, port: int | None, presented: Sequence[bytes]
    ) -> None:
        """Send a pin failure report to where the policy says, in the background."""
        if not mismatch.enforced:
            self._log_once(mismatch)
        if self._reporter is not None and mismatch.policy.report_to:
            self._reporter.submit(mismatch, port=port, presented=presented)

    def _log_once(self, mismatch: MismatchError) -> None:
        """Log the story of a mismatch that is let pass, once for each host and certificate."""
        seen = mismatch.host, mismatch.chain.leaf.sha256
        if seen in self._logged:
            return
        if len(self._logged) >= _LOGGED:
            self._logged = set()
        self._logged.add(seen)
        _log.warning("%s", mismatch)

    def _count(self, event: Event) -> None:
        if self._counter is None:
            if not _metrics_are_loaded():
                return
            from opentelemetry import metrics  # noqa: PLC0415 - the program has loaded it already

            meter = metrics.get_meter("keypin")
            self._counter = meter.create_counter(
                "keypin.verdicts", unit="{verdict}", description="Verdicts on TLS connections"
            )
        self._counter.add(1, {"outcome": event.outcome, "refused": event.refusal is not None})


def _metrics_are_loaded() -> bool:
    """Tell whether the program uses OpenTelemetry; keypin does not bring it in."""
    return "opentelemetry.metrics" in sys.modules
