"""Every table of every page sorts, filters and is had as CSV: found by walking, not by a list."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder

import pytest

from keypin.alerts import Match, Route
from keypin.findings import Severity
from keypin.watch.alerting import routes, silences
from keypin.watch.people import named_secrets, tokens
from keypin.watch.people.audit import SERVICE
from keypin.web import statics

pytestmark = pytest.mark.once

TEMPLATES = Path(statics.__file__).parent / "templates"

# Where a template makes a table: that of all, and the matrix, whose columns are releases too.
MADE = {"macros/table.html", "matrix.html"}

VOID = {"meta", "link", "input", "img", "br", "hr"}

# What no row holds.
NOTHING = "Quagga"


class Reader(HTMLParser):
    """Makes a tree of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._tree = TreeBuilder()
        self.handle_starttag = self._start  # type: ignore[method-assign]
        self.handle_endtag = self._end  # type: ignore[method-assign]
        self.handle_data = self._tree.data  # type: ignore[method-assign]
        self.feed(page)
        self.root = self._tree.close()

    def _start(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tree.start(tag, {name: value or "" for name, value in attrs})
        if tag in VOID:
            self._tree.end(tag)

    def _end(self, tag: str) -> None:
        if tag not in VOID:
            self._tree.end(tag)


class Found:
    """A table of a page: its links, its filter, and what it shows."""

    def __init__(self, section: Element) -> None:
        self.key = section.attrib["aria-labelledby"].removesuffix("-title")
        form = next(having(section, "form", "kp-filter"))
        self.action = form.attrib["action"]
        self.fields = {one.attrib["name"]: one.attrib["value"] for one in form.iter("input")}
        self.sheet = next(having(section, "a", "kp-csv")).attrib["href"]
        self.rows = sum(len(list(body.iter("tr"))) for body in section.iter("tbody"))
        said = next(one for one in section.iter("p") if one.attrib.get("role") == "status")
        number = re.search(r"of ([\d,]+)", said.text or "")
        self.total = int(number[1].replace(",", "")) if number else 0
        titles = [one for one in section.iter("th") if one.attrib["scope"] == "col"]
        self.sorts = [
            one.attrib["href"]
            for title in titles
            for one in title.iter("a")
            if one.attrib.get("id", "").startswith(f"{self.key}-by-")
        ]
        self.sorted = any(one.attrib.get("aria-sort", "none") != "none" for one in titles)


@dataclass
class Walked:
    """A page: its tables, those of another kind, and the pages that it leads to."""

    tables: list[Found]
    bare: int
    links: set[str]


def having(root: Element, tag: str, name: str) -> Iterator[Element]:
    """Yield the elements of a class."""
    return (one for one in root.iter(tag) if name in one.attrib.get("class", "").split())


def read(page: str) -> Walked:
    """Read a page."""
    root = Reader(page).root
    sections = list(having(root, "section", "kp-table"))
    inside = {table for one in sections for table in one.iter("table")}
    hrefs = (one.attrib.get("href", "").partition("#")[0] for one in root.iter("a"))
    return Walked(
        tables=[Found(one) for one in sections],
        bare=len(set(root.iter("table")) - inside),
        links={href for href in hrefs if href.startswith("/o/acme/")},
    )


@pytest.fixture(scope="module")
def walked(shop, owner) -> dict[str, Walked]:
    """Walk from the overview to each page that it leads to, one of each kind of them."""
    with shop.database.begin(1) as scope:
        tokens.create(scope, "pipeline", ["read"], SERVICE, shop.now)
        route = Route(name="on-call", match=Match(severity=Severity.NOTE))
        routes.add(scope, shop.core.sealer, route, "mailto://user:x@mail.example", at=shop.now)
        match, until = Match(tags=("eu",)), shop.now + timedelta(days=1)
        silences.add(scope, match, until, "planned", by="ada", at=shop.now)
        named_secrets.keep(scope, shop.core.sealer, "chat", b"x", by=SERVICE, at=shop.now)
    found: dict[str, Walked] = {}
    kinds: set[str] = set()
    todo = ["/o/acme/"]
    while todo:
        path = todo.pop(0)
        kind = re.sub(r"/\d+", "/1", path.partition("?")[0])
        if kind in kinds:
            continue
        kinds.add(kind)
        answer = owner.client.get(path, headers={"accept": "text/html"}, follow_redirects=False)
        assert answer.status_code < 400, path
        if answer.headers.get("content-type", "").startswith("text/html"):
            found[path] = read(answer.text)
            todo += sorted(found[path].links)
    return found


def each(walked: dict[str, Walked]) -> Iterator[tuple[str, Found]]:
    """Yield every table, with the page that it is on."""
    for path, page in walked.items():
        yield from ((path, table) for table in page.tables)


def at(owner, path: str, key: str) -> Found:
    """Return a table of a page."""
    answer = owner.client.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 200, path
    return next(table for table in read(answer.text).tables if table.key == key)


def test_the_walk_comes_to_every_kind_of_page(walked) -> None:
    """And to the tables of each: those that were easy to forget."""
    assert len(walked) >= 20
    keys = {table.key for _, table in each(walked)}
    assert keys >= {
        *("endpoints", "matrix", "alerts", "audit", "inventory", "releases", "verdicts"),
        *("logged", "probes", "parts", "deliveries", "collectors", "over-time-table"),
        *("members", "tokens", "routes", "secrets", "sessions", "silences"),
    }


def test_no_page_has_a_table_of_another_kind(walked) -> None:
    """All are made in one place."""
    assert [path for path, page in walked.items() if page.bare] == []
    made = {
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.rglob("*.html")
        if "<table" in path.read_text(encoding="utf-8")
    }
    assert made == MADE


def test_every_table_of_every_page_sorts(walked, owner) -> None:
    """By each column that has an order, up and down; a table on its page keeps its place there."""
    for path, table in each(walked):
        where = f"{table.key} of {path}"
        if not table.rows:
            continue
        assert table.sorts, where
        for link in table.sorts:
            turned = at(owner, link, table.key)
            assert turned.rows == table.rows, link
            assert turned.sorted, link
            assert turned.total == table.total, link


def test_every_table_of_every_page_filters(walked, owner) -> None:
    """What no row holds leaves none; the form keeps what else is in the address."""
    for path, table in each(walked):
        assert table.action, f"{table.key} of {path}"
        query = "&".join(
            f"{name}={value}" for name, value in {**table.fields, "q": NOTHING}.items()
        )
        some = at(owner, f"{table.action}?{query}", table.key)
        assert some.total == 0, f"{table.key} of {path}"


def test_every_table_of_every_page_is_had_as_csv(walked, owner) -> None:
    """All rows, not those of the page alone, with a header."""
    for path, table in each(walked):
        assert table.sheet, f"{table.key} of {path}"
        answer = owner.client.get(table.sheet)
        assert answer.headers["content-type"].startswith("text/csv"), table.sheet
        header, *rows = csv.reader(io.StringIO(answer.text))
        assert len(header) >= 3 or table.key.endswith("-table"), table.sheet
        assert len(rows) == table.total, table.sheet


def test_what_asks_for_a_table_that_is_not_there_gets_the_page(owner) -> None:
    """An address that is not understood counts as not said."""
    answer = owner.get("/settings/tokens?table=nothing&as=csv")
    assert answer.headers["content-type"].startswith("text/html")


def test_a_table_in_a_refused_form_leads_back_to_its_page(owner) -> None:
    """Not to the address of the form, which is none to go to."""
    answer = owner.post("/settings/tokens/make", name="")
    assert answer.status_code == 422
    table = read(answer.text).tables[0]
    assert table.action == "/o/acme/settings/tokens"
