"""What `export`, `import` and `convert` share: reading, telling losses, and writing."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

    from keypin.cli.pinsets import Loaded
    from keypin.findings import Finding
    from keypin.formats import Form
    from keypin.pins import PinSet

# Hosts that are named where the same thing is lost of many.
_SHOWN = 3


def together(loaded: "Iterable[Loaded]") -> "PinSet":
    """Return the pins of several files as one set; the first name holds.

    Raises:
        PinSetError: two files have different policies for one host pattern; says where.
    """
    from keypin.pins import PinSet

    found = list(loaded)
    if len(found) == 1:
        return found[0].pin_set
    policies = dict.fromkeys(policy for one in found for policy in one.pin_set.policies)
    names = (one.pin_set.name for one in found)
    return PinSet(policies, next((name for name in names if name), None))


def write(text: str, path: str | None) -> None:
    """Write a text to a file whole, or to standard output."""
    if path is None:
        click.echo(text, nl=False)
        return
    from keypin.cli.files import write_text

    write_text(path, text)


def tell(findings: "Iterable[Finding]") -> None:
    """Print findings on standard error, those of one kind together."""
    from keypin.cli.console import err, print_findings

    kinds: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        kinds.setdefault((finding.id, finding.message), []).append(finding)
    print_findings(err(), [_shortened(alike) for alike in kinds.values()])


def tell_grave(loaded: "Loaded") -> None:
    """Print what may make a platform decide otherwise than the pins that were read from it."""
    from keypin.findings import Severity

    tell(one for one in loaded.findings if one.severity is not Severity.NOTE)


def _shortened(alike: "list[Finding]") -> "Finding":
    """Return one finding for many that say the same of different hosts."""
    from dataclasses import replace

    subjects = list(dict.fromkeys(finding.subject for finding in alike))
    more = f" and {len(subjects) - _SHOWN} more" if len(subjects) > _SHOWN else ""
    told = f"{', '.join(subjects[:_SHOWN])}{more}: {alike[0].message}"
    return replace(alike[0], message=told)


def export(pin_set: "PinSet", form: "Form", path: str | None) -> None:
    """Write a pin set in a form, and tell on standard error what the form cannot say.

    Raises:
        LossError: the form would weaken or break; nothing is written.
    """
    text = form.dumps(pin_set)
    tell(loss.finding for loss in form.losses(pin_set))
    write(text, path)
