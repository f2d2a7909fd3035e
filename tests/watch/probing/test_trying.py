"""Trying a chain before it is deployed: which releases would refuse it."""

import pytest

from keypin.errors import HostError
from keypin.watch.probing import try_chain


def test_a_chain_is_tried_by_every_release(any_watched, server, chain, parsed) -> None:
    """Who would be locked out, and which pin would match for the others."""
    any_watched.push("3.1", any_watched.pin("active", "backup"), share=0.41)
    any_watched.push("3.2", any_watched.pin("active", "renewed"), share=0.5)
    any_watched.push("3.3", any_watched.pin("active", "renewed"))
    any_watched.endpoint(server(*chain()))
    any_watched.look()
    with any_watched.database.read(1) as scope:
        trial = try_chain(
            scope, parsed(chain("renewed")), trust=any_watched.trust, at=any_watched.now
        )
    assert [str(one) for one in trial.refused] == ["shop 3.1"]
    assert [str(one) for one in trial.hit] == ["41% of users of shop"]
    by_name = {str(one.releases[0]): one for one in trial.tried}
    assert [str(one) for one in by_name["shop 3.3"].releases] == ["shop 3.3", "shop 3.2"]
    (found,) = [one for one in by_name["shop 3.1"].findings if one.id == "gate-breaks"]
    assert any("matches what is deployed now" in line for line in found.evidence)
    (fine,) = by_name["shop 3.3"].judgements
    assert str(fine.state.matches[0].pin.pin) == any_watched.cast.pin("renewed")


def test_hosts_can_be_named_and_what_pins_none_is_left_out(watched, chain, parsed) -> None:
    """A release of another domain has no say."""
    watched.push("1.0", watched.pin("active", "backup", host="api.example.com"))
    tried = parsed(chain("renewed", hosts=("*.example.com",)))
    values = {"trust": watched.trust, "at": watched.now}
    with watched.database.read(1) as scope:
        assert [str(one) for one in try_chain(scope, tried, **values).refused] == ["shop 1.0"]
        assert try_chain(scope, tried, hosts=["www.example.com"], **values).tried == ()
        with pytest.raises(HostError):
            try_chain(scope, tried, hosts=["https://"], **values)


def test_other_organisations_have_no_say(watched, chain, parsed) -> None:
    """Their releases are not seen."""
    watched.push("1.0", watched.pin("active", "backup"))
    with watched.database.read(2) as scope:
        trial = try_chain(scope, parsed(chain("renewed")), trust=watched.trust, at=watched.now)
    assert (trial.tried, trial.hit) == ((), ())
