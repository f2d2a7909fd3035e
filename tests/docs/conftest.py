"""A small evaluator for the examples of the documentation, against a real laboratory.

In a page:

- a `console` block holds commands after `$ ` and what they print; `...` stands for any part of a
  line, and alone on a line for any lines;
- a block with `title="NAME"` is a file, written to the page's own folder;
- a `python` block is run, with the names of the blocks before it;
- `<!-- not run: REASON -->` before a block leaves it out.

The laboratory's ports and keys differ each time, so pages show ports from 44301 on, in the order of
`keypin lab list`, and any pins. A pin that a page shows stands for the one that was printed in its
place, and it keeps standing for it: in later commands, files and output. Dates and numbers of days
are compared by their form alone. Where a machine has IPv6, `localhost` is `::1` too and shows the
same; pages show 127.0.0.1 alone.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

import pytest

from keypin.lab import SCENARIOS, Lab

FIRST_PORT = 44301
_BLOCK = re.compile(r"^ *```(\w+)?(?: title=\"([^\"]+)\")?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_SKIP = re.compile(r"<!-- not run: [^>]+ -->\s*\Z")
_PIN = re.compile(r"sha256/[A-Za-z0-9+/]{43}=")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|\d{4}-\d\d-\d\d|\b\d+ (?:days|years)\b")

# What a machine with IPv6 prints more: a whole result of `verify`, an address in a list, the count.
_SIXTH = re.compile(
    r"^. \S+ at \[::1\].*\n(?:  .*(?:\n|\Z))*|, \[::1\]:\d+|\[::1\]:\d+, ", re.MULTILINE
)


@dataclass
class Page:
    """A page that is being run: its folder, and what its pins and ports stand for."""

    folder: Path
    ports: dict[str, str]
    pins: dict[str, str] = field(default_factory=dict[str, str])
    names: dict[str, object] = field(default_factory=dict[str, object])
    exit_code: int = 0

    def run(self, text: str) -> int:
        """Run every block of a page, and return how many there were."""
        count = 0
        for match in _BLOCK.finditer(text):
            if _SKIP.search(text, 0, match.start()):
                continue
            language, title = match.group(1, 2)
            body = dedent(match[3])
            if title is not None:
                (self.folder / title).write_text(self.real(body), encoding="utf-8")
            elif language == "console":
                for command, expected in steps(body):
                    self.step(command, expected)
            elif language == "python":
                self.python(body)
            else:
                continue
            count += 1
        return count

    def real(self, text: str) -> str:
        """Return text with the ports and pins that the page's stand for."""
        # At once: a port that is meant may look like another one that is shown.
        stands_for = {**self.ports, **self.pins}
        shown = "|".join(map(re.escape, stands_for))
        return re.sub(shown, lambda found: stands_for[found[0]], text)

    def step(self, command: str, expected: str) -> None:
        """Run one command and compare what it prints."""
        program = command.split(maxsplit=1)[0]
        if program not in {"echo", "cat"} and shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
        ran = subprocess.run(
            ["bash", "-c", f"(exit {self.exit_code}); {self.real(command)}"],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONUTF8": "1"},
        )
        self.exit_code = ran.returncode
        self.compare(command, expected, ran.stdout)

    def compare(self, what: str, expected: str, printed: str) -> None:
        """Compare output with what the page shows, and learn its new pins."""
        real = {meant: shown for shown, meant in self.ports.items()}
        printed = re.sub(r"(?<=:)\d+", lambda found: real.get(found[0], found[0]), printed)
        wanted, got = plain(expected), plain(printed)
        match = re.fullmatch(pattern(wanted), got)
        assert match, f"$ {what}\n--- the page shows\n{wanted}\n--- it prints\n{got}"
        for shown, meant in zip(_PIN.findall(wanted), match.groups(), strict=True):
            assert self.pins.setdefault(shown, meant) == meant, f"$ {what}: {shown} is {meant}"

    def python(self, code: str) -> None:
        """Run a block of Python in the page's folder."""
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            exec(compile(self.real(code), "example", "exec"), self.names)  # noqa: S102 - our own page
        finally:
            os.chdir(before)


def steps(block: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a console block with what it prints."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        command = [lines.pop(0)]
        while command[-1].endswith("\\"):
            command.append(lines.pop(0))
        yield "\n".join(command), "\n".join(lines)


def plain(text: str) -> str:
    """Return text without what may differ: blanks at line ends, blank lines around, times."""
    text = _SIXTH.sub("", text).replace(" 2 addresses", " 1 address")
    lines = [_TIME.sub("TIME", line.rstrip()) for line in text.splitlines()]
    return "\n".join(lines).strip("\n")


def pattern(wanted: str) -> str:
    """Return an expression for what a page shows, with a group for each pin."""
    lines = [
        r"(?:.*\n)*?" if line.strip() == "..." else _line(line) + "\n"
        for line in wanted.splitlines()
    ]
    text = "".join(lines)
    if not text:
        return ""
    return text.removesuffix("\n") if text.endswith("\n") else text + ".*"


def _line(line: str) -> str:
    around = [re.escape(part).replace(r"\.\.\.", ".*") for part in _PIN.split(line)]
    return r"(sha256/[A-Za-z0-9+/]{43}=)".join(around)


@pytest.fixture(scope="session")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Run the laboratory that every page uses, at the one address that the pages show."""
    if any(found[4][0] == "::1" for found in socket.getaddrinfo("localhost", None)):
        pytest.skip("localhost has two addresses here, and the pages show one")
    with Lab(tmp_path_factory.mktemp("laboratory")) as lab:
        yield lab


@pytest.fixture
def page(
    laboratory: Lab, _empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Page:
    """Return a page with a folder that holds the laboratory's files in `lab`, and a new watch."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    shutil.copy(_empty_database, tmp_path / "keypin.db")
    (tmp_path / "lab").symlink_to(laboratory.directory)
    ports = {
        str(FIRST_PORT + index): str(laboratory[name].port) for index, name in enumerate(SCENARIOS)
    }
    return Page(tmp_path, ports)
