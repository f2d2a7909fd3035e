from dataclasses import replace
from ipaddress import ip_address

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from keypin.ct.entry import Block, LogEntry
from keypin.ct.logged import read
from keypin.ct.names import spoken
from keypin.ct.watch_list import Hit, Kind, WatchList, WatchListError
from keypin.errors import HostError
from keypin.lab.authority import new_key


def found(watched: WatchList, block: Block) -> list[tuple[int, tuple[Hit, ...]]]:
    """Return what the search of raw bytes finds, and the decision lets pass."""
    hits = ((n, watched.matches(read(block.entry(n)))) for n in watched.candidates(block))
    return [one for one in hits if one[1]]


def parsed(watched: WatchList, block: Block) -> list[tuple[int, tuple[Hit, ...]]]:
    """Return the same with every entry parsed."""
    hits = ((n, watched.matches(read(entry))) for n, entry in enumerate(block.entries()))
    return [one for one in hits if one[1]]


def seen(watched: WatchList, mint, *entries) -> list[tuple[str, str, str]]:
    """Return what is found in entries, by both ways."""
    block = mint.block(*entries)
    assert found(watched, block) == parsed(watched, block)
    return [
        (hit.kind.value, hit.watched, hit.seen) for _, hits in found(watched, block) for hit in hits
    ]


@pytest.mark.parametrize(
    ("name", "hit"),
    [
        ("example.com", True),
        ("EXAMPLE.com", True),
        ("deep.below.Example.Com", True),
        ("*.example.com", True),
        ("*.com", True),
        ("example.com.", True),
        ("notexample.com", False),
        ("example.com.evil.test", False),
        ("example.comm", False),
        ("com", False),
    ],
)
def test_a_domain_is_watched_with_all_below_it(mint, name, hit) -> None:
    """Whole labels count, and a wildcard that covers the domain itself."""
    watched = WatchList(domains=["Example.com"])
    entry = mint.precertificate(names=[mint.dns(name)])
    normal = name.lower().rstrip(".")
    assert seen(watched, mint, entry) == ([("domain", "Example.com", normal)] if hit else [])


@pytest.mark.parametrize(
    ("name", "hit"),
    [
        ("api.example.com", True),
        ("*.example.com", True),
        ("below.api.example.com", False),
        ("*.api.example.com", False),
        ("example.com", False),
        ("*.com", False),
    ],
)
def test_a_name_is_watched_alone(mint, name, hit) -> None:
    """With the wildcard that covers it."""
    watched = WatchList(names=["api.example.com"])
    entry = mint.certificate(names=[mint.dns(name)])
    assert seen(watched, mint, entry) == ([("name", "api.example.com", name)] if hit else [])


def test_one_entry_may_hit_often(mint) -> None:
    """Every name that is watched is told once."""
    watched = WatchList(domains=["a.test"], names=["b.test", "x.b.test", "x.c.test"])
    names = [mint.dns(one) for one in ("a.test", "w.a.test", "*.b.test", "b.test")]
    assert seen(watched, mint, mint.certificate([mint.text("a.test")], names)) == [
        ("domain", "a.test", "a.test"),
        ("domain", "a.test", "w.a.test"),
        ("name", "x.b.test", "*.b.test"),
        ("name", "b.test", "b.test"),
    ]


@pytest.mark.parametrize("kind", ["UTF8String", "PrintableString", "BMPString", "UniversalString"])
def test_a_name_in_the_subject_is_enough(mint, kind) -> None:
    """In a string of any type."""
    entry = mint.certificate([mint.text("www.EXAMPLE.com", kind=getattr(mint.types, kind))])
    watched = WatchList(domains=["example.com"])
    assert seen(watched, mint, entry) == [("domain", "example.com", "www.example.com")]


def test_null_bytes_hide_nothing(mint) -> None:
    """Neither the name before one nor the one behind it, nor a name that has one in it."""
    watched = WatchList(domains=["example.com", "evil.test", "pay.test"])
    names = [mint.dns(one) for one in ("example.com\0.evil.test", "p\0ay.test")]
    assert {one[1:] for one in seen(watched, mint, mint.certificate((), names))} == {
        ("example.com", "example.com"),
        ("evil.test", "evil.test"),
        ("evil.test", "example.com.evil.test"),
        ("pay.test", "pay.test"),
    }


