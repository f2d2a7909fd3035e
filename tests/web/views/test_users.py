"""Whom something hits, as tables and headlines say it."""

import pytest

from keypin.web.views.users import Hit, Users


@pytest.mark.parametrize(
    ("each", "text", "span", "whose"),
    [
        ((), "", "", ""),
        ([Hit("", 0.41)], "41%", "41%", ""),
        (
            [Hit("ios", 0.12), Hit("android", 0.23)],
            "23% of android, 12% of ios",
            "12% to 23%",
            "2",
        ),
        ([Hit("a", 1.0), Hit("b", 1.0)], "100% of a, 100% of b", "100%", "2"),
        (
            [Hit("a", None), Hit("b", 0.1, least=True)],
            "at least 10% of b, unknown of a",
            "10%",
            "2",
        ),
        ([Hit("a", None)], "unknown of a", "", "of a"),
        (
            [Hit(name, 0.1) for name in "abcde"],
            "10% of a, 10% of b, 10% of c, 2 more",
            "10%",
            "5",
        ),
    ],
    ids=["nobody", "one", "two", "alike", "unknown", "none-known", "many"],
)
def test_shares_of_two_applications_stay_two(
    each: tuple[Hit, ...], text: str, span: str, whose: str
) -> None:
    """The greatest first; what is not known is said, and last."""
    users = Users(tuple(each))
    assert (str(users), users.span) == (text, span)
    assert users.whose == (f"of {whose} applications" if whose.isdigit() else whose)
    assert bool(users) is bool(each)
