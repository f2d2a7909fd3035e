"""Android apps: which app it is, its network security configuration, and then every entry.

An APK is read by its binary forms, a bundle (AAB) by the protobuf in their place; an XAPK or APKS
is an archive of APKs, each read in turn, the base telling who the app is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from keypin.audit.archive import Archive
from keypin.audit.arsc import MAX_ARSC, read_arsc
from keypin.audit.axml import MAX_AXML, read_axml
from keypin.audit.bundle import read_proto_table, read_proto_xml
from keypin.audit.configuration import read_network_security_config
from keypin.audit.entries import read_entries
from keypin.audit.gathered import Gathered
from keypin.audit.model import App, Platform
from keypin.audit.resources import ResourceTable
from keypin.audit.tree import ANDROID, Element
from keypin.audit.unreadable import UnreadableError
from keypin.errors import InputError, Place

MANIFEST = "AndroidManifest.xml"
_CODE = "classes.dex"
_TOLD = (("package", ""), ("versionName", ANDROID), ("versionCode", ANDROID))
_BUNDLE_MANIFEST = "/manifest/AndroidManifest.xml"


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where one kind of archive has its parts, and how they are read."""

    manifest: str
    table: str
    below: str
    read_xml: Callable[[bytes], Element]
    read_table: Callable[[bytes], ResourceTable]


def is_android(archive: Archive) -> bool:
    """Tell whether an archive is an app for Android, or holds APKs."""
    return _CODE in archive or any(_layouts(archive)) or any(_apks(archive))


def read_android(archive: Archive, gathered: Gathered) -> App:
    """Read an APK, AAB, XAPK or APKS.

    Raises:
        InputError: a part of it is built to harm its reader.
    """
    apps = [_read_apk(archive, entry, gathered) for entry in _apks(archive)]
    apps += [_read_part(archive, layout, gathered) for layout in _layouts(archive)]
    read_entries(archive, _apks(archive), gathered)
    return _best(apps)


def _read_apk(archive: Archive, entry: str, gathered: Gathered) -> App:
    with archive.nested(entry) as apk:
        apps = [_read_part(apk, layout, gathered) for layout in _layouts(apk)]
        read_entries(apk, (), gathered)
    return _best(apps)


def _best(apps: list[App]) -> App:
    """Return the app that tells most of itself: splits and modules repeat a part of the base."""
    told = sorted(apps, key=lambda app: (app.version is None, app.identifier is None))
    return next(iter(told), App(Platform.ANDROID))


def _apks(archive: Archive) -> Iterator[str]:
    return (name for name in archive.names if name.lower().endswith(".apk") and not archive.depth)


def _layouts(archive: Archive) -> Iterator[_Layout]:
    if MANIFEST in archive:
        yield _Layout(MANIFEST, "resources.arsc", "", read_axml, read_arsc)
    for entry in archive.names:
        if entry.endswith(_BUNDLE_MANIFEST) and entry.count("/") == 2:  # noqa: PLR2004 - MODULE/manifest/…
            module = entry.removesuffix(_BUNDLE_MANIFEST)
            yield _Layout(
                entry, f"{module}/resources.pb", f"{module}/", read_proto_xml, read_proto_table
            )


def _read_part(archive: Archive, layout: _Layout, gathered: Gathered) -> App:
    """Read who an APK or a bundle's module is, and its network security configuration."""
    table = _table(archive, layout, gathered)
    try:
        manifest = layout.read_xml(archive.read(layout.manifest, MAX_AXML))
    except UnreadableError as error:
        gathered.unreadable(error, archive.place(layout.manifest))
        return App(Platform.ANDROID)
    for element in manifest.elements():
        config = element.attribute("networkSecurityConfig", ANDROID)
        if element.name == "application" and config is not None and config.reference is not None:
            known = len(gathered.policies)
            for path in _texts(config.reference, table, archive.place(layout.table)):
                del gathered.policies[known:]  # a device takes one variant: most take the last
                _read_config(archive, layout, path, table, gathered)
    return App(
        Platform.ANDROID,
        *(
            _text(manifest, name, namespace, table, archive.place(layout.table))
            for name, namespace in _TOLD
        ),
    )


def _table(archive: Archive, layout: _Layout, gathered: Gathered) -> ResourceTable:
    if layout.table not in archive:
        return ResourceTable()
    try:
        return layout.read_table(archive.read(layout.table, MAX_ARSC))
    except UnreadableError as error:
        gathered.unreadable(error, archive.place(layout.table))
        return ResourceTable()


def _read_config(
    archive: Archive, layout: _Layout, path: str, table: ResourceTable, gathered: Gathered
) -> None:
    entry = f"{layout.below}{path}"
    place = archive.place(entry)
    if entry not in archive:
        gathered.unreadable(UnreadableError("the manifest names it, and it is not there"), place)
        return
    try:
        root = layout.read_xml(archive.read(entry, MAX_AXML))
    except UnreadableError as error:
        gathered.unreadable(error, place)
        return
    read_network_security_config(root, root.to_text(table.name), str(place), gathered)


def _text(
    manifest: Element, name: str, namespace: str, table: ResourceTable, place: Place
) -> str | None:
    found = manifest.attribute(name, namespace)
    if found is None:
        return None
    if found.reference is None:
        return found.value or None
    return next(iter(_texts(found.reference, table, place)), None)


def _texts(reference: int | str, table: ResourceTable, place: Place) -> tuple[str, ...]:
    try:
        return table.texts(reference)
    except InputError as error:
        raise error.at(place) from error
