"""Releases that a user names on the command line, and the anchors of their clients."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from keypin.findings import Severity

if TYPE_CHECKING:
    from keypin.certs import TrustStore
    from keypin.findings import Finding
    from keypin.rotation import Release


def trust_of(cafile: str | None) -> "TrustStore":
    """Return the anchors: those of --cafile, or the platform's."""
    from keypin.trust import platform_trust, trust_from_file

    return trust_from_file(cafile) if cafile else platform_trust()


def read_release(text: str) -> "tuple[Release, tuple[Finding, ...]]":
    """Read `3.2=android/pins.toml`, or a file alone, whose name is the release's then."""
    label, sign, path = text.partition("=")
    labelled = sign and path and "/" not in label and "\\" not in label
    return _shipped(text, text) if not labelled or Path(text).exists() else _shipped(label, path)


def _shipped(name: str, path: str) -> "tuple[Release, tuple[Finding, ...]]":
    """Read what was shipped, with what its reader says: pins that it could not follow may break.

    Its remarks are no judgement of the chain, so that none is more than a warning.
    """
    from keypin.cli.pinsets import load
    from keypin.rotation import Release

    loaded = load(path)
    said = (one for one in loaded.findings if one.severity is not Severity.NOTE)
    remarks = (replace(one, subject=name, severity=Severity.WARNING) for one in said)
    return Release(name, loaded.pin_set), tuple(remarks)
