"""What endpoints show now, and what they showed before."""

from keypin.probe.verdicts import Verdicts
from keypin.watch.inventory.chains import Chains
from keypin.watch.probing import standing


def test_before_is_what_ended_last_whatever_failed_since(
    any_watched, server, chain, parsed
) -> None:
    """So that a diagnosis tells a rotation from an interception, an outage in between or not."""
    first, second = chain(), chain("renewed")
    running = server(*first)
    number = any_watched.endpoint(running)

    def before() -> object:
        any_watched.probe()
        any_watched.wait(hours=2)
        with any_watched.database.read_across() as connection:
            (found,) = standing.read(
                connection,
                [number],
                chains=Chains(),
                verdicts=Verdicts(any_watched.trust),
                at=any_watched.now,
            )
        return found.before

    assert before() is None
    running.show(*second)
    assert before() == parsed(first)
    running.hangs_up = True
    assert before() == parsed(second)
    running.hangs_up = False
    assert before() is None  # the same as before the outage
    running.show(*first)
    assert before() == parsed(second)
