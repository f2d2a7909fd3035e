"""From one endpoint to one observation: every address, every kind of certificate asked for."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from keypin.certs import Cause, Endpoint, Failure, Handshake, Observation
from keypin.probe.address import Address, dial_list
from keypin.probe.attempt import Attempt, Surroundings
from keypin.probe.contexts import KeyType
from keypin.probe.engine import All, Conversation
from keypin.probe.failure import ProbeError

Results = list[Handshake | Failure]

# The alerts of a server that has no certificate of the kind asked for (RFC 8446 section 6.2).
_NO_SUCH_CERTIFICATE = {"handshake_failure", "insufficient_security"}

# After these the address answers no other kind of question either.
_HOPELESS = {Cause.REFUSED, Cause.UNREACHABLE, Cause.TIMEOUT, Cause.NOT_TLS, Cause.STARTTLS} | {
    Cause.PROXY
}


@dataclass(frozen=True, slots=True)
class Probing:
    """One look at one endpoint.

    Attributes:
        around: what the run shares.
        endpoint: where to look.
    """

    around: Surroundings
    endpoint: Endpoint

    def run(self) -> Conversation:
        """Return the `Observation`."""
        now = datetime.now(UTC)
        at = self.around.options.at or now
        results: Results = []
        try:
            addresses = yield from self._addresses()
        except ProbeError as error:
            results.append(error.at(None, self.around.options.key_types[0]))
        else:
            results += yield from self._all(addresses, at)
        return Observation(
            endpoint=self.endpoint,
            at=now,
            handshakes=tuple(found for found in results if isinstance(found, Handshake)),
            failures=tuple(found for found in results if isinstance(found, Failure)),
        )

    def _addresses(self) -> Generator[Any, Any, tuple[Address | None, ...]]:
        options = self.around.options
        if options.proxy is not None and not options.connect:
            return (None,)
        found = yield from dial_list(
            self.endpoint, options.connect, options.limits, self.around.clock
        )
        for address in found:
            why = options.forbid(address.ip) if options.forbid else None
            if why is not None:
                raise ProbeError(Cause.FORBIDDEN, why)
        return found

    def _all(
        self, addresses: tuple[Address | None, ...], at: datetime
    ) -> Generator[Any, Any, Results]:
        if len(addresses) == 1:
            return (yield from self._one(addresses[0], at))
        found = yield All(tuple(self._one(address, at) for address in addresses))
        return [result for results in found for result in results]

    def _one(self, address: Address | None, at: datetime) -> Generator[Any, Any, Results]:
        results: Results = []
        for key_type in self.around.options.key_types:
            result = yield from Attempt(self.around, self.endpoint, address, key_type, at).run()
            results.append(result)
            if isinstance(result, Failure) and result.cause in _HOPELESS:
                return results
        if len(results) > 1 and all(map(_has_no_such_certificate, results)):
            # Neither kind: perhaps Ed25519 or ML-DSA, which only an open question is shown.
            attempt = Attempt(self.around, self.endpoint, address, KeyType.DEFAULT, at)
            return [(yield from attempt.run())]
        telling = [result for result in results if not _has_no_such_certificate(result)]
        return telling or results


def _has_no_such_certificate(result: Handshake | Failure) -> bool:
    if isinstance(result, Handshake):
        return False
    # Some servers, Python's asyncio among them, hang up where others send the alert.
    return result.alert in _NO_SUCH_CERTIFICATE or result.cause is Cause.CLOSED
