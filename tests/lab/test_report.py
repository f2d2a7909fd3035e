"""A client's matrix as rows and as JUnit XML, whatever the client printed."""

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from keypin.lab import SCENARIOS
from keypin.lab.report import junit, rows, summary
from keypin.lab.tester import Result, Verdict

GOOD = Result(SCENARIOS["good-ecdsa"], Verdict.OK, 0, 79, "")
BAD = Result(SCENARIOS["man-in-the-middle"], Verdict.TRUSTED_HOSTILE, 0, 79, "it <worked> & so on")


def test_rows() -> None:
    """A row names scenario, verdict, flaw and reference."""
    good, bad = rows([GOOD, BAD])
    assert (good["verdict"], good["flaw"], good["reference"]) == ("ok", None, None)
    assert (bad["scenario"], bad["verdict"], bad["flaw"], bad["reference"]) == (
        "man-in-the-middle", "trusted-hostile", "does not check pins", "CWE-295",
    )  # fmt: skip


def test_summary() -> None:
    """Every verdict is counted, those that never came too."""
    assert summary([GOOD, BAD]) == {
        "ok": 1, "refused-good": 0, "trusted-hostile": 1, "sent-data": 0, "hung": 0,
    }  # fmt: skip


def test_junit() -> None:
    """A pipeline sees a test a scenario, and a failure a flaw."""
    suite = ET.fromstring(junit([GOOD, BAD]))  # noqa: S314 - keypin wrote it
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    failure = suite.find("testcase[@name='man-in-the-middle']/failure")
    assert failure is not None
    assert failure.get("message") == "trusted-hostile: does not check pins"
    assert "it <worked> & so on" in (failure.text or "")


@given(output=st.text(max_size=50))
def test_any_output_is_valid_xml(output: str) -> None:
    """Whatever bytes a client prints, the report can be read."""
    result = Result(SCENARIOS["expired"], Verdict.TRUSTED_HOSTILE, 0, 0, output)
    ET.fromstring(junit([result]))  # noqa: S314 - keypin wrote it
