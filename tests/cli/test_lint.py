"""`keypin lint`: findings with place, reason and cure."""

import json

PIN = "sha256/a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s="
OTHER = "sha256/1HNeOiZeFu7gP1lxi5tdAwGcB9i2xR+Q2jpmbuwTqzU="


def write(tmp_path, body: str):
    """Return a pins.toml with one policy."""
    file = tmp_path / "pins.toml"
    file.write_text(f'version = 1\n[[policy]]\nhost = "api.example.com"\n{body}\n')
    return file


def test_findings_have_place_and_cure(keypin, tmp_path) -> None:
    """A finding says where it stands and what to do; findings make the exit code 1."""
    file = write(tmp_path, f'pins = ["{PIN}", "{OTHER}"]')
    ran = keypin("lint", file)
    assert ran.code == 1
    assert "backup-missing" in ran.out
    assert f"{file}:" in ran.out.replace("\n", "")
    assert "cure: " in ran.out


def test_fail_on(keypin, tmp_path) -> None:
    """--fail-on decides which findings fail."""
    file = write(tmp_path, f'pins = ["{PIN}", "{OTHER}"]')
    findings = json.loads(keypin("lint", file, "--json").out)["findings"]
    worst = {finding["severity"] for finding in findings}
    expected = 1 if "error" in worst else 0
    assert keypin("lint", file, "--fail-on", "error").code == expected


def test_live(keypin, lab, tmp_path) -> None:
    """With --live the deployed chain is read: an active pin that is not there is found."""
    server = lab["good-ecdsa"]
    pins = tmp_path / "pins.toml"
    pins.write_text(server.pins_toml.read_text())
    ran = keypin(
        "lint", "--live", pins, "--connect", f"127.0.0.1:{server.port}",
        "--cafile", lab.ca_file, "--json",
    )  # fmt: skip
    offline = json.loads(keypin("lint", pins, "--json").out)
    live = json.loads(ran.out)
    assert {finding["id"] for finding in live["findings"]} != {
        finding["id"] for finding in offline["findings"]
    }


def test_unusable_file(keypin, tmp_path) -> None:
    """A pins.toml that cannot be used is not linted: exit code 2."""
    assert keypin("lint", write(tmp_path, "pins = []")).code == 2
