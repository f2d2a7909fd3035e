"""Pushing a release: its pins in any form, or the app itself, as the body of a `PUT`.

The body goes into a file as it comes, so that an app of hundreds of megabytes takes no memory; it
is read where nothing waits for it. What was pushed once may be pushed again: nothing changes.
"""

import asyncio
import tempfile
import threading
from datetime import datetime
from typing import Annotated, BinaryIO, cast

from fastapi import Query, Response
from starlette.concurrency import run_in_threadpool

from keypin.watch.inventory import Edit, Upload, applications, pushing, read_upload
from keypin.watch.inventory.edit import Did
from keypin.watch.people.roles import Action
from keypin.web.api import releases
from keypin.web.api.call import Asked, Call
from keypin.web.api.operation import Body, Operation, Tag
from keypin.web.api.releases import PATH, ToldRelease
from keypin.web.api.shapes import Line, Moment, NameInPath, Told, VersionInPath
from keypin.web.problems import WrongError

# A file of pins stays in memory.
_MEMORY = 1024 * 1024

# A client that sends nothing for so long, in seconds, has gone.
_PATIENCE = 60.0

# Apps that are read at the same time; each takes a core, and up to 700 MB. The APKs of an XAPK are
# unpacked on the disk, one at a time.
_READING = threading.BoundedSemaphore(2)


class LoweredShare(Told):
    """A release whose share was lowered to make room for the one that was pushed."""

    version: str
    before: float
    after: float


class Pushed(Told):
    """What pushing a release did."""

    new: bool
    """Whether it was not there before."""
    endpoints: int
    """How many endpoints its hosts made."""
    judged: int
    """How many endpoints it pins, which are judged anew."""
    lowered: list[LoweredShare]
    """The application's other releases whose shares were lowered, so that all make 1."""
    release: ToldRelease


async def push_release(
    call: Asked,
    *,
    response: Response,
    application: NameInPath,
    version: VersionInPath,
    form: Annotated[str | None, Query(max_length=50, description="Where not recognised.")] = None,
    host: Annotated[
        str | None, Query(max_length=253, description="Where the form does not say it.")
    ] = None,
    name: Annotated[Line, Query(description="Of the file, for messages.")] = "",
    released_at: Annotated[Moment | None, Query()] = None,
    share: Annotated[float | None, Query(ge=0, le=1, allow_inf_nan=False)] = None,
) -> Pushed:
    """Push a release: its pins in any form that keypin reads, or the app as it ships.

    Answers 201 where the release is new, and 200 where it was there with the same pins. With
    others it is refused (409), for what was shipped does not change. A share that makes more than
    1 together with those of other releases lowers these in proportion; `lowered` says them.
    """
    await run_in_threadpool(_check_application, call, application)
    with tempfile.SpooledTemporaryFile(_MEMORY) as spooled:
        file = cast("BinaryIO", spooled)
        await _receive(call, file)
        upload = await run_in_threadpool(_read, call, file, name or version, form, host)
    pushed = await run_in_threadpool(
        _push, call, (application, version), upload, released_at, share
    )
    response.status_code = 201 if pushed.new else 200
    return pushed


def _check_application(call: Call, application: str) -> None:
    """Refuse before anything is uploaded.

    Raises:
        UnknownError: there is no such application.
    """
    with call.read() as scope:
        applications.find(scope, application)


async def _receive(call: Call, file: BinaryIO) -> None:
    """Write the body into a file.

    Raises:
        WrongError: 408, the client sends no more.
    """
    chunks = call.request.stream()
    while True:
        try:
            chunk = await asyncio.wait_for(anext(chunks), _PATIENCE)
        except StopAsyncIteration:
            break
        except TimeoutError as error:
            raise WrongError(
                408, f"nothing came for {_PATIENCE:g} s", connection="close"
            ) from error
        await run_in_threadpool(file.write, chunk)
    file.seek(0)


def _read(call: Call, file: BinaryIO, name: str, form: str | None, host: str | None) -> Upload:
    if not _READING.acquire(timeout=_PATIENCE):
        raise WrongError(503, "other apps are being read; push it again later", retry_after="30")
    try:
        return read_upload(file, name, at=call.at, form=form, host=host)
    finally:
        _READING.release()


def _push(
    call: Call,
    named: tuple[str, str],
    upload: Upload,
    released_at: datetime | None,
    share: float | None,
) -> Pushed:
    with call.begin() as scope:
        done = pushing.push(scope, *named, upload, at=call.at, released_at=released_at, share=share)
        for edit in (done.edit, *done.lowered):
            call.wrote(scope, edit)
        return Pushed(
            new=done.edit.did is Did.ADDED,
            endpoints=done.endpoints,
            judged=len(done.pinned),
            lowered=[_lowered(edit) for edit in done.lowered],
            release=releases.find(scope, *named),
        )


def _lowered(edit: Edit) -> LoweredShare:
    version = edit.subject.partition(" ")[2]
    before, after = (cast("float", side["share"]) for side in (edit.before, edit.after))
    return LoweredShare(version=version, before=before, after=after)


_EXAMPLE = """version = 1

[[policy]]
host = "api.example.com"
pins = ["sha256/KdcXuIwUYPiNWf5UBHI0BoGO/le4uEmCnvIQkbQlJx8="]
backup_pins = ["sha256/H9W6+c1+WVT38flHiPrd2Yd+nDeaLAY2Ef7pbFfAZQw="]
"""

OPERATIONS = (
    Operation(
        method="PUT",
        path=PATH,
        answer=push_release,
        action=Action.WRITE_RELEASES,
        tag=Tag.RELEASES,
        errors=(404, 408, 409),
        body=Body.STREAM,
        sample=_EXAMPLE,
    ),
)
