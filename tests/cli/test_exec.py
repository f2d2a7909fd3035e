"""`keypin exec`: a program that knows nothing of pins, and its children, are pinned."""

import os
import subprocess
import sys

import pytest

FETCH = """
import ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[2])
print(urllib.request.urlopen(sys.argv[1], context=context).read().decode())
"""

CHILD = f"""
import subprocess, sys
sys.exit(subprocess.run([sys.executable, "-c", {FETCH!r}, *sys.argv[1:]]).returncode)
"""

POOL = f"""
import multiprocessing, sys
def fetch(arguments):
    sys.argv[1:] = arguments
    exec({FETCH!r})
if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    process = multiprocessing.Process(target=fetch, args=(sys.argv[1:],))
    process.start()
    process.join()
    sys.exit(process.exitcode)
"""


def run(*words, environment=None) -> subprocess.CompletedProcess[str]:
    """Run `keypin exec` with arguments."""
    return subprocess.run(
        [sys.executable, "-m", "keypin", "exec", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **(environment or {})},
    )


@pytest.fixture(params=["itself", "child", "pool"])
def program(request, tmp_path):
    """Return a program that fetches a page itself, or by a child, or by a pool of processes."""
    file = tmp_path / "program.py"
    file.write_text({"itself": FETCH, "child": CHILD, "pool": POOL}[request.param])
    return file


def test_a_program_and_its_children(program, lab) -> None:
    """The good server is read, the attacker's refused, and the story is in the traceback."""
    good, bad = lab["good-ecdsa"], lab["man-in-the-middle"]
    done = run("--pins", good.pins_toml, "--", sys.executable, program, good.url, lab.ca_file)
    assert (done.returncode, done.stderr) == (0, "")
    before = len(bad.received)
    done = run("--pins", bad.pins_toml, "--", sys.executable, program, bad.url, lab.ca_file)
    assert done.returncode == 1
    assert "localhost: no pin matches the verified chain" in done.stderr
    assert "next step:" in done.stderr
    assert len(bad.received) == before


def test_hosts_without_a_policy(lab, tmp_path) -> None:
    """They are refused unless allowed."""
    (tmp_path / "pins.toml").write_text(
        lab["good-ecdsa"].pins_toml.read_text().replace("localhost", "other.test")
    )
    fetch = ("--", sys.executable, "-c", FETCH, lab["good-ecdsa"].url, lab.ca_file)
    done = run("--pins", tmp_path / "pins.toml", *fetch)
    assert done.returncode == 1
    assert "no policy covers this host" in done.stderr
    assert run("--pins", tmp_path / "pins.toml", "--unpinned", "allow", *fetch).returncode == 0


def test_the_exit_code_is_the_programs(keypin, lab) -> None:
    """And its arguments are its own."""
    pins = lab["good-ecdsa"].pins_toml
    script = "import sys; print(sys.argv[1:]); sys.exit(42)"
    done = keypin("exec", "--pins", pins, sys.executable, "-c", script, "--pins", "x")
    assert (done.code, done.out) == (42, "['--pins', 'x']\n")


def test_the_programs_own_sitecustomize(lab, tmp_path) -> None:
    """It runs as well, and one that fails leaves the pins in."""
    pins, bad = lab["good-ecdsa"].pins_toml, lab["man-in-the-middle"]
    own = tmp_path / "sitecustomize.py"
    own.write_text("print('own')\n")
    inherited = {"PYTHONPATH": str(tmp_path)}
    done = run("--pins", pins, "--", sys.executable, "-c", "", environment=inherited)
    assert done.stdout == "own\nown\n"  # of keypin's own process, and of the program
    own.write_text("raise RuntimeError('own')\n")
    fetch = ("--", sys.executable, "-c", FETCH, bad.url, lab.ca_file)
    done = run("--pins", bad.pins_toml, *fetch, environment=inherited)
    assert done.returncode == 1
    assert "no pin matches" in done.stderr


def test_pins_that_go_away(lab, tmp_path) -> None:
    """A child that cannot be pinned does not run."""
    pins = tmp_path / "pins.toml"
    pins.write_text(lab["good-ecdsa"].pins_toml.read_text())
    script = (
        "import os, subprocess, sys\n"
        "os.unlink(sys.argv[1])\n"
        "sys.exit(subprocess.run([sys.executable, '-c', 'print(1)']).returncode)\n"
    )
    done = run("--pins", pins, "--", sys.executable, "-c", script, pins)
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be pinned, and so does not run" in done.stderr


@pytest.mark.parametrize("option", ["-I", "-E", "-S", "-sE", "-Es"])
def test_a_python_that_ignores_its_environment(keypin, option, lab) -> None:
    """It would run without pins."""
    done = keypin(
        "exec", "--pins", lab["good-ecdsa"].pins_toml, "--", sys.executable, option, "-c", ""
    )
    assert done.code == 2
    assert f"the option {option} of Python leaves out what pins it" in done.err


def test_options_that_look_like_it(keypin, lab) -> None:
    """Options of the program are not Python's."""
    done = keypin(
        "exec",
        "--pins",
        lab["good-ecdsa"].pins_toml,
        "--",
        sys.executable,
        "-W",
        "error",
        "-c",
        "",
        "-I",
    )
    assert done.code == 0


def test_a_program_that_is_no_python(keypin, lab) -> None:
    """It is run, and said."""
    done = keypin("exec", "--pins", lab["good-ecdsa"].pins_toml, "--", "true")
    assert done.code == 0
    assert done.err == (
        "keypin: true is no Python program: only the Python programs that it starts are pinned\n"
    )


def test_a_script_of_python(keypin, lab, tmp_path) -> None:
    """A script is known by its first line, as gunicorn's."""
    script = tmp_path / "server"
    script.write_text(f"#!{sys.executable}\nimport ssl; print(ssl.SSLContext.keypin_judge)\n")
    script.chmod(0o755)
    done = keypin("exec", "--pins", lab["good-ecdsa"].pins_toml, "--", script)
    assert "keypin.tls.install" in done.out
    assert done.err == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--pins", "no.toml", "--", "true"), "no.toml: cannot be read"),
        (("--pins", "-", "--", "true"), "standard input as pins"),
        (("--pins", "PINS", "--", "no-such-program"), "the program 'no-such-program' is not there"),
    ],
)
def test_bad_input(keypin, words, message, lab) -> None:
    """One sentence, before anything runs."""
    pins = str(lab["good-ecdsa"].pins_toml)
    done = keypin("exec", *(pins if word == "PINS" else word for word in words))
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err


def test_libraries_that_it_cannot_see(keypin, lab) -> None:
    """They are named when they are imported."""
    pins = lab["good-ecdsa"].pins_toml
    done = keypin("exec", "--pins", pins, "--", sys.executable, "-c", "import OpenSSL")
    assert "does not see the TLS connections of OpenSSL" in done.err
