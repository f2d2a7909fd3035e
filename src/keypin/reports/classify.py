"""What stands behind a group of reports: the first rule that answers, and who reported it."""

from collections.abc import Iterator

from keypin.diagnose.view import when
from keypin.pins.story import plain
from keypin.reports.chain_rules import CHAIN_RULES
from keypin.reports.classification import Classification, Facts
from keypin.reports.crowd_rules import CROWD_RULES
from keypin.reports.group import Group
from keypin.reports.rule import Rule
from keypin.reports.study import study
from keypin.reports.tally import Tally

# The first that answers decides.
RULES: tuple[Rule, ...] = (*CHAIN_RULES, *CROWD_RULES)

# Names that are listed of each kind.
_LISTED = 3


def classify(group: Group, facts: Facts) -> Classification:
    """Say what most probably stands behind a group of reports.

    Takes a fraction of a millisecond where the chain's signatures need not be checked anew, a few
    milliseconds where they do; ask again when the group has grown or the facts have changed.

    Args:
        group: the reports.
        facts: what is known besides.
    """
    seen = study(group, facts)
    found = next(answer for rule in RULES if (answer := rule.answer(seen)) is not None)
    return Classification(
        id=found.id,
        severity=found.severity,
        message=found.message,
        evidence=(*found.evidence, *_crowd(group)),
        next_step=found.next_step,
        benign=found.benign,
    )


def _crowd(group: Group) -> Iterator[str]:
    """Yield who reported it, how often and when."""
    sources = f" from {_about(group.sources)} sources" if group.sources.total else ""
    span = f"{when(group.first)} to {when(group.last)}"
    yield f"{group.count} report{'' if group.count == 1 else 's'}{sources}, {span}"
    for name, tally in (
        ("releases", group.releases),
        ("networks", group.networks),
        ("countries", group.countries),
    ):
        if tally.total:
            yield f"{name}: {_about(tally)} ({', '.join(_commonest(tally))})"


def _commonest(tally: Tally) -> Iterator[str]:
    for key, count in tally.top[:_LISTED]:
        yield f"{plain(key)} {count / tally.total:.0%}"


def _about(tally: Tally) -> str:
    """Return how many keys there are, and say so where that is an estimate."""
    return f"about {tally.distinct}" if tally.distinct >= tally.most else str(tally.distinct)
