"""Secrets are sealed by a key that is not in the database."""

import os
import signal
import stat
import subprocess
import sys
from itertools import permutations
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from keypin.watch.store import Purpose, Sealer, SealError


def keys(number: int) -> list[str]:
    """Return so many new keys."""
    return [Fernet.generate_key().decode() for _ in range(number)]


def test_what_was_sealed_is_opened() -> None:
    """And it does not show in what is stored."""
    sealer = Sealer(keys(1))
    sealed = sealer.seal(b"hunter2", Purpose.ROUTE)
    assert b"hunter2" not in sealed
    assert sealer.open(sealed, Purpose.ROUTE) == b"hunter2"


def test_an_old_key_opens_and_the_new_one_seals() -> None:
    """So that a key can be changed while the service runs."""
    old, new = keys(2)
    sealed = Sealer([old]).seal(b"secret", Purpose.ROUTE)
    renewed = Sealer([new, old]).renew(sealed)
    assert Sealer([new]).open(renewed, Purpose.ROUTE) == b"secret"


def test_what_was_sealed_for_one_thing_opens_nowhere_else() -> None:
    """Not after a change of the key either; that it can be opened at all is another question."""
    old, new = keys(2)
    for purpose, other in permutations(Purpose, 2):
        sealed = Sealer([old]).seal(b"route:second:secret", purpose)
        for one in (sealed, Sealer([new, old]).renew(sealed)):
            sealer = Sealer([new, old])
            assert sealer.open(one, purpose) == b"route:second:secret"
            assert sealer.opens(one)
            with pytest.raises(SealError, match="sealed for something else"):
                sealer.open(one, other)


def test_a_secret_of_another_key_is_refused_with_what_to_do() -> None:
    """The sentence names the way out."""
    one, other = keys(2)
    with pytest.raises(SealError, match="put the old key after the new one"):
        Sealer([one]).open(Sealer([other]).seal(b"secret", Purpose.ROUTE), Purpose.ROUTE)


@pytest.mark.parametrize("wrong", [[], ["short"], ["é" * 32]], ids=["none", "short", "no base64"])
def test_what_is_no_key_is_refused(wrong) -> None:
    """Before anything is sealed by it."""
    with pytest.raises(SealError):
        Sealer(wrong)


def test_the_key_file_is_made_for_its_owner_alone(tmp_path) -> None:
    """And read again the next time."""
    path = tmp_path / "keys"
    sealed = Sealer.at(path).seal(b"secret", Purpose.ROUTE)
    assert Sealer.at(path).open(sealed, Purpose.ROUTE) == b"secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


_KILLED = """
import os, signal, sys
from pathlib import Path
from keypin.watch.store import Sealer

def hook(event, arguments):
    if event == "open" and arguments[0] == sys.argv[1] and not arguments[2] & os.O_CREAT:
        os._exit(1)  # it is there, and read
    if event == "os.link" or (event == "open" and isinstance(arguments[0], int)):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
Sealer.at(Path(sys.argv[1]))
"""


def test_a_start_that_was_killed_leaves_no_file_without_a_key(tmp_path) -> None:
    """Nor does a second process read one before it is whole; the next start makes it."""
    path = tmp_path / "keys"
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert Sealer.at(path).seal(b"secret", Purpose.ROUTE)


def test_a_new_key_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch) -> None:
    """What it seals may be there at once."""
    path, written, sync = tmp_path / "keys", [], os.fsync

    def told(handle: int) -> None:
        written.append((Path(f"/proc/self/fd/{handle}").readlink(), path.exists()))
        sync(handle)

    monkeypatch.setattr(os, "fsync", told)
    Sealer.at(path)
    (part, named), folder = written
    assert (part.parent, part.name.startswith("keys."), named) == (tmp_path, True, False)
    assert folder == (tmp_path, True)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda path: path.write_text("short\n"), "expected 32 bytes in URL-safe base64"),
        (lambda path: path.write_text(""), "expected 32 bytes in URL-safe base64"),
        (lambda path: path.mkdir(), "cannot be read: Is a directory; give a file"),
    ],
    ids=["none", "empty", "folder"],
)
def test_a_key_file_that_is_none_is_named(tmp_path, make, text) -> None:
    """And what is expected there."""
    path = tmp_path / "keys"
    make(path)
    with pytest.raises(SealError, match=text) as caught:
        Sealer.at(path)
    assert str(caught.value).startswith(f"{path}: ")
