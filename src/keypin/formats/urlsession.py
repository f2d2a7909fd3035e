"""Swift: a `URLSessionDelegate` that evaluates the trust and compares the keys of its chain.

https://developer.apple.com/documentation/foundation/urlsessiondelegate. The trust is evaluated for
the host first; `SecTrustCopyCertificateChain` then gives the chain that the evaluation built.
"""

from keypin.formats import swift
from keypin.formats.form import Form, Reading
from keypin.formats.table import TABLE, Idiom, read_table, table_heading, write_table
from keypin.pins import PinSet

_AFTER = """\

/// Give it to `URLSession(configuration:delegate:delegateQueue:)`, and keep the session.
final class PinningDelegate: NSObject, URLSessionDelegate {
    func urlSession(
        _ session: URLSession,
        didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) {
        let space = challenge.protectionSpace
        guard space.authenticationMethod == NSURLAuthenticationMethodServerTrust else {
            completionHandler(.performDefaultHandling, nil)
            return
        }
        guard let trust = space.serverTrust, isPinned(trust, host: space.host) else {
            completionHandler(.cancelAuthenticationChallenge, nil)
            return
        }
        completionHandler(.useCredential, URLCredential(trust: trust))
    }
}
"""


_IDIOM = Idiom("Swift with hosts and sha256/ pins")


def _read(text: str, *, name: str | None, host: str | None) -> Reading:
    return read_table(text, _IDIOM, name=name, host=host)


def _write(pin_set: PinSet) -> str:
    rows = write_table(pin_set, swift.ROW)
    return f"{table_heading(pin_set)}\n\n{swift.PINS}{rows}\n{swift.LOOKUP}{_AFTER}"


def _is_delegate(text: str, name: str) -> bool:  # noqa: ARG001 - the protocol tells
    return "URLSessionDelegate" in text or "SecTrustEvaluateWithError" in text


FORM = Form(
    id="urlsession",
    title="a URLSession delegate in Swift",
    file="PinningDelegate.swift",
    language="swift",
    can=TABLE,
    read=_read,
    write=_write,
    detect=_is_delegate,
    page="how-to/platforms/apple.md",
)
FORMS = (FORM,)
