"""Resources: followed through references, and refused where they go in a circle."""

import pytest

from keypin.audit.resources import MAX_REFERENCES, Reference, ResourceTable
from keypin.errors import InputError


def table(*rows: tuple[int, str, object]) -> ResourceTable:
    """Return a table of rows."""
    made = ResourceTable()
    for number, name, value in rows:
        made.add(number, name, value)  # type: ignore[arg-type]
    return made


def test_values_of_all_configurations() -> None:
    """A resource has a value for each configuration, each told once."""
    made = table((1, "xml/net", "a.xml"), (1, "xml/net", "b.xml"), (1, "xml/net", "a.xml"))
    assert made.texts(1) == made.texts("xml/net") == made.texts("app:xml/net") == ("a.xml", "b.xml")
    assert made.name(1) == "@xml/net"
    assert made.texts(2) == made.texts("xml/other") == ()
    assert made.name(2) is made.name("xml/other") is None


def test_references_are_followed() -> None:
    """What a reference comes to, through others, is its value; a bag has none."""
    made = table((1, "xml/a", Reference(2)), (2, "xml/b", "net.xml"), (3, "string/c", None))
    assert made.texts(1) == ("net.xml",)
    assert made.texts(3) == ()


def test_cyclic_resources() -> None:
    """A circle is refused by name."""
    made = table((1, "xml/a", Reference(2)), (2, "xml/b", Reference(1)))
    with pytest.raises(InputError) as error:
        made.texts(1)
    assert str(error.value) == (
        "refused: cyclic resources: 0x00000001 -> 0x00000002 -> 0x00000001; "
        "expected resources that come to an end"
    )


def test_resources_that_share_their_parts() -> None:
    """Forty levels that each refer twice to the next are forty steps, not a trillion."""
    rows = [(index, "xml/a", Reference(index + 1)) for index in range(40) for _ in (1, 2)]
    assert table(*rows, (40, "xml/a", "net.xml")).texts(0) == ("net.xml",)


def test_a_way_without_end() -> None:
    """A line of references longer than any app's is refused as a circle is."""
    rows = [(index, "xml/a", Reference(index + 1)) for index in range(MAX_REFERENCES + 2)]
    with pytest.raises(InputError, match="refused: cyclic resources"):
        table(*rows).texts(0)
