"""Values of a walk: groups, string builders, and the methods that build them."""

import pytest

from keypin.audit.names import Method
from keypin.audit.values import MAX_ITEMS, Builder, Group, new, result_of


def method(owner: str, name: str) -> Method:
    """Return a method of no interest but for its name."""
    return Method(owner, name, (), "")


def test_groups_give_their_texts_in_order() -> None:
    """Elements by index come first, then what was appended; groups inside are opened, once."""
    group = Group({1: "b", 0: "a"})
    group.add(Group({0: "c", 1: 7}))
    group.add(group)
    group.add("d")
    assert list(group.texts()) == ["a", "b", "c", "d"]


def test_groups_do_not_grow_for_ever() -> None:
    """What is beyond the largest group is left out."""
    group = Group(dict.fromkeys(range(MAX_ITEMS), "a"))
    group.add("b")
    assert len(group.items) == MAX_ITEMS


def test_builders_forget_what_they_cannot_know() -> None:
    """A text with an unknown part is unknown."""
    builder = Builder()
    builder.append("a")
    builder.append(1)
    assert builder.text == "a1"
    builder.append(None)
    builder.append("b")
    assert builder.text is None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Ljava/lang/StringBuilder;", Builder()),
        ("Ljava/util/ArrayList;", Group()),
        ("Lcom/example/Net;", None),
    ],
)
def test_new_objects(kind, expected) -> None:
    """Builders and collections are known, other objects are not."""
    assert new(kind) == expected


def test_the_methods_of_builders() -> None:
    """A builder gives itself, and at last its text."""
    builder = Builder()
    owner = "Ljava/lang/StringBuilder;"
    assert result_of(method(owner, "<init>"), (builder,)) is builder
    assert result_of(method(owner, "append"), (builder, "a")) is builder
    assert result_of(method(owner, "toString"), (builder,)) == "a"
    assert result_of(method("Lcom/example/Net;", "f"), (builder,)) is None
    assert result_of(method(owner, "append"), ()) is None


def test_decoders_keep_what_they_decode() -> None:
    """Base64 of a pin is the pin."""
    assert result_of(method("Landroid/util/Base64;", "decode"), ("a", 0)) == "a"
    assert result_of(method("Landroid/util/Base64;", "decode"), (None,)) is None


def test_the_methods_of_collections() -> None:
    """A collection takes elements, gives any of them, and is made of arguments."""
    group = Group()
    assert result_of(method("Ljava/util/ArrayList;", "add"), (group, "a")) is group
    assert list(group.texts()) == ["a"]
    assert result_of(method("Ljava/util/ArrayList;", "toArray"), (group,)) is group
    made = result_of(method("Ljava/util/List;", "of"), ("a", "b"))
    assert isinstance(made, Group)
    assert list(made.texts()) == ["a", "b"]
    assert result_of(method("Ljava/util/Arrays;", "copyOf"), (None, group)) is group
    assert result_of(method("Ljava/util/Arrays;", "asList"), ()) is None
