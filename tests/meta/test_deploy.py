"""The files for systemd and containers name what is there, and real tools read them."""

import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from keypin.watch.settings import Settings

ROOT = Path(__file__).parent.parent.parent
UNIT = ROOT / "deploy" / "keypin-watch.service"
CONTAINER = ROOT / "deploy" / "Containerfile"
PAGE = ROOT / "docs" / "reference" / "watch-settings.md"

NAMES = {f"KEYPIN_{field.name.upper()}" for field in fields(Settings)}


@pytest.mark.parametrize("path", [UNIT, CONTAINER], ids=["unit", "container"])
def test_every_setting_that_is_named_exists(path: Path) -> None:
    """A variable that nothing reads would be believed to work."""
    named = set(re.findall(r"\bKEYPIN_[A-Z_]+\b", path.read_text())) - {"KEYPIN_NAME"}
    assert named
    assert named <= NAMES


def test_systemd_reads_the_unit(tmp_path: Path) -> None:
    """With a program that is there, as systemd looks for it."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/opt/keypin/bin/keypin", "/bin/true"))
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_container_is_made_of_known_instructions() -> None:
    """It runs as nobody in particular, and stops by the signal that the service hears."""
    text = re.sub(r"^#.*\n", "", CONTAINER.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip()]
    known = {"FROM", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL"}
    known |= {"HEALTHCHECK", "ENTRYPOINT"}
    assert {line.split()[0] for line in lines} == known
    assert lines[-1] == 'ENTRYPOINT ["keypin", "watch"]'
    assert lines.index("USER keypin") < lines.index("VOLUME /var/lib/keypin")


def test_the_container_has_the_versions_of_the_lock() -> None:
    """Its own command takes them out of the lock, one a line, without the hashes."""
    command = re.search(r"sed -n '(.*?)'", CONTAINER.read_text())
    assert command is not None
    lock = ROOT / "requirements.lock"
    ran = subprocess.run(
        ["sed", "-n", command[1], lock], capture_output=True, text=True, check=True
    )
    lines = ran.stdout.splitlines()
    assert len(lines) > 60
    assert all(re.fullmatch(r"[\w.-]+==\S+( ; .+)?", line) for line in lines)


def test_the_page_of_settings_tells_each_as_the_code_does() -> None:
    """One row for each, with the words of its documentation and its default."""
    assert Settings.__doc__ is not None
    said = re.findall(r"^ {8}(\w+): (.*(?:\n {12}.*)*)", Settings.__doc__, re.MULTILINE)
    page = PAGE.read_text()
    for name, words in said:
        sentence = re.sub(r"\s+", " ", words).replace("`", "")
        row = next(
            (one for one in page.splitlines() if one.startswith(f"| `KEYPIN_{name.upper()}` ")), ""
        )
        assert sentence in row.replace("`", ""), f"KEYPIN_{name.upper()}: {sentence}"
    assert set(re.findall(r"^\| `(KEYPIN_\w+)` ", page, re.MULTILINE)) == NAMES
