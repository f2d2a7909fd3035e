"""What a page answers: itself, or one of its tables as CSV."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from starlette.responses import HTMLResponse, Response, StreamingResponse

from keypin.web.look import HEADERS, Look, View
from keypin.web.sheets import sheet
from keypin.web.views.frame import Frame
from keypin.web.views.whole import asked_as_csv

Row = TypeVar("Row")


def answer(look: Look, frame: Frame, view: View, status: int = 200) -> Response:
    """Return a view as HTML, or as CSV the table of it that the address asks for.

    Args:
        look: how pages look.
        frame: what stands around it.
        view: what it shows.
        status: of HTTP.
    """
    table = asked_as_csv(view, frame.query)
    if table is not None:
        found = table.found(table.asked(frame.query))
        return csv_file(table.key, table.header, found, table.cells)
    return HTMLResponse(look.render(frame, view), status, headers=HEADERS)


def csv_file(
    name: str,
    header: Sequence[str],
    rows: Iterable[Row],
    cells: Callable[[Row], Sequence[object]],
) -> Response:
    """Return rows as a file of CSV, sent as they are read.

    Args:
        name: of the table.
        header: the titles of its columns.
        rows: all of them.
        cells: a row's cells.
    """
    headers = {"content-disposition": f'attachment; filename="keypin-{name}.csv"'}
    text = sheet(header, (cells(row) for row in rows))
    return StreamingResponse(text, media_type="text/csv; charset=utf-8", headers=headers)
