"""Findings as people and code reviews take them: text, JSON, SARIF and GitHub's annotations.

SARIF is version 2.1.0 (OASIS), which GitHub, GitLab and editors show beside the lines. GitHub's
annotations are the workflow commands of
https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions.
"""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from keypin.findings import Finding, Severity

if TYPE_CHECKING:
    from keypin.cli.shapes import Shape

REPORTS = ("text", "json", "sarif", "github")

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def counted(found: tuple[Finding, ...], what: str = "finding") -> str:
    """Return how many there are, in words."""
    return f"{len(found) or 'no'} {what}{'' if len(found) == 1 else 's'}"


def print_report(
    verb: str, found: tuple[Finding, ...], report: str, last: str, **fields: Any
) -> None:
    """Print findings.

    Args:
        verb: whose they are, for the JSON document.
        found: the findings.
        report: one of `REPORTS`.
        last: the last line of the text.
        fields: further fields of the JSON document.
    """
    if report == "json":
        from keypin.cli import shapes

        click.echo(shapes.document(verb, 1, **fields, findings=shapes.findings(found)))
    elif report == "sarif":
        click.echo(json.dumps(sarif(found), indent=2, ensure_ascii=False))
    elif report == "github":
        for finding in found:
            click.echo(annotation(finding))
    else:
        from keypin.cli.console import out, print_findings

        console = out()
        print_findings(console, found)
        console.print(last, soft_wrap=True)


def annotation(finding: Finding) -> str:
    """Return a finding as a workflow command of GitHub Actions."""
    place = finding.place
    properties = {
        "file": place.file if place else None,
        "line": str(place.line) if place and place.line else None,
        "title": f"keypin {finding.id}",
    }
    told = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in properties.items() if value)
    text = _escaped(f"{_subject(finding)}. {finding.cure}")
    return f"::{_COMMANDS[finding.severity]} {told}::{text}"


def _subject(finding: Finding) -> str:
    """Return the message, with the host in front where it does not say it."""
    if finding.subject in finding.message:
        return finding.message.rstrip(".")
    return f"{finding.subject}: {finding.message.rstrip('.')}"


def _escaped(text: str, also: str = "") -> str:
    """Return a text as workflow commands hold it."""
    for character in "%\r\n" + also:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def sarif(found: Iterable[Finding]) -> "Shape":
    """Return findings as a SARIF log of one run."""
    from keypin._version import __version__

    findings = list(found)
    rules = list(dict.fromkeys(finding.id for finding in findings))
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "keypin",
                        "version": __version__,
                        "informationUri": "https://keypin.dev",
                        "rules": [_rule(rule, findings) for rule in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, rules.index(finding.id)) for finding in findings],
            }
        ],
    }


def _rule(rule: str, findings: list[Finding]) -> "Shape":
    first = next(finding for finding in findings if finding.id == rule)
    return {
        "id": rule,
        "shortDescription": {"text": rule.replace("-", " ")},
        "help": {"text": first.cure},
        "defaultConfiguration": {"level": first.severity},
    }


def _result(finding: Finding, index: int) -> "Shape":
    evidence = "".join(f"\n{line}" for line in finding.evidence)
    result: Shape = {
        "ruleId": finding.id,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": f"{_subject(finding)}. {finding.cure}{evidence}"},
    }
    place = finding.place
    if place is not None and place.file is not None:
        location: Shape = {"artifactLocation": {"uri": _uri(place.file)}}
        if place.line is not None:
            location["region"] = {"startLine": place.line}
        result["locations"] = [{"physicalLocation": location}]
    return result


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path.replace("\\", "/"))
