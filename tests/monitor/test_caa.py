"""CAA records are looked up in a real DNS server, one label after the other."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from keypin.ct.caa import NotKnown, Record, RecordSet
from keypin.errors import InputError
from keypin.monitor.caa import CaaLookup

SOA = "ns.example. admin.example. 1 3600 600 86400 300"


@dataclass
class Zone:
    """What the server answers; a name that is not here does not exist.

    Attributes:
        rows: for each name, records as in a zone: type and data; none for a name without any.
        fails: names that it answers with SERVFAIL.
        silent: names that it never answers.
        ttl: how long its answers may be kept.
        asked: the names that it was asked for.
    """

    rows: dict[str, list[str]] = field(default_factory=dict)
    fails: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    ttl: int = 300
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def answer(self, data: bytes) -> bytes | None:
        """Return the answer to a question, or None: silence."""
        question = dns.message.from_wire(data)
        name = question.question[0].name.to_text(omit_final_dot=True)
        self.asked.append(name)
        if name in self.silent:
            return None
        reply = dns.message.make_response(question)
        if name in self.fails:
            reply.set_rcode(dns.rcode.SERVFAIL)
            return reply.to_wire()
        self._fill(reply, name)
        if not reply.answer:
            soa = dns.rrset.from_text("example.", self.ttl, "IN", "SOA", SOA)
            reply.authority.append(soa)
            reply.set_rcode(dns.rcode.NOERROR if name in self.rows else dns.rcode.NXDOMAIN)
        return reply.to_wire()

    def _fill(self, reply: dns.message.Message, name: str) -> None:
        for row in self.rows.get(name, []):
            kind, _, value = row.partition(" ")
            if kind == "CNAME":
                reply.answer.append(dns.rrset.from_text(f"{name}.", self.ttl, "IN", kind, value))
                self._fill(reply, value.removesuffix("."))
            else:
                owner = dns.rrset.from_text(f"{name}.", self.ttl, "IN", kind, value)
                found = [one for one in reply.answer if one.match(owner.name, 1, 257, 0)]
                if found:
                    found[0].update(owner)
                else:
                    reply.answer.append(owner)


@pytest.fixture
def zone() -> Iterator[Zone]:
    """Serve a zone on loopback until the test ends."""
    zone = Zone()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        zone.port = listening.getsockname()[1]

        def serve() -> None:
            while data := listening.recvfrom(4096):
                question, sender = data
                if not question:
                    return
                if (reply := zone.answer(question)) is not None:
                    listening.sendto(reply, sender)

        thread = threading.Thread(target=serve)
        thread.start()
        yield zone
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stopping:
            stopping.sendto(b"", ("127.0.0.1", zone.port))
        thread.join()


@pytest.fixture
def lookup(zone) -> CaaLookup:
    """Return a look-up that asks the server."""
    return CaaLookup(["127.0.0.1"], port=zone.port)


def test_the_records_of_the_name_itself(zone, lookup) -> None:
    """All of them, with their flags; nothing above is asked."""
    zone.rows["a.shop.example"] = ['CAA 0 issue "ca.example; x=1"', 'CAA 128 tbs "Unknown"']
    found = lookup.records("a.shop.example")
    assert found.owner == "a.shop.example"
    assert set(found.records) == {
        Record(0, "issue", "ca.example; x=1"),
        Record(128, "tbs", "Unknown"),
    }
    assert zone.asked == ["a.shop.example"]


def test_the_nearest_above_counts(zone, lookup) -> None:
    """A name without records, or that does not exist, sends the search up."""
    zone.rows |= {"b.shop.example": [], "shop.example": ['CAA 0 issue ";"']}
    assert lookup.records("a.b.shop.example") == RecordSet(
        "shop.example", (Record(0, "issue", ";"),)
    )
    assert zone.asked == ["a.b.shop.example", "b.shop.example", "shop.example"]


def test_a_wildcard_is_asked_for_below_its_star(zone, lookup) -> None:
    """RFC 8659 section 3: `*.shop.example` is about shop.example's records."""
    zone.rows["shop.example"] = ['CAA 0 issuewild "ca.example"']
    assert lookup.records("*.shop.example").owner == "shop.example"


