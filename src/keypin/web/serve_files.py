"""How many files the process may have open, of which every connection is one.

The soft limit is 1,024 nearly everywhere, for the sake of programs that use select(2); a server
raises it to the hard one, which is what the operator means.
"""

import sys
from contextlib import suppress

# Where nothing limits them: what Linux allows at most unless it is told otherwise.
_ENDLESS = 1 << 20

# Windows has no such limit.
_UNLIMITED = 1 << 16


def raise_limit() -> int:
    """Let the process open as many files as it may, and return how many."""
    if sys.platform == "win32":
        return _UNLIMITED
    import resource  # noqa: PLC0415 - Windows has none

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _ENDLESS if hard == resource.RLIM_INFINITY else min(hard, _ENDLESS)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return most
    with suppress(OSError, ValueError):  # macOS has a lower limit that it does not tell
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return soft
