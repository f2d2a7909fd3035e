"""A group is always classified, by the first rule that answers, with who reported it."""

import re
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from keypin.reports import RULES, Arrival, Classification, Facts, Group, GroupKey, classify


def test_who_reported_it(world) -> None:
    """The last lines of the evidence are about the crowd."""
    found = classify(world.group(world.report(world.other.chain())), world.facts())
    assert found.evidence[-4:] == (
        "24 reports from 12 sources, 2026-11-23 12:00 UTC to 2026-11-23 12:00 UTC",
        "releases: 1 (3.2 100%)",
        "networks: 6 (AS64496 17%, AS64497 17%, AS64498 17%)",
        "countries: 3 (DE 33%, FR 33%, SE 33%)",
    )


def test_who_is_not_known(world, now) -> None:
    """What a collector does not keep is not told; what is estimated is said to be."""
    report = replace(world.report(), version=None)
    key = GroupKey.of(report)
    assert classify(Group.of(key, [Arrival(report, now)]), world.facts()).evidence[-1] == (
        "1 report, 2026-11-23 12:00 UTC to 2026-11-23 12:00 UTC"
    )
    many = Group.of(key, [Arrival(report, now, index.to_bytes(4, "big")) for index in range(300)])
    line = classify(many, world.facts()).evidence[-1]
    assert re.match(r"300 reports from about \d{3} sources", line)


def test_the_table() -> None:
    """Each row has its own identifier and says when it answers; the last always does."""
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
    for rule in RULES:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.id)
        assert rule.when.endswith(".")
        assert not rule.next_step.endswith(".")
    assert ids[-1] == "unexplained"


def test_the_page_names_every_rule(pytestconfig) -> None:
    """The reference is of the rules that there are, in their order."""
    page = (pytestconfig.rootpath / "docs" / "reference" / "reports.md").read_text("utf-8")
    table = page.partition("## Classifications")[2]
    assert re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE) == [rule.id for rule in RULES]


@settings(max_examples=60, deadline=None)
@given(
    chain=st.lists(st.integers(0, 9) | st.binary(max_size=9), max_size=4),
    host=st.sampled_from(["api.example.com", "192.0.2.1", "a_b.example", "xn--bcher-kva.example"]),
    day=st.none() | st.integers(-9_000, 9_000),
    pins=st.integers(0, 2),
    facts=st.fixed_dictionaries({}, optional={"public_roots": st.none(), "releases": st.just(())}),
    sources=st.integers(0, 30),
    networks=st.integers(0, 5),
)
def test_any_group(chain, host, day, pins, facts, sources, networks, world, now) -> None:
    """Whatever was reported, there is one answer, and it never fails."""
    ders = [*world.shown, *_others(world)]
    report = replace(
        world.report(),
        host=host,
        served=tuple(ders[one % len(ders)] if isinstance(one, int) else one for one in chain),
        validated=(),
        pins=world.pins[:pins],
        occurred_at=None if day is None else now + timedelta(days=day),
    )
    found = classify(world.group(report, sources=sources, networks=networks), world.facts(**facts))
    assert isinstance(found, Classification)
    assert found.message
    assert found.next_step


def _others(world) -> tuple[bytes, ...]:
    """Return another chain, made once: Hypothesis asks for it sixty times."""
    if not hasattr(_others, "chain"):
        _others.chain = world.other.chain()
    return _others.chain


def test_facts_may_be_nothing(world, now) -> None:
    """A collector without inventory and roots still says something."""
    assert classify(world.group(world.report()), Facts(at=now)).id == "unexplained"