def test_addresses_are_watched(mint) -> None:
    """As an iPAddress, whatever its bytes, and as text."""
    addresses = ("192.0.2.1", "2001:db8::a", "65.66.67.68")
    names = [x509.IPAddress(ip_address(one)) for one in addresses]
    watched = WatchList(names=["192.0.2.1", "2001:DB8:0::A", "65.66.67.68"])
    assert seen(watched, mint, mint.certificate(names=names)) == [
        ("name", "192.0.2.1", "192.0.2.1"),
        ("name", "2001:DB8:0::A", "2001:db8::a"),
        ("name", "65.66.67.68", "65.66.67.68"),
    ]
    entry = mint.certificate([mint.text("192.0.2.1")])
    assert seen(watched, mint, entry) == [("name", "192.0.2.1", "192.0.2.1")]


@pytest.mark.parametrize(
    "text",
    ["www.bücher.example", "WWW.BÜCHER.EXAMPLE", "Www.Bücher.Example", "www.bu\u0308cher.example"],
)
@pytest.mark.parametrize("kind", ["UTF8String", "BMPString", "UniversalString"])
def test_international_names_are_found_in_letters(mint, text, kind) -> None:
    """In every spelling that UTS 46 takes for the same."""
    entry = mint.certificate([mint.text(text, kind=getattr(mint.types, kind))])
    for name in ("bücher.example", "XN--bcher-kva.example"):
        watched = WatchList(domains=[name])
        assert seen(watched, mint, entry) == [("domain", name, "www.xn--bcher-kva.example")]


def test_international_names_are_found_in_a_labels(mint) -> None:
    """As certificates bear them today."""
    entry = mint.certificate(names=[mint.dns("www.xn--bcher-kva.example")])
    watched = WatchList(domains=["bücher.example"])
    assert [one[1] for one in seen(watched, mint, entry)] == ["bücher.example"]


@pytest.mark.parametrize(
    "name",
    ["examp1e.com", "exannple.com", "exmaple.com", "xn--exmple-4nf.com", "xn--xample-hva.com"],
)
def test_look_alikes_are_told_as_such(mint, name) -> None:
    """With the name that they resemble, and all below them; the name itself is none."""
    watched = WatchList(look_alikes=["example.com"])
    names = [mint.dns("example.com"), mint.dns(f"login.{name}"), mint.dns("xn--bcher-kva.com")]
    entry = mint.certificate(names=names)
    assert seen(watched, mint, entry) == [("look-alike", "example.com", f"login.{name}")]
    watched = WatchList(domains=[name], look_alikes=["example.com"])
    assert seen(watched, mint, entry) == [("domain", name, f"login.{name}")]


def test_a_name_may_look_like_several(mint) -> None:
    """Each that it resembles is told."""
    watched = WatchList(look_alikes=["examplel.com", "example1.com"])
    entry = mint.certificate(names=[mint.dns("examplei.com")])
    assert seen(watched, mint, entry) == [
        ("look-alike", "examplel.com", "examplei.com"),
        ("look-alike", "example1.com", "examplei.com"),
    ]


def test_who_shares_a_list_hears_of_others_names(mint) -> None:
    """What one watches may be what looks like a name of another: both are told, in bytes too."""
    watched = WatchList(domains=["examp1e.com"], look_alikes=["example.com"], shared=True)
    entry = mint.certificate(names=[mint.dns("examp1e.com")])
    assert seen(watched, mint, entry) == [
        ("domain", "examp1e.com", "examp1e.com"),
        ("look-alike", "example.com", "examp1e.com"),
    ]
    broken = replace(entry, der=entry.der[:4] + b"\xff" + entry.der[5:])
    assert seen(watched, mint, broken) == [
        ("look-alike", "example.com", ""),
        ("domain", "examp1e.com", ""),
    ]
    alone = WatchList(domains=["examp1e.com"], look_alikes=["example.com"])
    assert seen(alone, mint, broken) == [("domain", "examp1e.com", "")]


def test_of_look_alikes_in_bytes_only_spellings_are_told(mint) -> None:
    """What a name in another script looks like takes a parser."""
    whole = mint.certificate(names=[mint.dns("examp1e.com"), mint.dns("xn--exmple-4nf.com")])
    broken = replace(whole, der=whole.der[:4] + b"\xff" + whole.der[5:])
    assert seen(WatchList(look_alikes=["example.com"]), mint, broken) == [
        ("look-alike", "example.com", "")
    ]


