"""What a release matrix comes to, in one sentence."""

import pytest

from keypin.pins.toml import loads
from keypin.watch.inventory.field import Field, Fielded
from keypin.watch.inventory.pinning import Pinning
from keypin.web.pages.matrix_read import summed

PINS = f"""
version = 1
[[policy]]
host = "api.example"
pins = ["sha256/{"A" * 43}="]
no_backup = "a test"
"""


def _said(*releases: tuple[str, float | None]) -> str:
    fielded = tuple(
        Fielded(
            id=number,
            application=application,
            application_id=1,
            owner=None,
            tags=(),
            version=f"1.{number}",
            share=share,
            pin_set=number,
        )
        for number, (application, share) in enumerate(releases)
    )
    pins = loads(PINS).pin_set
    field = Field(fielded, Pinning(dict.fromkeys(range(len(releases)), pins)))
    return summed(field, frozenset(range(len(releases))), "is", "are", "refused").word


@pytest.mark.parametrize(
    ("releases", "said"),
    [
        ((), "No release is refused."),
        ([("a", 0.1)], "1 release of a with 10% of its users is refused."),
        ([("a", 0.1), ("a", 0.2)], "2 releases of a with 30% of its users are refused."),
        ([("a", 0.1), ("a", None)], "2 releases of a with at least 10% of its users are refused."),
        ([("a", None)], "1 release of a with an unknown share of its users is refused."),
        (
            [("a", 0.1), ("b", None), ("c", 0.3)],
            "1 release of c with 30% of its users, 1 release of a with 10% of its users and "
            "1 release of b with an unknown share of its users are refused.",
        ),
        (
            [(name, 0.1) for name in "abcde"],
            "1 release of a with 10% of its users, 1 release of b with 10% of its users, "
            "1 release of c with 10% of its users and those of 2 other applications are refused.",
        ),
    ],
    ids=["none", "one", "two", "some", "unknown", "worst-first", "many"],
)
def test_a_sentence_for_one_application_and_for_many(
    releases: list[tuple[str, float | None]], said: str
) -> None:
    """The one that loses most comes first; what is not known is not taken for nothing."""
    assert _said(*releases) == said
