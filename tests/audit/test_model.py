"""What an audit says of an app and its pins."""

from keypin.audit.model import App, FoundPin, Platform, Source
from keypin.errors import Place
from keypin.pins import Pin


def test_an_app_has_a_name() -> None:
    """Its identifier with its version, as far as they are known."""
    assert str(App(Platform.IOS, "com.example.shop", "1.2")) == "com.example.shop 1.2"
    assert str(App(Platform.IOS, "com.example.shop")) == "com.example.shop"
    assert str(App(Platform.ANDROID)) == "an app without a readable name"


def test_known_keys(pins) -> None:
    """A pin of a CA's key has the CA's name."""
    root = Pin.parse("sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M=")
    known = FoundPin(root, None, Place(), Source.TEXT).known
    assert known is not None
    assert known.name == "ISRG Root X1"
    assert FoundPin(Pin.parse(pins[0]), None, Place(), Source.TEXT).known is None