def test_keys_are_watched(mint) -> None:
    """Whatever names are issued for them."""
    key = new_key("rsa2048")
    mine = mint.precertificate(names=[mint.dns("any.test")], key=key)
    certificate = read(mint.block(mine).entry(0)).certificate
    assert certificate is not None
    watched = WatchList(keys=[certificate.spki_sha256])
    hits = seen(watched, mint, mint.certificate(), mine, mint.certificate(key=key))
    assert [(kind, digest[:7]) for kind, digest, _ in hits] == [("key", "sha256/")] * 2


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("Example GmbH", "EXAMPLE  GmbH & Co. KG"),
        ("Straße AG", "STRASSE AG"),
        ("strasse ag", "Straße AG"),
        ("Müller", "MÜLLER UND SOHN"),
        ("例え", "株式会社例え"),
        ("Example", "\uff25\uff38\uff21\uff2d\uff30\uff2c\uff25"),
    ],
)
def test_organisations_and_issuers_are_watched(mint, asked, written) -> None:
    """Case, width and blanks do not matter, and a part is enough."""
    of_subject = mint.precertificate([mint.organization(written)])
    of_issuer = mint.precertificate(issuer=[mint.organization(written)])
    common = mint.precertificate(issuer=[mint.text(written)])
    watched = WatchList(organizations=[asked])
    block = (of_subject, of_issuer, common)
    assert [one[:2] for one in seen(watched, mint, *block)] == [("organization", asked)]
    watched = WatchList(issuers=[asked])
    assert [one[:2] for one in seen(watched, mint, *block)] == [("issuer", asked)] * 2


@pytest.mark.parametrize("watched", [
    {"domains": ["a.test"]}, {"names": ["a.test"]}, {"names": ["x.a.test"]},
    {"organizations": ["a.test"]}, {"issuers": ["test"]},
])  # fmt: skip
def test_in_what_cannot_be_read_the_bytes_speak(mint, watched) -> None:
    """A certificate that does not parse is found by what stands in it."""
    whole = mint.certificate(
        [mint.organization("a.test")], [mint.dns("A.test"), mint.dns("*.a.test")]
    )
    broken = replace(whole, der=whole.der[:4] + b"\xff" + whole.der[5:])
    hits = seen(WatchList(**watched), mint, mint.certificate(), broken)
    assert hits
    assert {one[2] for one in hits} == {""}
    assert seen(WatchList(keys=[bytes(32)]), mint, broken) == []


def test_where_a_part_cannot_be_read_its_bytes_speak(mint) -> None:
    """A certificate that parses may still have alternative names that do not."""
    whole = mint.certificate(names=[mint.dns("www.a.test"), mint.dns("abc.test")])
    torn = replace(whole, der=whole.der.replace(b"abc.test", b"ab\xff.test"))
    assert seen(WatchList(domains=["a.test"]), mint, torn) == [("domain", "a.test", "")]


def test_of_what_cannot_be_read_each_kind_is_told(mint) -> None:
    """Which of the watched things stands in the bytes."""
    names = [x509.IPAddress(ip_address("192.0.2.7")), mint.dns("*.b.test")]
    whole = mint.certificate([mint.organization("Some Thing")], names)
    broken = replace(whole, der=whole.der[:4] + b"\xff" + whole.der[5:])
    watched = WatchList(
        names=["192.0.2.7", "x.b.test"], issuers=["thing"], organizations=["of some kind"]
    )
    assert sorted(seen(watched, mint, broken)) == [
        ("issuer", "thing", ""),
        ("name", "*.b.test", ""),
        ("name", "192.0.2.7", ""),
        ("organization", "of some kind", ""),
    ]


def test_a_hostile_name_takes_no_time(mint) -> None:
    """A name of many labels is looked up by those that a name can have."""
    names = [mint.dns("a." * 20_000 + "example.com"), mint.dns("b." * 20_000)]
    watched = WatchList(domains=["example.com"])
    [hit] = seen(watched, mint, mint.certificate(names=names))
    assert hit[:2] == ("domain", "example.com")


def test_a_large_list_takes_a_graph(mint) -> None:
    """It finds the same."""
    names = [f"host-{n}.example-{n % 1000}.test" for n in range(20_000)]
    watched = WatchList(names=names)
    assert len(watched) == 20_000
    entry = mint.certificate(names=[mint.dns("HOST-777.example-777.test")])
    assert [one[1] for one in seen(watched, mint, mint.certificate(), entry)] == [
        "host-777.example-777.test"
    ]


def test_what_cannot_be_watched_is_refused() -> None:
    """With what is wrong."""
    with pytest.raises(WatchListError, match="an empty watch list; expected a name, a key or"):
        WatchList()
    with pytest.raises(
        WatchListError, match=r"the organisation ' \.-'; expected a name with letters"
    ):
        WatchList(organizations=[" .-"])
    with pytest.raises(HostError, match="a wildcard"):
        WatchList(domains=["*.example.com"])


