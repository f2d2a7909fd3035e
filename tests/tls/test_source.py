"""Pins that change while the program runs."""

import logging

import pytest

import keypin
from keypin.errors import InputError
from keypin.tls.source import PinFile, PinSource, as_source


@pytest.fixture
def write(tmp_path, cast):
    """Return a function that writes a pins.toml with pins of members of the cast."""
    file = tmp_path / "pins.toml"

    def make(*names: str, text: str | None = None):
        pins = ", ".join(f'"{cast.pin(name)}"' for name in names)
        new = tmp_path / "new"
        new.write_text(text or f'version = 1\n[[policy]]\nhost = "localhost"\npins = [{pins}]\n')
        new.replace(file)
        return file

    return make


def test_what_may_be_given(cast, write) -> None:
    """A pin set, a mapping, a path, a source, a callable; nothing else."""
    mapping = {"localhost": [cast.pin("active"), cast.pin("backup")]}
    pin_set = keypin.PinSet.from_mapping(mapping)
    file = write("active", "backup")
    for given in (pin_set, mapping, file, str(file), PinSource(pin_set), lambda: pin_set):
        assert as_source(given).pin_set.policy_for("localhost")
    with pytest.raises(TypeError, match="pins is a int"):
        as_source(3)


def test_a_single_pin_needs_a_reason(cast) -> None:
    """As in pins.toml."""
    with pytest.raises(InputError, match="no backup"):
        as_source({"localhost": [cast.pin("active")]})
    as_source({"localhost": [cast.pin("active")]}, no_backup="one key is burnt in")


def test_a_file_that_changes(write) -> None:
    """A new file is taken over whole, and the old one stays until then."""
    source = PinFile(write("active", "backup"), every=0)
    old = source.pin_set
    assert source.pin_set is old
    write("active", "backup", "renewed")
    new = source.pin_set
    assert new is not old
    assert len(new.policies[0].pins) == 3
    assert source.problem is None


@pytest.mark.parametrize("broken", ["version = 1", "not toml", None])
def test_a_broken_file_changes_nothing(broken, write, caplog) -> None:
    """The last good pins stay in force; it is said once, and over when it is mended."""
    file = write("active", "backup")
    source = PinFile(file, every=0)
    good = source.pin_set
    if broken is None:
        file.unlink()
    else:
        write(text=broken)
    with caplog.at_level(logging.ERROR):
        assert source.pin_set is good
        assert source.pin_set is good
    assert caplog.text.count("the pins of before stay in force") == 1
    assert str(file) in caplog.text
    assert isinstance(source.problem, InputError)
    write("active", "backup", "renewed")
    assert source.pin_set is not good
    assert source.problem is None


def test_it_is_not_looked_at_all_the_time(write) -> None:
    """Between two looks, connections cost no system call."""
    source = PinFile(write("active", "backup"), every=3600)
    good = source.pin_set
    write("active", "backup", "renewed")
    assert source.pin_set is good
    source.refresh()
    assert source.pin_set is not good


def test_one_looks_for_all(write) -> None:
    """While one thread reads the file, the others go on."""
    source = PinFile(write("active", "backup"), every=0)
    good = source.pin_set
    write("active", "backup", "renewed")
    with source._lock:
        assert source.pin_set is good
    assert source.pin_set is not good


def test_a_file_that_cannot_be_read(tmp_path) -> None:
    """At the start there are no pins of before: it raises."""
    with pytest.raises(InputError, match=r"no.toml: the pins cannot be read: No such file"):
        PinFile(tmp_path / "no.toml")
    (tmp_path / "latin").write_bytes(b"name = '\xe4'")
    with pytest.raises(InputError, match="byte 9 is not UTF-8"):
        PinFile(tmp_path / "latin")


def test_swap(cast, write) -> None:
    """A source of one's own is swapped by hand."""
    sets = [
        keypin.PinSet.from_mapping({host: [cast.pin("active"), cast.pin("backup")]})
        for host in ("a.test", "b.test")
    ]
    source = PinSource(sets[0])
    source.swap(sets[1])
    assert source.pin_set is sets[1]
    file = PinFile(write("active", "backup"))
    file.swap(sets[0])
    assert file.pin_set is sets[0]
