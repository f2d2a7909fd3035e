"""What releases make of what is shown: verdicts, states, and what is told."""

from datetime import timedelta

import pytest

from keypin.watch.inventory import releases
from keypin.watch.inventory.pushing import plan, retire
from keypin.watch.store.tables import endpoints as endpoint_table
from keypin.watch.store.tables import signals

DAY = timedelta(days=1)


def test_a_pinned_key_is_fine_and_says_which_pin_matches(any_watched, server, chain) -> None:
    """The release matrix shows the pin and its position."""
    pushed = any_watched.push("1.0", any_watched.pin("active", "backup"))
    number = any_watched.endpoint(server(*chain(days=398)))
    any_watched.look()
    (verdict,) = any_watched.verdicts()
    assert (verdict["outcome"], verdict["pin"], verdict["position"]) == (
        "passes",
        any_watched.cast.pin("active"),
        "leaf",
    )
    standing = any_watched.standing(number)
    assert (standing["state"], any_watched.told()) == ("fine", {})
    assert standing["expires_at"] > any_watched.now
    assert standing["judge_at"] > any_watched.now
    assert pushed.endpoints == 1  # the host that it names, at 443


def test_a_key_that_no_release_pins_is_told_at_once(any_watched, server, chain) -> None:
    """Which releases refuse it, of how many users, and what most probably happened."""
    any_watched.push("3.1", any_watched.pin("active", "backup"), share=0.3)
    any_watched.push("3.2", any_watched.pin("active", "renewed"), share=0.7)
    running = server(*chain())
    number = any_watched.endpoint(running)
    any_watched.look()
    any_watched.wait(hours=2)
    running.show(*chain("renewed"))
    any_watched.look()
    assert any_watched.standing(number)["state"] == "refused"
    told = any_watched.told()["chain-refused"]
    assert told["severity"] == "error"
    assert "127.0.0.1 breaks now for 30% of users of shop (shop 3.1)" in told["title"]
    assert told["document"]["application"] == "shop"
    assert told["document"]["link"] == f"/endpoints/{number}"
    assert not told["taken"]
    broken = [one for one in any_watched.verdicts() if one["outcome"] == "breaks"]
    assert broken[0]["why"]["diagnosis"]["id"]
    assert broken[0]["why"]["lines"]


def test_what_has_cleared_is_told_once_more(watched, server, chain) -> None:
    """The signal stays, and holds no more."""
    watched.push("1.0", watched.pin("active", "backup"))
    running = server(*chain("renewed"))
    watched.endpoint(running)
    watched.look()
    assert "chain-refused" in watched.told()
    watched.wait(hours=2)
    running.show(*chain())
    watched.look()
    assert "chain-refused" not in watched.told()
    with watched.database.read(1) as scope:
        (row,) = scope.rows(scope.select(signals).where(signals.c.rule == "chain-refused"))
    assert (row["holds"], row["since"], row["document"]["holds"]) == (False, watched.now, False)


def test_a_new_release_is_judged_by_what_is_served_now(watched, server, chain) -> None:
    """Without another probe, as soon as it is pushed; and what is retired is forgiven."""
    number = watched.endpoint(server(*chain()))
    watched.look()
    assert watched.verdicts() == []
    pushed = watched.push("1.0", watched.pin("renewed", "backup"))
    assert number in pushed.pinned
    assert watched.judge().turn(watched.now) >= 1
    assert watched.standing(number)["state"] == "refused"
    with watched.database.begin(1) as scope:
        retire(scope, "shop", "1.0", at=watched.now)
    watched.judge().turn(watched.now)
    assert watched.standing(number)["state"] == "fine"


def test_a_plan_is_judged_before_its_day(watched, server, chain, parsed) -> None:
    """Each release that would refuse it is told, with the day."""
    watched.push("1.0", watched.pin("active", "backup"), share=0.5)
    watched.endpoint(server(*chain(days=398)))
    watched.look()
    assert watched.told() == {}
    with watched.database.begin(1) as scope:
        plan(
            scope,
            "renewal",
            parsed(chain("renewed", days=398)),
            deploy_at=watched.now + timedelta(days=3),
            by="ann",
            at=watched.now,
        )
    watched.judge().turn(watched.now)
    told = watched.told()["chain-planned"]
    assert told["title"].startswith("renewal would break 127.0.0.1 on ")
    assert "50% of users of shop" in told["title"]


def test_a_certificate_that_ends_is_told_the_graver_the_nearer(watched, server, chain) -> None:
    """Thirty days, fourteen, seven, one; no probe is needed for it."""
    number = watched.endpoint(server(*chain(days=90)))
    watched.look()
    assert "certificate-expires" not in watched.told()
    seen = []
    for days in (60, 16, 8):
        watched.wait(days=days)
        watched.judge().turn(watched.now)
        seen.append(watched.told()["certificate-expires"]["severity"])
    assert seen == ["note", "warning", "error"]
    assert watched.standing(number)["state"] == "finding"


def test_an_invalid_chain_is_refused_by_everybody(watched, server, chain) -> None:
    """Whatever is pinned."""
    number = watched.endpoint(server(*chain(hosts=("other.example",))))
    watched.look()
    assert watched.standing(number)["state"] == "refused"
    assert list(watched.told()) == ["chain-invalid"]  # once, and not by two names
    assert "nobody can connect" in watched.told()["chain-invalid"]["title"]


