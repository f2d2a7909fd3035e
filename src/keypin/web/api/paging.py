"""Long lists, a page at a time: an opaque cursor says where the next one begins.

The cursor is the sort key of the last row, so that rows which come and go meanwhile are neither
shown twice nor passed over. Each page names the next, in `next` and as a `Link` (RFC 8288).
"""

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar, cast
from urllib.parse import urlencode

from fastapi import Depends, Query, Response
from pydantic import Field
from starlette.requests import Request

from keypin.web.api.shapes import Told
from keypin.web.problems import WrongError

Key = tuple[str | int, ...]
Item = TypeVar("Item")
Row = TypeVar("Row")

MOST = 500
_LARGEST = 2**63


class Page(Told, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    next: Annotated[
        str | None, Field(description="Where the next page is; null on the last one.")
    ] = None


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page is asked for.

    Attributes:
        request: as it came.
        response: the headers of the answer.
        limit: rows of a page.
        cursor: where it begins, or None: at the start.
    """

    request: Request
    response: Response
    limit: int
    cursor: str | None

    def after(self, *kinds: type) -> Key | None:
        """Return the key of the row before the page, or None at the start.

        Args:
            kinds: of the key's values.

        Raises:
            WrongError: the cursor is none that a page of this list named.
        """
        if self.cursor is None:
            return None
        key = _read(self.cursor)
        if tuple(map(type, key)) != kinds:
            raise _foreign()
        return key

    def page(
        self, rows: Sequence[Row], tell: Callable[[Row], Item], key: Callable[[Row], Key]
    ) -> Page[Item]:
        """Return a page of rows that were fetched from `after` on, one more than `limit` of them.

        Args:
            rows: them.
            tell: makes what is told of one.
            key: its sort key.
        """
        shown = rows[: self.limit]
        further = self._next(key(shown[-1])) if len(rows) > self.limit else None
        return Page(items=[tell(row) for row in shown], next=further)

    def of(
        self,
        rows: Iterable[Row],
        tell: Callable[[Row], Item],
        key: Callable[[Row], Key],
        *kinds: type,
    ) -> Page[Item]:
        """Return a page of all rows of a short list, sorted here by their keys."""
        after = self.after(*kinds)
        ordered = sorted(rows, key=key)
        rest = [row for row in ordered if after is None or key(row) > after]
        return self.page(rest[: self.limit + 1], tell, key)

    def _next(self, key: Key) -> str:
        kept = [(name, value) for name, value in self.request.query_params.multi_items()]
        query = [pair for pair in kept if pair[0] != "cursor"] + [("cursor", _write(key))]
        url = f"{self.request.url.path}?{urlencode(query)}"
        self.response.headers["link"] = f'<{url}>; rel="next"'
        return url


def _paging(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Rows of a page.")] = 100,
    cursor: Annotated[
        str | None, Query(max_length=2000, description="From `next` of the page before.")
    ] = None,
) -> Paging:
    return Paging(request, response, limit, cursor)


Paged = Annotated[Paging, Depends(_paging)]
"""What a function that answers with a page is handed."""


def _write(key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).rstrip(b"=").decode()


def _read(text: str) -> Key:
    """Read a cursor.

    Raises:
        WrongError: it is none.
    """
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        values: object = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError) as error:
        raise _foreign() from error
    if not isinstance(values, list) or not all(map(_fits, cast("list[object]", values))):
        raise _foreign()
    return tuple(cast("list[str | int]", values))


def _fits(value: object) -> bool:
    match value:
        case bool():
            return False
        case int():
            return -_LARGEST <= value < _LARGEST
        case str():
            # Neither database takes these.
            return "\0" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)
        case _:
            return False


def _foreign() -> WrongError:
    return WrongError(422, "the cursor is none of this list; begin again without one")
