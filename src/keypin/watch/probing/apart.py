"""One endpoint keeps no others from being written or judged, whatever is the matter with it."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError

_log = logging.getLogger(__name__)

One = TypeVar("One")


def apart(many: Sequence[One], do: Callable[[Sequence[One]], None]) -> list[One]:
    """Do something for all at once; where that fails, for each apart.

    Args:
        many: what it is done for.
        do: does it, all or nothing.

    Returns:
        Those for which it failed; why is in the log.

    Raises:
        OperationalError: the database is not there, which is nobody's fault among them.
        InterfaceError: the same.
    """
    try:
        do(many)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is one endpoint's alone
        if len(many) > 1:
            return [failed for one in many for failed in apart([one], do)]
        _log.exception("left out: %s (%s)", many[0], type(error).__name__)
        return list(many)
    return []