def test_one_blip_is_nothing_and_three_failures_are_told(watched, server, chain) -> None:
    """Until it is sure, what was said before stays."""
    running = server(*chain("renewed"))
    watched.push("1.0", watched.pin("active", "backup"))
    number = watched.endpoint(running)
    watched.look()
    running.hangs_up = True
    watched.wait(hours=2)
    watched.look()
    assert watched.standing(number)["state"] == "refused"
    assert list(watched.told()) == ["chain-refused"]
    for _ in range(2):
        watched.wait(seconds=61)
        watched.look()
    assert watched.standing(number)["state"] == "unreachable"
    assert watched.told()["endpoint-unreachable"]["severity"] == "error"


def test_what_two_places_cannot_reach_is_no_blip(watched, server, chain) -> None:
    """One look from each is enough."""
    running = server(*chain())
    running.hangs_up = True
    number = watched.endpoint(running)
    watched.look()
    assert watched.standing(number)["state"] == "unknown"
    watched.vantage = "there"
    watched.look()
    assert watched.standing(number)["state"] == "unreachable"


def test_a_policy_that_only_reports_is_no_refusal(watched, server, chain) -> None:
    """The key is not pinned by all, and nobody is locked out."""
    watched.push("1.0", watched.pin("active", "backup", more='mode = "report"\n'))
    number = watched.endpoint(server(*chain("renewed", days=398)))
    watched.look()
    assert watched.standing(number)["state"] == "finding"
    assert "shop 1.0 would refuse" in watched.told()["key-not-pinned"]["title"]


def test_a_policy_that_expires_is_told_before(watched, server, chain) -> None:
    """A month before, for users take long to update."""
    expires = (watched.now + timedelta(days=20)).isoformat()
    more = f'expires = {expires}\non_expiry = "refuse"\n'
    watched.push("1.0", watched.pin("active", "backup", more=more))
    watched.endpoint(server(*chain(days=398)))
    watched.look()
    assert "the policy expires" in watched.told()["policy-expires"]["title"]


def test_what_changes_while_it_is_judged_is_judged_again(watched, server, chain) -> None:
    """The lease that a judge wrote is what it may overwrite, and nothing else."""
    number = watched.endpoint(server(*chain()))
    watched.look()
    judge = watched.judge()
    watched.push("1.0", watched.pin("renewed", "backup"))
    found = judge.find([number], watched.now)
    judge.write(found, watched.now, leased_until=watched.now + timedelta(minutes=1))
    assert watched.standing(number)["judge_at"] == watched.now
    assert judge.turn(watched.now) >= 1


def test_what_changed_by_a_clock_that_was_ahead_is_judged_when_it_is_right(
    any_watched, server, chain
) -> None:
    """It was set back between the change and the judgement: a day would go by."""
    watched = any_watched
    number = watched.endpoint(server(*chain(days=398)))
    watched.look()
    judge, now = watched.judge(), watched.now
    later = watched.standing(number)["judge_at"]
    judge.recall(now)
    assert watched.standing(number)["judge_at"] == later
    _set(watched, number, changed_at=now + DAY, judge_at=now + DAY)
    judge.recall(now)
    assert watched.standing(number)["judge_at"] == now
    _set(watched, number, changed_at=now - DAY, judged_at=now + DAY, judge_at=now + 2 * DAY)
    judge.recall(now)
    assert watched.standing(number)["judge_at"] == now
    _set(watched, number, judged_at=now, judge_at=now + DAY)
    judge.recall(now)
    assert watched.standing(number)["judge_at"] == now + DAY
    judge.recall(now, everything=True)
    assert watched.standing(number)["judge_at"] == now


def _set(watched, number: int, **values: object) -> None:
    change = endpoint_table.update().where(endpoint_table.c.id == number)
    with watched.database.begin_across() as connection:
        connection.execute(change.values(**values))


def test_judging_again_says_the_same_and_writes_no_second_row(watched, server, chain) -> None:
    """A judge may die after its write."""
    watched.push("1.0", watched.pin("renewed", "backup"))
    number = watched.endpoint(server(*chain()))
    watched.look()
    before = watched.verdicts(), watched.told()
    watched.judge().judge([number], watched.now)
    assert (watched.verdicts(), watched.told()) == before


def test_a_pin_set_that_goes_while_it_is_judged_leaves_no_verdict(watched, server, chain) -> None:
    """Its release was removed between reading and writing."""
    watched.push("1.0", watched.pin("active", "backup"))
    number = watched.endpoint(server(*chain()))
    watched.probe()
    judge = watched.judge()
    found = judge.find([number], watched.now)
    with watched.database.begin(1) as scope:
        releases.remove(scope, "shop", "1.0")
    judge.write(found, watched.now)
    assert watched.verdicts() == []
    assert watched.standing(number)["state"] == "fine"


@pytest.mark.parametrize("days", [1, -1], ids=["forward", "back"])
def test_a_judgement_follows_a_clock_that_jumps(watched, server, chain, days) -> None:
    """What was to be judged then is judged now."""
    number = watched.endpoint(server(*chain()))
    watched.probe()
    watched.wait(days=days)
    watched.push("1.0", watched.pin("renewed", "backup"))
    assert watched.judge().turn(watched.now) >= 1
    assert watched.standing(number)["state"] == "refused"