def test_real_entries(real_log) -> None:
    """In a thousand entries of a real log, the search finds what a full parse finds."""
    blocks = real_log.blocks()
    names = [
        name.removeprefix("*.")
        for block in blocks
        for entry in block.entries()
        for name in spoken(read(entry).certificate).names
    ]
    watched = WatchList(domains=names[::97], names=names[1::97], issuers=["Let's Encrypt"])
    hits = [found(watched, block) for block in blocks]
    assert hits == [parsed(watched, block) for block in blocks]
    kinds = {hit.kind for block in hits for _, one in block for hit in one}
    assert kinds == {Kind.DOMAIN, Kind.NAME, Kind.ISSUER}


# What is drawn: watch lists of few and short names, and certificates that say something near them.
LABELS = st.sampled_from(["a", "B", "ab", "ü", "x-1", "xn--tda", "k"])
NAMES = st.lists(LABELS, min_size=1, max_size=3).map(lambda labels: ".".join([*labels, "test"]))
WRITTEN = st.builds(
    lambda name, how: how(name),
    NAMES,
    st.sampled_from([
        str, str.upper, str.title, lambda one: f"*.{one}", lambda one: f"{one}.",
        lambda one: f"https://{one}/", lambda one: f"x{one}", lambda one: one.replace("t", "\0t"),
        lambda one: f"{one}\0.evil", lambda one: one.replace("k", "\u212a"),
        lambda one: one.replace("a", "\uff41"), lambda one: f"*.{one[2:]}",
        lambda one: f"{one}\u00a0.a.test",
    ]),
)  # fmt: skip
TYPES = st.sampled_from(["UTF8String", "BMPString", "UniversalString"])


@st.composite
def drawn(draw, mint):
    """Return an entry with names in any place and form, whole or with a byte that is wrong."""
    subject = [
        getattr(mint, draw(st.sampled_from(["text", "organization"])))(
            draw(WRITTEN), kind=getattr(mint.types, draw(TYPES))
        )
        for _ in range(draw(st.integers(0, 2)))
    ]
    written = [one for one in draw(st.lists(WRITTEN, max_size=3)) if one.isascii()]
    names = [mint.dns(one) for one in written]
    made = draw(st.sampled_from([mint.certificate, mint.precertificate]))(subject, names)
    signed = made.der if made.kind == 0 else made.tbs
    if draw(st.integers(0, 3)) == 0:
        at = draw(st.integers(0, 5000)) % len(signed)
        torn = signed[:at] + bytes((draw(st.integers(0, 255)),)) + signed[at + 1 :]
        made = replace(made, **{"der" if made.kind == 0 else "tbs": torn})
    return made


@given(st.data())
def test_the_search_finds_what_a_full_parse_finds(mint, data) -> None:
    """Upper case, wildcards, subjects, types of strings, null bytes, what does not parse."""
    watched = WatchList(
        domains=data.draw(st.lists(NAMES, max_size=3)),
        names=data.draw(st.lists(NAMES, min_size=1, max_size=3)),
        look_alikes=data.draw(st.lists(NAMES, max_size=1)),
        organizations=data.draw(st.lists(NAMES, max_size=1)),
        keys=[bytes(32)] if data.draw(st.booleans()) else [],
    )
    block = mint.block(*(data.draw(drawn(mint)) for _ in range(data.draw(st.integers(1, 4)))))
    assert found(watched, block) == parsed(watched, block)


def block_of(leaves: list[bytes]) -> Block:
    """Return a block of bytes that are no leaves."""
    offsets = [sum(map(len, leaves[:n])) for n in range(len(leaves))]

    def opened(position: int, /) -> LogEntry:
        return LogEntry(position, 0, False, leaves[position], b"")

    return Block(0, [b""] * len(leaves), b"".join(leaves), offsets, opened)


def test_what_lies_across_two_entries_hides_nothing() -> None:
    """A name that begins in one entry and ends in the next is in neither, and covers one there."""
    watched = WatchList(domains=["x.test", "test.example"])
    assert watched.candidates(block_of([b"..", b"..X\0.te", b"st.example..", b".."])) == [1, 2]
    assert watched.candidates(block_of([b"\0x.tes", b"\0\0", b"\0t\0"])) == [0, 1, 2]
    assert watched.candidates(block_of([b"\0\0", b"x.test\0", b"\0\0"])) == [1]


@given(st.lists(st.lists(st.sampled_from(b"aB.c\0")).map(bytes), min_size=1))
def test_each_entry_with_a_name_in_it_is_a_candidate(leaves) -> None:
    """Whatever is before and behind it, and whichever of its bytes are null."""
    found = WatchList(names=["a.b", "b.c", "b.cb.a"]).candidates(block_of(leaves))
    folded = [leaf.lower().replace(b"\0", b"") for leaf in leaves]
    named = [n for n, leaf in enumerate(folded) if b"a.b" in leaf or b"b.c" in leaf]
    assert set(found) >= set(named)
    assert found == sorted(set(found))
