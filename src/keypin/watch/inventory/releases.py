"""Releases: app versions in the field, each with the pin set that was shipped in it.

What was shipped cannot be changed, so a version's pins cannot either: pushed again with the same
pins it stays as it is, with others it is refused.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, Select, func, select

from keypin.errors import InventoryError
from keypin.inventory.entries import MAX_RELEASES, ReleaseEntry
from keypin.pins.toml import loads
from keypin.watch.inventory import applications as apps
from keypin.watch.inventory import shelf
from keypin.watch.inventory.edit import Did, Edit, TakenError, UnknownError, added, changed, removed
from keypin.watch.inventory.uploads import Upload, remark
from keypin.watch.store import Scope
from keypin.watch.store.tables import applications, pin_sets, releases


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRelease:
    """A release, as the inventory knows it.

    Attributes:
        id: its number.
        application: its application's name.
        version: what its users call it.
        pin_set: the number of its pin set.
        digest: SHA-256 of that one's text.
        form: what was uploaded: a form's name, or the kind of app.
        source: the name of its file.
        remarks: what its reader said of it.
        released_at: when users could first have it.
        share: of the application's users, from 0 to 1, given by hand.
        measured: the same, from reports and check-ins.
        retired_at: since when it is not in the field any more.
        created_at: when it was uploaded.
    """

    id: int
    application: str
    version: str
    pin_set: int
    digest: bytes
    form: str
    source: str
    remarks: tuple[dict[str, object], ...]
    released_at: datetime
    share: float | None
    measured: float | None
    retired_at: datetime | None
    created_at: datetime


def listed(
    scope: Scope, application: str | None = None, *, retired: bool = False
) -> tuple[KnownRelease, ...]:
    """Return releases, by application, the newest first.

    Args:
        scope: whose.
        application: of this one alone.
        retired: whether to return those that are retired, too.
    """
    query = _query(scope).order_by(applications.c.name, releases.c.released_at.desc())
    if application is not None:
        query = query.where(applications.c.name == application)
    if not retired:
        query = query.where(releases.c.retired_at.is_(None))
    return tuple(map(_known, scope.rows(query.order_by(releases.c.id.desc()))))


def find(scope: Scope, application: str, version: str) -> KnownRelease:
    """Return a release.

    Raises:
        UnknownError: there is none.
    """
    return _known(_row(scope, application, version))


def add(
    scope: Scope,
    application: str,
    version: str,
    upload: Upload,
    *,
    at: datetime,
    released_at: datetime | None = None,
    share: float | None = None,
) -> Edit:
    """Add a release with the pins that ship in it; once more, with the same pins, changes nothing.

    The endpoints that it pins are not made and not judged here, and the shares of other releases
    stay: see `keypin.watch.inventory.pushing`.

    Raises:
        UnknownError: there is no such application.
        TakenError: the version is there with other pins.
        InventoryError: the version or the share is none, or there are too many releases.
    """
    entry = ReleaseEntry(version=version, share=share, pin_set=upload.pin_set)
    app = apps.find(scope, application)
    subject = f"{application} {version}"
    known = scope.row(_query(scope).where(_is(application, version)))
    if known is not None:
        if not _same_pins(scope, known, upload):
            raise TakenError(
                f"the release {subject} is there with other pins",
                expected="a new version: what was shipped does not change",
                next_step="push it as another version, or remove the release that is there",
            )
        return Edit(did=Did.UNCHANGED, kind="release", subject=subject, id=known["id"])
    _check_room(scope, app.id, application)
    return added(
        scope,
        releases,
        "release",
        subject,
        application=app.id,
        version=entry.version,
        pin_set=shelf.put(scope, upload, at),
        form=upload.form,
        source=upload.source,
        remarks=[remark(one) for one in upload.remarks],
        released_at=released_at or at,
        share=share,
        created_at=at,
    )


def correct(
    scope: Scope,
    application: str,
    version: str,
    upload: Upload,
    *,
    at: datetime,
    released_at: datetime | None = None,
    share: float | None = None,
) -> Edit:
    """Say otherwise what was shipped in a release, and that it is in the field.

    Raises:
        UnknownError: there is no such release.
        InventoryError: the share is none.
    """
    _check_share(share)
    row = _row(scope, application, version)
    subject = f"{application} {version}"
    same = _same_pins(scope, row, upload)
    edit = changed(
        scope,
        releases,
        "release",
        subject,
        row,
        pin_set=row["pin_set"] if same else shelf.put(scope, upload, at),
        released_at=released_at or row["created_at"],
        share=share,
        retired_at=None,
    )
    shelf.forget_unused(scope)
    return edit


def give_share(scope: Scope, application: str, version: str, share: float | None) -> Edit:
    """Say a release's share of users by hand, or None to go by what is measured.

    Raises:
        UnknownError: there is no such release.
        InventoryError: it is no share.
    """
    _check_share(share)
    row = _row(scope, application, version)
    return changed(scope, releases, "release", f"{application} {version}", row, share=share)


def measure(scope: Scope, shares: dict[int, float]) -> None:
    """Write what reports and check-ins say of releases' shares, by the releases' numbers."""
    for number, share in shares.items():
        scope.execute(scope.update(releases).where(releases.c.id == number).values(measured=share))


def retire(scope: Scope, application: str, version: str, *, at: datetime) -> Edit:
    """Take a release out of the field: nobody uses it any more, and nothing is judged by it.

    Raises:
        UnknownError: there is no such release.
    """
    row = _row(scope, application, version)
    when = row["retired_at"] or at
    return changed(scope, releases, "release", f"{application} {version}", row, retired_at=when)


def restore(scope: Scope, application: str, version: str) -> Edit:
    """Put a retired release back into the field.

    Raises:
        UnknownError: there is no such release.
    """
    row = _row(scope, application, version)
    return changed(scope, releases, "release", f"{application} {version}", row, retired_at=None)


def remove(scope: Scope, application: str, version: str) -> Edit:
    """Forget a release, as if it had never been; `retire` is what becomes of one that was used.

    Raises:
        UnknownError: there is no such release.
    """
    row = _row(scope, application, version)
    edit = removed(scope, releases, "release", f"{application} {version}", row)
    shelf.forget_unused(scope)
    return edit


def text_of(scope: Scope, pin_set: int) -> str:
    """Return a pin set as pins.toml.

    Raises:
        UnknownError: there is none of this number.
    """
    text = scope.value(scope.select(pin_sets.c.text).where(pin_sets.c.id == pin_set))
    if text is None:
        raise UnknownError.of("pin set", pin_set)
    return str(text)


def _check_room(scope: Scope, number: int, application: str) -> None:
    query = scope.select(func.count(releases.c.id)).where(releases.c.application == number)
    if scope.value(query) >= MAX_RELEASES:
        raise InventoryError(
            f"{MAX_RELEASES} releases of {application}",
            expected="no more than that",
            next_step="remove those that nobody uses",
        )


def _check_share(share: float | None) -> None:
    if share is not None and not 0 <= share <= 1:
        raise InventoryError(f"the share {share}", expected="a number from 0 to 1")


def _same_pins(scope: Scope, row: RowMapping, upload: Upload) -> bool:
    """Say whether an upload pins what a release pins, whatever it is called, in whatever order."""
    if row["digest"] == upload.digest:
        return True
    there = loads(text_of(scope, row["pin_set"])).pin_set
    return frozenset(there.policies) == frozenset(upload.pin_set.policies)


def _is(application: str, version: str) -> ColumnElement[bool]:
    return (applications.c.name == application) & (releases.c.version == version)


def _row(scope: Scope, application: str, version: str) -> RowMapping:
    row = scope.row(_query(scope).where(_is(application, version)))
    if row is None:
        raise UnknownError.of("release", f"{application} {version}")
    return row


def _query(scope: Scope) -> Select[*tuple[object, ...]]:
    columns = [one for one in releases.c if one.name != "application"]
    others = (
        applications.c.name.label("application"),
        releases.c.application.label("application_id"),
        pin_sets.c.digest,
    )
    joined = releases.join(
        applications,
        (applications.c.id == releases.c.application)
        & (applications.c.organisation == releases.c.organisation),
    ).join(
        pin_sets,
        (pin_sets.c.id == releases.c.pin_set)
        & (pin_sets.c.organisation == releases.c.organisation),
    )
    return select(*columns, *others).select_from(joined).where(scope.mine(releases))


def _known(row: RowMapping) -> KnownRelease:
    return KnownRelease(
        id=row["id"],
        application=row["application"],
        version=row["version"],
        pin_set=row["pin_set"],
        digest=row["digest"],
        form=row["form"],
        source=row["source"],
        remarks=tuple(row["remarks"]),
        released_at=row["released_at"],
        share=row["share"],
        measured=row["measured"],
        retired_at=row["retired_at"],
        created_at=row["created_at"],
    )
