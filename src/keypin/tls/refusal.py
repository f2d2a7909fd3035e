"""Why a connection was refused: errors that are TLS errors to every client library.

::

    ssl.SSLCertVerificationError
    +-- PinningError            keypin refused a connection
        +-- PinMismatchError    the verified chain is not accepted by the pins of its host
        +-- UnpinnedHostError   no policy covers the host, and such hosts are refused
        +-- ClientRefusedError  a client's verified chain is accepted by no pin
        +-- UnprovenPeerError   there is no verified chain that pins could be matched on

Client libraries catch, wrap and print `ssl.SSLCertVerificationError`; so the whole story is in the
arguments of the error, and survives them. Texts are told when somebody reads them.
"""

import ssl
from collections.abc import Sequence

from keypin.certs import Certificate, VerifiedChain
from keypin.diagnose import diagnose_mismatch
from keypin.errors import CertificateError, KeypinError
from keypin.pins import MismatchError, NotPinned, Policy
from keypin.pins.clients import ClientMismatchError
from keypin.pins.story import spelled, tell
from keypin.trust import public_roots

# X509_V_ERR_APPLICATION_VERIFICATION: the application's own check refused (x509_vfy.h).
_REFUSED_BY_APPLICATION = 50


class _Story(str):
    """A text that stays readable where a client library prints the arguments of an error."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class PinningError(KeypinError, ssl.SSLCertVerificationError):
    """keypin refused a connection; no application data was sent or received.

    Attributes:
        host: the host that the connection is for, or None where it is not known.
        port: the port it went to, or None where the transport is not a socket of our own.
        reason: a short name in capitals, as OpenSSL's errors have.
        verify_message: the first line of the story.
    """

    reason = "PINNING"
    library = "keypin"
    verify_code = _REFUSED_BY_APPLICATION

    def __init__(self, story: str, *, host: str | None = None, port: int | None = None) -> None:
        super().__init__(ssl.SSL_ERROR_SSL, _Story(story))
        self.host = host
        self.port = port
        self.verify_message = story.partition("\n")[0]

    def __str__(self) -> str:
        return str(self.args[1])

    def __reduce__(self) -> tuple[object, ...]:
        """Cross to another process as the story and where it happened; chains stay behind."""
        return _told, (str(self), self.host, self.port)

    def again(self) -> "PinningError":
        """Return an equal error, for a connection that is used although it was refused."""
        twin = type(self).__new__(type(self), *self.args)
        twin.args = self.args
        twin.__dict__.update(self.__dict__)
        return twin


def _told(story: str, host: str | None, port: int | None) -> PinningError:
    return PinningError(story, host=host, port=port)


class UnpinnedHostError(PinningError):
    """No policy covers the host, and the context refuses such hosts."""

    reason = "HOST_NOT_PINNED"

    @classmethod
    def of(cls, verdict: NotPinned, port: int | None) -> "UnpinnedHostError":
        """Tell of a host without a policy, and of the policy that nearly covers it."""
        near = ""
        if verdict.nearest is not None:
            near = f"; the nearest, {verdict.nearest}, does not reach it"
        story = (
            f"{verdict.host}: no policy covers this host, and hosts without pins are refused{near}"
            "\n  next step: add a policy for it, widen a pattern, or pass "
            'unpinned="allow" if other hosts may be reached without pins'
        )
        return cls(story, host=verdict.host, port=port)


class UnprovenPeerError(PinningError):
    """The connection has no verified chain, so no pin can be matched on it.

    Anonymous ciphers, pre-shared keys, resumed sessions of unknown origin, contexts that do not
    verify: each lets an attacker show any chain, or none.
    """

    reason = "PEER_NOT_VERIFIED"


class ClientRefusedError(PinningError):
    """A client's chain verifies, and no pin of the server accepts it.

    Attributes:
        mismatch: the decision, with the client's chain.
    """

    reason = "CLIENT_NOT_PINNED"
    mismatch: ClientMismatchError

    @classmethod
    def of(cls, mismatch: ClientMismatchError) -> "ClientRefusedError":
        """Tell of a client that may not come in."""
        refusal = cls(str(mismatch))
        refusal.mismatch = mismatch
        return refusal


class PinMismatchError(PinningError):
    """The chain verifies, and the pins of its host do not accept it.

    Args:
        mismatch: the decision.
        port: where the connection went.
        presented: the certificates as the server sent them, DER.
        before: the chain that this host showed when it last matched.

    Attributes:
        mismatch: the decision, with everything it rests on.
        diagnosis: what most probably happened, on what evidence, and the next step.
        presented: the certificates as the server sent them, DER.
    """

    reason = "PIN_MISMATCH"

    def __init__(
        self,
        mismatch: MismatchError,
        *,
        port: int | None = None,
        presented: Sequence[bytes] = (),
        before: VerifiedChain | None = None,
    ) -> None:
        self.mismatch = mismatch
        self.presented = tuple(presented)
        self.diagnosis = diagnose_mismatch(
            mismatch,
            presented=readable(self.presented),
            public_roots=public_roots(),
            before=before,
        )
        super().__init__(tell(mismatch, self.diagnosis), host=mismatch.host, port=port)

    @property
    def policy(self) -> Policy:
        """The policy that refused."""
        return self.mismatch.policy

    @property
    def chain(self) -> VerifiedChain:
        """The verified chain; each certificate has its subject and its digests."""
        return self.mismatch.chain

    @property
    def accepted(self) -> tuple[str, ...]:
        """The accepted pins in the syntax of pins.toml, with what the user says of each."""
        return tuple(spelled(entry) for entry in self.policy.pins)


def readable(presented: Sequence[bytes]) -> tuple[Certificate, ...]:
    """Return what can be read of certificates that a server sent; the others prove nothing."""
    found: list[Certificate] = []
    for der in presented:
        try:
            found.append(Certificate.from_der(der))
        except CertificateError:
            continue
    return tuple(found)
