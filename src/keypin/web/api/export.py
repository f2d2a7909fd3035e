"""Everything of an organisation, as JSON Lines, to keep or to take elsewhere."""

from pathlib import Path
from tempfile import mkdtemp

from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from keypin.watch.people.roles import Action
from keypin.watch.store.exporting import export
from keypin.web.api.call import Asked
from keypin.web.api.operation import Operation, Tag

_FORM = "application/jsonl"


def export_everything(call: Asked) -> FileResponse:
    """Return everything of the organisation as JSON Lines, but its secrets."""
    folder = Path(mkdtemp(prefix="keypin-export-"))
    path = folder / f"{call.identity.organisation_name}.jsonl"
    try:
        export(call.core.database, call.identity.organisation_name, path)
        with call.begin() as scope:
            call.record(scope, "organisation.export", call.identity.organisation_name)
    except BaseException:
        _remove(folder)
        raise
    gone = BackgroundTask(_remove, folder)
    return FileResponse(path, media_type=_FORM, filename=path.name, background=gone)


def _remove(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


OPERATIONS = (
    Operation(
        method="GET",
        path="/export",
        answer=export_everything,
        action=Action.MANAGE_SETTINGS,
        tag=Tag.ORGANISATION,
        form=_FORM,
    ),
)
