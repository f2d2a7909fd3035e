"""`keypin diff`: what changes for whom, and the forms in which code review takes it."""

import json

import jsonschema
import pytest

A, B = ("sha256/" + letter * 42 + "A=" for letter in "BC")


@pytest.fixture
def files(tmp_path):
    """Return two files of pins, in different forms, of which the second accepts one more."""
    before, after = tmp_path / "pins.toml", tmp_path / "Pins.kt"
    before.write_text(
        f'version = 1\n[[policy]]\nhost = "example.com"\npins = ["{A}"]\nno_backup = "a test"\n'
    )
    after.write_text(
        f'val p = CertificatePinner.Builder()\n.add("example.com", "{A}", "{B}")\n.build()\n'
    )
    return before, after


def test_a_difference(keypin, files) -> None:
    """What lets more pass is an error, with the line in the second file."""
    shown = keypin("diff", *files)
    assert shown.code == 1
    text = "".join(shown.out.split())  # paths are folded where the terminal ends
    assert text.startswith("errordiff-accepts")
    assert f"Pins.kt:2:example.comaccepts{B}now" in text
    assert text.endswith(":1difference")


def test_no_difference(keypin, files) -> None:
    """Two forms that decide the same do not differ."""
    shown = keypin("diff", files[0], files[0])
    assert shown.code == 0
    assert shown.out.endswith(": no differences\n")


def test_json(keypin, files) -> None:
    """The JSON document names both files and each change."""
    document = json.loads(keypin("diff", "--json", *files).out)
    assert document["schema"] == "keypin/diff/1"
    assert document["before"] == str(files[0])
    assert [one["id"] for one in document["findings"]] == ["diff-accepts"]


def test_github(keypin, files) -> None:
    """One workflow command a finding, on one line, with file and line."""
    shown = keypin("diff", "--format", "github", *files)
    assert shown.out == (
        f"::error file={files[1]},line=2,title=keypin diff-accepts::example.com accepts {B} now. "
        "Make sure that this key is yours or your CA's.\n"
    )


def test_sarif(keypin, files) -> None:
    """The log is valid where the standard says what valid is, and points at the line."""
    log = json.loads(keypin("diff", "--format", "sarif", *files).out)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": str(files[1])},
        "region": {"startLine": 2},
    }
    jsonschema.validate(log, SARIF)


# What SARIF 2.1.0 (sections 3.13, 3.14, 3.18, 3.27, 3.29, 3.30, 3.49) demands of what we write.
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {"type": "object", "required": ["id"]},
                                    }
                                },
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message"],
                            "properties": {
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "ruleIndex": {"type": "integer", "minimum": -1},
                                "message": {"type": "object", "required": ["text"]},
                            },
                        },
                    },
                },
            },
        },
    },
}


@pytest.mark.parametrize("report", ["github", "sarif"])
def test_lint_speaks_them_too(keypin, tmp_path, report: str) -> None:
    """`lint` prints the same forms, also of a platform's own rules."""
    path = tmp_path / "network_security_config.xml"
    path.write_text(
        '<network-security-config>\n<domain-config cleartextTrafficPermitted="true">\n'
        "<domain>example.com</domain>\n<pin-set>\n"
        f'<pin digest="SHA-256">{A[7:]}</pin>\n<pin digest="SHA-256">{B[7:]}</pin>\n'
        "</pin-set>\n</domain-config>\n</network-security-config>\n"
    )
    shown = keypin("lint", "--format", report, path)
    assert shown.code == 1
    assert "android-cleartext" in shown.out
    if report == "sarif":
        jsonschema.validate(json.loads(shown.out), SARIF)
    else:
        assert f"::error file={path},line=2,title=keypin android-cleartext::" in shown.out


def test_explain_and_verify_take_any_form(keypin, files) -> None:
    """Which policy decides is answered for a builder's source as for a pins.toml."""
    shown = keypin("explain", "example.com", "--pins", files[1])
    assert shown.code == 0
    assert shown.out.startswith("example.com: pinned\n")


def test_what_overrides_the_pins_is_told(keypin, tmp_path) -> None:
    """Where a platform lets chains pass whatever their keys, the answer says so."""
    path = tmp_path / "network_security_config.xml"
    path.write_text(
        "<network-security-config>\n<domain-config>\n<domain>example.com</domain>\n<pin-set>\n"
        f'<pin digest="SHA-256">{A[7:]}</pin>\n<pin digest="SHA-256">{B[7:]}</pin>\n</pin-set>\n'
        '<trust-anchors><certificates src="system" overridePins="true"/></trust-anchors>\n'
        "</domain-config>\n</network-security-config>\n"
    )
    shown = keypin("explain", "example.com", "--pins", path)
    assert shown.code == 0
    assert "error android-override-pins" in shown.err
