"""The two calls of OpenSSL that pyOpenSSL binds and does not wrap, checked when this is imported.

Which signature algorithms and which groups a client offers decides which certificate it is shown
and what the handshake costs. pyOpenSSL has no method for either, so this module alone reaches
through to the binding that `cryptography` ships. If a later release drops them, the import fails
with a sentence, not the thousandth handshake with a crash.
"""

from collections.abc import Callable
from typing import Any

from OpenSSL import SSL


def _bound(name: str) -> Callable[..., int]:
    call: Callable[..., int] | None = getattr(getattr(SSL, "_lib", None), name, None)
    if call is None:
        raise ImportError(
            f"pyOpenSSL {SSL.__name__} no longer binds {name}; "
            "install a release of pyOpenSSL and cryptography that keypin supports"
        )
    return call


_SET_SIGNATURES = _bound("SSL_CTX_set1_sigalgs_list")
_SET_GROUPS = _bound("SSL_CTX_set1_curves_list")
_CLEAR_ERRORS = _bound("ERR_clear_error")


def offer_signatures(context: SSL.Context, names: str) -> None:
    """Restrict the signature algorithms that `context` offers (SSL_CTX_set1_sigalgs_list).

    Raises:
        ValueError: OpenSSL does not know one of `names`.
    """
    _checked(_SET_SIGNATURES, context, names)


def offer_groups(context: SSL.Context, names: str) -> None:
    """Set the key-exchange groups that `context` offers, the first with a share of its own.

    Raises:
        ValueError: OpenSSL does not know one of `names`.
    """
    _checked(_SET_GROUPS, context, names)


def _checked(call: Callable[..., int], context: SSL.Context, names: str) -> None:
    handle: Any = vars(context)["_context"]
    if call(handle, names.encode("ascii")) != 1:
        _CLEAR_ERRORS()
        raise ValueError(f"OpenSSL does not know all of {names}")
