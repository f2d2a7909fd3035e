"""Swift: Alamofire's `ServerTrustManager` with an evaluator of SPKI pins.

https://alamofire.github.io/Alamofire/Protocols/ServerTrustEvaluating.html. Alamofire's own pinning
evaluators compare keys and certificates that are shipped in the app, and its manager knows hosts by
their exact name; so both are written anew, the default evaluation included.
"""

from keypin.formats import swift
from keypin.formats.form import Form, Reading
from keypin.formats.table import TABLE, Idiom, read_table, table_heading, write_table
from keypin.pins import PinSet

_AFTER = """\

/// Evaluates a trust, and demands a pinned key where the host is pinned.
struct SPKIPinsTrustEvaluator: ServerTrustEvaluating {
    func evaluate(_ trust: SecTrust, forHost host: String) throws {
        try DefaultTrustEvaluator(validateHost: true).evaluate(trust, forHost: host)
        guard isPinned(trust, host: host) else {
            throw AFError.serverTrustEvaluationFailed(
                reason: .customEvaluationFailed(error: PinMismatch(host: host))
            )
        }
    }
}

struct PinMismatch: Error {
    let host: String
}

/// Knows host patterns, where Alamofire's own manager knows exact names alone.
final class PinningTrustManager: ServerTrustManager {
    init() {
        super.init(allHostsMustBeEvaluated: false, evaluators: [:])
    }

    override func serverTrustEvaluator(forHost host: String) throws -> ServerTrustEvaluating? {
        SPKIPinsTrustEvaluator()
    }
}

/// Send every request through it.
let pinnedSession = Session(serverTrustManager: PinningTrustManager())
"""


_IDIOM = Idiom("Swift with hosts and sha256/ pins")


def _read(text: str, *, name: str | None, host: str | None) -> Reading:
    return read_table(text, _IDIOM, name=name, host=host)


def _write(pin_set: PinSet) -> str:
    rows = write_table(pin_set, swift.ROW)
    head = f"{table_heading(pin_set)}\n\nimport Alamofire\n"
    return f"{head}{swift.PINS}{rows}\n{swift.LOOKUP}{_AFTER}"


def _is_alamofire(text: str, name: str) -> bool:  # noqa: ARG001 - the names tell
    return "import Alamofire" in text or "ServerTrustEvaluating" in text


FORM = Form(
    id="alamofire",
    title="Alamofire's ServerTrustManager in Swift",
    file="PinnedSession.swift",
    language="swift",
    can=TABLE,
    read=_read,
    write=_write,
    detect=_is_alamofire,
    page="how-to/platforms/apple.md",
)
FORMS = (FORM,)
