"""The guard for `requests`, which believes the environment.

Of it `requests` takes a proxy, which would dial what the guard never saw, passwords out of
`~/.netrc` for whatever host is named, and CAs. Within a guard it takes none of these: there a
session's `trust_env` is false, whatever the session was made with. Elsewhere it is what it was.
"""

from functools import cache

from keypin.watch.guarding_sockets import is_guarded


class _Trust:
    """What a session says of the environment, and within a guard that it is not to be trusted."""

    def __get__(self, session: object | None, kind: type | None = None) -> bool:
        said = True if session is None else vars(session).get("trust_env", True)
        return bool(said) and not is_guarded()

    def __set__(self, session: object, value: object) -> None:
        vars(session)["trust_env"] = value


@cache
def guard_requests() -> None:
    """Put it in place, once and for all sessions."""
    from requests import Session  # noqa: PLC0415 - takes 0.1 s

    Session.trust_env = _Trust()  # type: ignore[assignment] # pyright: ignore[reportAttributeAccessIssue]
