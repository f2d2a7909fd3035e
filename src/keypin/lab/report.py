"""The matrix of a client's results, for programs: rows for JSON, and JUnit XML for pipelines."""

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from keypin.lab.tester import Result, Verdict


def rows(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return the matrix, a row a scenario."""
    return [
        {
            "scenario": result.scenario.name,
            "proves": result.scenario.proves,
            "expect": result.scenario.expect,
            "verdict": result.verdict,
            "flaw": result.flaw,
            "reference": result.scenario.reference or None,
            "exit_code": result.exit_code,
            "application_bytes": result.sent,
            "output": result.output,
        }
        for result in results
    ]


def summary(results: Sequence[Result]) -> dict[str, int]:
    """Return how many scenarios had each verdict."""
    return {verdict: sum(result.verdict is verdict for result in results) for verdict in Verdict}


def junit(results: Sequence[Result]) -> str:
    """Return the matrix as JUnit XML: a test case a scenario, a failure a flaw."""
    failures = sum(result.flaw is not None for result in results)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuite name="keypin lab" tests="{len(results)}" failures="{failures}">',
    ]
    lines += [_case(result) for result in results]
    return "\n".join([*lines, "</testsuite>"]) + "\n"


def _case(result: Result) -> str:
    name = quoteattr(result.scenario.name)
    if result.flaw is None:
        return f'  <testcase classname="keypin.lab" name={name}/>'
    message = quoteattr(f"{result.verdict}: {result.flaw}")
    text = escape(_xml_text(f"{result.scenario.proves}\n{result.output}"))
    return (
        f'  <testcase classname="keypin.lab" name={name}>\n'
        f"    <failure message={message}>{text}</failure>\n  </testcase>"
    )


def _xml_text(text: str) -> str:
    """Return text without the characters that XML 1.0 (section 2.2) has no place for."""
    return "".join(
        char if char in "\t\n\r" or char.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )
