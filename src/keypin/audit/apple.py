"""iOS apps: an IPA, its `Info.plist`, those of its extensions and frameworks, then every entry."""

import re

from keypin.audit.archive import Archive
from keypin.audit.configuration import read_info_plist
from keypin.audit.entries import read_entries
from keypin.audit.gathered import Gathered
from keypin.audit.libraries import frameworks_in
from keypin.audit.model import App, Platform
from keypin.audit.plist import MAX_PLIST, read_plist, text
from keypin.audit.unreadable import UnreadableError
from keypin.errors import InputError

_INFO = re.compile(r"Payload/[^/]+\.app/Info\.plist")


def is_apple(archive: Archive) -> bool:
    """Tell whether an archive is an app for iOS."""
    return any(name.startswith("Payload/") and ".app/" in name for name in archive.names)


def read_apple(archive: Archive, gathered: Gathered) -> App:
    """Read an IPA.

    Raises:
        InputError: a part of it is built to harm its reader.
    """
    app = App(Platform.IOS)
    gathered.libraries |= dict.fromkeys(frameworks_in(archive.names))
    for entry in archive.names:
        if entry.endswith("/Info.plist"):
            found = _read_info(archive, entry, gathered)
            app = found if _INFO.fullmatch(entry) else app
    read_entries(archive, (), gathered)
    return app


def _read_info(archive: Archive, entry: str, gathered: Gathered) -> App:
    place = archive.place(entry)
    try:
        values = read_plist(archive.read(entry, MAX_PLIST))
    except UnreadableError as error:
        gathered.unreadable(error, place)
        return App(Platform.IOS)
    except InputError as error:
        raise error.at(place) from error
    read_info_plist(values, str(place), gathered)
    return App(
        Platform.IOS,
        text(values.get("CFBundleIdentifier")),
        text(values.get("CFBundleShortVersionString")),
        text(values.get("CFBundleVersion")),
    )
