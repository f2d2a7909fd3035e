"""What has been found: each thing once, and never without end."""

from keypin.audit import gathered as module
from keypin.audit.embedded import Found
from keypin.audit.gathered import Gathered
from keypin.audit.model import Source
from keypin.audit.unreadable import UnreadableError
from keypin.errors import Place

PLACE = Place("app.apk!/a")


def test_pins_are_told_once(pins) -> None:
    """A pin of no host once for a file, one with a host once for a method."""
    found = Gathered()
    for key in ("f", "f", "g"):
        place = Place("app.apk!/a", key=key)
        found.add_pin(pins[0], place, Source.TEXT)
        found.add_pin(pins[0], place, Source.CALL, host="a.example")
    assert [(pin.host, pin.place.key) for pin in found.pins.values()] == [
        (None, "f"), ("a.example", "f"), ("a.example", "g"),
    ]  # fmt: skip


def test_texts_that_are_no_pins() -> None:
    """A broken hash and a malformed pin are findings."""
    found = Gathered()
    found.add_pin("sha1/mBN/TTGneHe2Hq0yFG+SRt5nMZQ=", PLACE, Source.TEXT)
    found.add_pin("sha256/AAAA", PLACE, Source.CALL, host="a.example")
    broken, malformed = found.findings
    assert (broken.id, malformed.id) == ("sha1-pin", "app-pin-malformed")
    assert broken.message.startswith("sha1/mBN/TTGneHe2Hq0yFG+SRt5nMZQ=. Collisions")
    assert malformed.message.startswith("sha256/AAAA: the digest has 3 bytes. It can match nothing")
    assert (malformed.subject, malformed.place) == ("a.example", PLACE)


def test_parts_that_cannot_be_read() -> None:
    """The place is the error's own, or else where it was met."""
    found = Gathered()
    found.unreadable(UnreadableError("is odd", expected="even"), PLACE)
    found.unreadable(UnreadableError("is odd", place=Place("b")), PLACE)
    first, second = found.findings
    assert (first.place, second.place) == (PLACE, Place("b"))
    assert first.message == "is odd; expected even. Pins in it were not found."


def test_limits(pins, make_certificate, monkeypatch) -> None:
    """An app that was made to have too much of all has no more than that."""
    monkeypatch.setattr(module, "MAX_FOUND", 1)
    monkeypatch.setattr(module, "MAX_EMBEDDED", 1)
    found = Gathered()
    for name in ("a.example", "b.example"):
        found.add_pin(pins[0], PLACE, Source.CALL, host=name)
        found.add_pin(f"sha256/{name[:4]}", PLACE, Source.TEXT)
        found.add_certificate(Found(make_certificate(name), 0), PLACE)
    assert len(found.pins) == len(found.findings) == len(found.certificates) == 1
