"""`keypin export`, `import` and `convert`: pins in and out of every platform's form."""

import json

import pytest

A, B = ("sha256/" + letter * 42 + "A=" for letter in "BC")
PINS = f"""\
version = 1
name = "shop"

[[policy]]
host = "example.com"
include_subdomains = true
pins = ["{A}"]
backup_pins = ["{B}"]
"""
KOTLIN = f'val p = CertificatePinner.Builder().add("**.example.com", "{A}", "{B}").build()\n'


@pytest.fixture
def pins(tmp_path):
    """Return the path of a pins.toml."""
    path = tmp_path / "pins.toml"
    path.write_text(PINS)
    return path


def test_export_and_import_again(keypin, pins, tmp_path) -> None:
    """What was exported is imported as the same pins.toml."""
    out = tmp_path / "network_security_config.xml"
    assert keypin("export", "--to", "android-nsc", "--out", out, pins).code == 0
    imported = keypin("import", out)
    assert imported.code == 0
    assert imported.out.strip() == PINS.strip().replace(f'["{A}"]', f'[\n  "{A}",\n]').replace(
        f'["{B}"]', f'[\n  "{B}",\n]'
    )
    assert imported.err == ""


def test_what_is_lost_is_told_beside_the_text(keypin, pins) -> None:
    """The text is on standard output alone; what it cannot say is on standard error."""
    shown = keypin("export", "--to", "hpkp", pins)
    assert shown.code == 0
    assert shown.out.startswith("# Pins of shop.\n\n# example.com\nPublic-Key-Pins: pin-sha256=")
    assert shown.err.startswith("note loss-roles\n")
    assert "**.example.com: which pins are backups is not written" in " ".join(shown.err.split())


def test_what_would_weaken_is_not_written(keypin, pins, tmp_path) -> None:
    """Exit code 2, one sentence with place and cure, and no file."""
    pins.write_text(PINS + '\n[[policy]]\nhost = "a.example.com"\nexempt = "a partner"\n')
    out = tmp_path / "Pins.kt"
    shown = keypin("export", "--to", "okhttp-kotlin", "--out", out, pins)
    assert shown.code == 2
    assert shown.out == ""
    assert shown.err == (
        f"keypin: {pins}:10: policy[1]: a.example.com cannot be written as OkHttp's "
        "CertificatePinner in Kotlin: hosts cannot be exempted from **.example.com; pin these "
        "hosts, or narrow the other\n"
    )
    assert not out.exists()


def test_the_forms_are_listed(keypin) -> None:
    """Every form has a name and a title."""
    shown = keypin("export", "--list")
    assert shown.code == 0
    assert "okhttp-kotlin" in shown.out
    assert "Apple's NSPinnedDomains" in shown.out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["export", "--to", "go"], "what to export is not said; expected keypin export --to FORM "
         "FILE; print the forms: keypin export --list"),
        (["export", "FILE"], "the form is not said; expected keypin export --to FORM FILE; print "
         "the forms: keypin export --list"),
        (["export", "--to", "okhtp-kotlin", "FILE"], "no form 'okhtp-kotlin'; expected one of"),
        (["import", "--from", "android-nsc", "FILE"], "FILE:1: not well-formed XML: "),
        (["convert", "--to", "gopher", "FILE"], "no form 'gopher'; expected one of"),
    ],
)  # fmt: skip
def test_mistakes(keypin, pins, arguments, complaint: str) -> None:
    """Each mistake is one sentence, and exit code 2."""
    shown = keypin(*(str(pins) if one == "FILE" else one for one in arguments))
    assert shown.code == 2
    assert shown.err.startswith("keypin: " + complaint.replace("FILE:", f"{pins}:"))


def test_a_file_that_is_no_form(keypin, tmp_path) -> None:
    """What is not recognised is said so, with how to say what it is."""
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    shown = keypin("import", path)
    assert shown.code == 2
    assert shown.err == (
        f"keypin: {path}: none of the forms that hold pins; expected a file with pins; say which "
        "form it is: --from FORM\n"
    )


def test_import_as_json(keypin, pins) -> None:
    """Keypin's JSON form is the same pin set, for programs."""
    document = json.loads(keypin("import", "--json", pins).out)
    assert document["policy"][0]["backup_pins"] == [B]


def test_import_tells_what_could_not_be_followed(keypin, tmp_path) -> None:
    """What is computed at run time is named with its line, and the rest is read."""
    path = tmp_path / "Http.kt"
    path.write_text(KOTLIN.replace(".build()", "\n.add(host, pin).build()"))
    shown = keypin("import", path)
    assert shown.code == 0
    assert "Http.kt:2:add():thepatterniscomputed." in "".join(shown.err.split())


def test_a_header_from_a_pipe(keypin) -> None:
    """A response's headers do not say their host; --for does."""
    header = f"HTTP/2 200\nPublic-Key-Pins: pin-{A.replace('/', '=', 1).replace('=', '=x', 1)}"
    header = (
        "HTTP/1.1 200 OK\n"
        f'Public-Key-Pins: pin-sha256="{A[7:]}"; pin-sha256="{B[7:]}"; max-age=60\n'
    )
    shown = keypin("import", "--for", "example.com", "-", stdin=header)
    assert shown.code == 0
    assert 'host = "example.com"' in shown.out
    assert "warning hpkp-deprecated" in shown.err


def test_several_files_become_one(keypin, pins, tmp_path) -> None:
    """Policies of several files are put together; two that differ for one host are refused."""
    other = tmp_path / "Other.kt"
    other.write_text(KOTLIN.replace("**.example.com", "example.org"))
    shown = keypin("import", pins, other)
    assert shown.code == 0
    assert shown.out.count("[[policy]]") == 2
    other.write_text(KOTLIN)
    shown = keypin("import", pins, other)
    assert shown.code == 2
    assert "two policies for **.example.com" in shown.err


def test_convert(keypin, tmp_path) -> None:
    """One form becomes another, with the same meaning."""
    path = tmp_path / "Pins.kt"
    path.write_text(KOTLIN)
    shown = keypin("convert", "--to", "android-nsc", path)
    assert shown.code == 0
    assert '<domain includeSubdomains="true">example.com</domain>' in shown.out


def test_many_hosts_are_told_once(keypin, tmp_path) -> None:
    """What is lost of many hosts is one finding that names some of them."""
    path = tmp_path / "pins.toml"
    rows = (
        f'[[policy]]\nhost = "h{number}.example.com"\npins = ["{A}"]\nbackup_pins = ["{B}"]\n'
        for number in range(9)
    )
    path.write_text("version = 1\n" + "".join(rows))
    shown = keypin("export", "--to", "hpkp", path)
    assert shown.err.count("loss-roles") == 1
    told = " ".join(shown.err.split())
    assert "h0.example.com, h1.example.com, h2.example.com and 6 more: which pins" in told