def test_nobody_has_records(zone, lookup) -> None:
    """The search ends below the root."""
    assert lookup.records("a.example") == RecordSet()
    assert zone.asked == ["a.example", "example"]


def test_an_alias_is_followed(zone, lookup) -> None:
    """The records of what a name stands for are the name's."""
    zone.rows |= {
        "a.example": ["CNAME target.other."],
        "target.other": ['CAA 0 issue "ca.example"'],
    }
    assert lookup.records("a.example") == RecordSet(
        "a.example", (Record(0, "issue", "ca.example"),)
    )


def test_an_alias_without_records_sends_the_search_up(zone, lookup) -> None:
    """Up from the name itself, not from what it stands for."""
    zone.rows |= {
        "a.example": ["CNAME target.other."],
        "target.other": [],
        "other": ['CAA 0 issue "wrong.example"'],
        "example": ['CAA 0 issue "ca.example"'],
    }
    assert lookup.records("a.example").owner == "example"


def test_a_failure_is_no_absence(zone, lookup) -> None:
    """Records that could not be read may be those that count: the search does not go on."""
    zone.fails.add("a.shop.example")
    zone.rows["shop.example"] = ['CAA 0 issue "ca.example"']
    found = lookup.records("a.shop.example")
    assert isinstance(found, NotKnown)
    assert found.reason.startswith("the DNS does not tell the CAA records of a.shop.example: ")
    assert "SERVFAIL" in found.reason
    assert zone.asked == ["a.shop.example"]


def test_a_resolver_that_is_silent(zone) -> None:
    """The whole search takes a bounded time, however many labels a name has."""
    zone.silent.add("x.example")
    begin = monotonic()
    found = CaaLookup(["127.0.0.1"], port=zone.port, lifetime=0.3).records("a.b.x.example")
    assert monotonic() - begin < 5
    assert isinstance(found, NotKnown)
    assert "lifetime expired" in found.reason
    assert "x.example" in found.reason


def test_time_that_is_used_up_asks_nobody(zone) -> None:
    """Not even for the first name."""
    found = CaaLookup(["127.0.0.1"], port=zone.port, lifetime=0).records("a.example")
    assert isinstance(found, NotKnown)
    assert zone.asked == []


def test_answers_are_kept_as_long_as_they_say(zone, lookup) -> None:
    """Records, and that there are none; what may not be kept is asked for anew."""
    zone.rows["example"] = ['CAA 0 issue "ca.example"']
    first = lookup.records("a.example")
    zone.rows["example"] = []
    assert lookup.records("a.example") == first
    assert zone.asked == ["a.example", "example"]
    zone.ttl = 0
    zone.rows["example"] = ['CAA 0 issue "ca.example"']
    lookup.records("b.example")
    lookup.records("b.example")
    assert zone.asked == ["a.example", "example", "b.example", "b.example"]


def test_too_many_records(zone, lookup) -> None:
    """A set that no owner would write is not read."""
    zone.rows["a.example"] = [f'CAA 0 issue "c{number}.example"' for number in range(201)]
    assert lookup.records("a.example") == NotKnown("a.example has 201 CAA records, 200 at most")


@pytest.mark.parametrize("name", ["a" * 64 + ".example", "a..example", "\u00df\u0378"])
def test_a_name_that_the_dns_cannot_have(zone, lookup, name: str) -> None:
    """A certificate may bear anything; the reason is told."""
    found = lookup.records(name)
    assert isinstance(found, NotKnown)
    assert found.reason.startswith("the DNS does not tell the CAA records of ")
    assert zone.asked == []


def test_what_is_no_resolver() -> None:
    """An address that is none is refused at once."""
    with pytest.raises(InputError) as raised:
        CaaLookup(["not an address"])
    assert str(raised.value).startswith("no DNS resolver: nameserver not an address is not a ")
    assert str(raised.value).endswith(
        "; expected IP addresses of resolvers; name one, or do without CAA"
    )
