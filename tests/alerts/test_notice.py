"""What a notice says of itself."""

from datetime import timedelta

from keypin.alerts import Kind, Rule
from keypin.alerts.notice import tell


def test_a_notice_is_for_the_routes_of_its_rule(story, signal, now) -> None:
    """Where the rule names none, each route decides; later news reaches those called in."""
    shop = story()
    shop.sees(signal())
    rule = Rule(name="one", routes=("mail", "chat"))
    opened = tell(shop.alert, rule, Kind.OPENED, now)
    assert (opened.routes, opened.by_match) == (("mail", "chat"), False)
    assert (shop.notices[0].routes, shop.notices[0].by_match) == ((), True)


def test_a_notice_waits_for_its_group_alone(story, signal, now) -> None:
    """One that is told alone waits for nobody."""
    shop = story(group_by=(), window=timedelta(minutes=5))
    shop.sees(signal())
    assert shop.notices[0].window == timedelta(0)
    assert shop.notices[0].key == f"{shop.alert.id}.opened"
    shop = story(window=timedelta(minutes=5))
    shop.sees(signal())
    assert shop.notices[0].window == timedelta(minutes=5)
    assert (shop.notices[0].at, shop.notices[0].alert) == (now, shop.alert)
