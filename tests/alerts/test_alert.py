"""The value that the machine moves."""

from keypin.alerts import State


def test_an_alert_is_its_trouble_and_its_episode(story, signal) -> None:
    """The same trouble later is another alert."""
    shop = story()
    shop.sees(signal())
    assert shop.alert.fingerprint == signal().fingerprint
    assert shop.alert.id == f"{signal().fingerprint}-1"


def test_an_alert_is_active_while_its_trouble_is_there(story, signal, now) -> None:
    """Open or acknowledged; neither before nor after."""
    shop = story()
    shop.sees(signal())
    assert shop.alert.active
    over = shop.alert.cleared(now, "ada")
    assert (over.active, over.state, over.resolved_by) == (False, State.RESOLVED, "ada")
    assert over.cleared(now, "bob") is over
