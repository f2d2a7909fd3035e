"""Any path that verifies may satisfy the pins; a denied key wins; nothing is decided twice."""

import logging
import ssl
import sys
from datetime import UTC, datetime

import pytest

import keypin
from keypin import HostPattern, Pin, PinSet, Policy
from keypin.pins import Mode, PolicyPin
from keypin.tls import host_judge


def policy(cast, *names: str, host: str = "localhost", **options) -> PinSet:
    """Return pins of members of the cast with options of the policy."""
    pins = tuple(PolicyPin(Pin.parse(cast.pin(name))) for name in names)
    return PinSet((Policy(host=HostPattern(host), pins=pins, no_backup="a test", **options),))


@pytest.fixture
def crossed(cast):
    """Return a chain that ends in `new-root`, which `cross-root` signed too."""
    return (
        cast.leaf("renewed", "new-intermediate"),
        cast.authority("new-intermediate"),
        cast.cross_signed(),
    )


@pytest.fixture
def anchors(tmp_path):
    """Return a function that gives a file of trust anchors."""

    def write(*issued):
        file = tmp_path / "anchors.pem"
        file.write_bytes(b"".join(one.pem for one in issued))
        return file

    return write


@pytest.mark.parametrize("pinned_root", ["new-root", "cross-root"])
def test_either_root_of_a_cross_sign(pinned_root, cast, pinned, serve, dial, crossed, anchors):
    """Where both roots are trusted, OpenSSL picks one of them; the pin may be of the other."""
    file = anchors(cast.authority("new-root"), cast.authority("cross-root"))
    tls = dial(pinned(pinned_root, "backup", cafile=file), serve(*crossed))
    assert tls.verdict.pin.pin == Pin.parse(cast.pin(pinned_root))


def test_a_cross_sign_that_the_server_does_not_send(cast, pinned, serve, dial, crossed, anchors):
    """Known cross-signs are tried, once the caller has given them."""
    file = anchors(cast.authority("new-root"), cast.authority("cross-root"))
    peer = serve(*crossed[:2])
    with pytest.raises(keypin.PinMismatchError):
        dial(pinned("cross-root", cafile=file), peer)
    context = pinned("cross-root", cafile=file, cross_signs=cast.cross_signed().pem)
    assert dial(context, peer).verdict


def test_an_intermediate_in_the_trust_store(cast, pinned, serve, dial, anchors) -> None:
    """There, with the partial chains of 3.13, OpenSSL's path ends below the pinned root."""
    file = anchors(cast.authority("intermediate"), cast.authority("root"))
    context = pinned("root", cafile=file)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    tls = dial(context, serve(cast.leaf("renewed"), cast.authority("intermediate")))
    assert tls.verdict.position == "root"
    if sys.version_info >= (3, 13):
        assert len(tls.get_verified_chain()) == 2


def test_another_path_must_verify(cast, pinned, serve, dial, anchors, crossed) -> None:
    """A path to a root that is not trusted is no path, though its certificates are sent."""
    peer = serve(*crossed, cast.authority("cross-root"))
    context = pinned("cross-root", cafile=anchors(cast.authority("new-root")))
    with pytest.raises(keypin.PinMismatchError):
        dial(context, peer)


def test_another_path_is_remembered_as_long_as_it_is_valid(
    cast, pinned, serve, dial, crossed, anchors, monkeypatch
) -> None:
    """The second connection searches nothing; after the path's end it is searched again."""
    searched = []
    search = host_judge.verified_paths
    monkeypatch.setattr(
        host_judge, "verified_paths", lambda *a, **k: searched.append(1) or search(*a, **k)
    )
    file = anchors(cast.authority("new-root"), cast.authority("cross-root"))
    peer = serve(*crossed)
    by_another_path = []
    for root in ("new-root", "cross-root"):
        context = pinned(root, cafile=file)
        dial(context, peer)
        if searched and not by_another_path:
            by_another_path.append(context)
        dial(context, peer)
    assert len(searched) == 1
    [context] = by_another_path
    later = datetime.now(UTC).timestamp() + 80 * 86400
    monkeypatch.setattr(host_judge, "time", lambda: later)
    dial(context, peer)
    assert len(searched) == 1
    beyond = datetime.now(UTC).timestamp() + 4000 * 86400
    monkeypatch.setattr(host_judge, "time", lambda: beyond)
    with pytest.raises(keypin.PinMismatchError):
        dial(context, peer)
    assert len(searched) == 2


def test_new_anchors_make_new_paths(cast, pinned, serve, dial, crossed, anchors) -> None:
    """What was decided is forgotten when the context's anchors change."""
    context = pinned("cross-root", cafile=anchors(cast.authority("new-root")))
    peer = serve(*crossed)
    with pytest.raises(keypin.PinMismatchError):
        dial(context, peer)
    context.load_verify_locations(cadata=cast.authority("cross-root").pem.decode())
    assert dial(context, peer).verdict


def test_anchors_in_a_folder(cast, pinned, serve, dial, crossed, tmp_path, anchors) -> None:
    """OpenSSL does not tell what a folder holds; the search reads it."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "cross.pem").write_bytes(cast.authority("cross-root").pem)
    context = pinned("cross-root", cafile=anchors(cast.authority("new-root")))
    context.load_verify_locations(capath=folder)
    assert dial(context, serve(*crossed)).verdict


@pytest.mark.parametrize("denied", ["intermediate", "root", "active"])
def test_a_denied_key_wins(denied, cast, pinned, serve, dial, good) -> None:
    """A key that was compromised is refused wherever it stands, though another pin matches."""
    accepted = "active" if denied != "active" else "root"
    pins = policy(cast, accepted, denied=(Pin.parse(cast.pin(denied)),))
    with pytest.raises(keypin.PinMismatchError, match="denied"):
        dial(pinned(pins=pins), serve(*good))


def test_a_denied_key_on_the_other_path(cast, pinned, serve, dial, crossed, anchors) -> None:
    """A path with a denied key satisfies nothing."""
    file = anchors(cast.authority("new-root"), cast.authority("cross-root"))
    peer = serve(*crossed)
    for pin, deny in (("new-root", "cross-root"), ("cross-root", "new-root")):
        pins = policy(cast, pin, denied=(Pin.parse(cast.pin(deny)),))
        context = pinned(pins=pins, cafile=file)
        if pin == "new-root":
            assert dial(context, peer).verdict
        else:
            with pytest.raises(keypin.PinMismatchError):
                dial(context, peer)


class Reports:
    """A reporter that keeps what it is given."""

    def __init__(self) -> None:
        self.given = []

    def submit(self, mismatch, *, port, presented) -> None:
        """Keep a failure."""
        self.given.append((mismatch, port, presented))


def test_report_mode(cast, pinned, serve, dial, attacker, caplog) -> None:
    """The connection goes on; each is reported and logged, remembered or not."""
    reports, events = Reports(), []
    pins = policy(cast, "active", mode=Mode.REPORT, report_to=("https://report.test/",))
    context = pinned(pins=pins, reporter=reports, on_event=events.append)
    peer = serve(*attacker)
    for _ in range(2):
        tls = dial(context, peer)
        tls.sendall(b"x")
        assert tls.recv(1) == b"x"
        assert isinstance(tls.verdict, keypin.MismatchError)
    assert [event.outcome for event in events] == ["mismatch", "mismatch"]
    assert events[0].refusal is None
    assert len(reports.given) == 2
    mismatch, port, presented = reports.given[0]
    assert (mismatch.host, port, len(presented)) == ("localhost", peer.port, 2)
    assert "not enforced" in caplog.text


def test_enforced_mismatches_are_reported_too(cast, pinned, serve, dial, attacker) -> None:
    """Refused, and told."""
    reports = Reports()
    pins = policy(cast, "active", report_to=("https://report.test/",))
    with pytest.raises(keypin.PinMismatchError):
        dial(pinned(pins=pins, reporter=reports), serve(*attacker))
    assert len(reports.given) == 1


def test_an_expired_policy_that_allows_is_silent(cast, pinned, serve, dial, attacker) -> None:
    """`on_expiry = "allow"` reports nothing."""
    reports = Reports()
    pins = policy(
        cast,
        "active",
        expires=datetime(2020, 1, 1, tzinfo=UTC),
        on_expiry=keypin.pins.OnExpiry.ALLOW,
        report_to=("https://report.test/",),
    )
    dial(pinned(pins=pins, reporter=reports), serve(*attacker))
    assert reports.given == []


def test_events(pinned, serve, dial, good, attacker) -> None:
    """Whoever listens hears each verdict, a match included."""
    events = []
    context = pinned(on_event=events.append)
    dial(context, serve(*good))
    dial(context, serve(*good))
    with pytest.raises(keypin.PinMismatchError):
        dial(context, serve(*attacker))
    with pytest.raises(keypin.UnpinnedHostError):
        dial(pinned(host="other.test", on_event=events.append), serve(*good))
    assert [event.outcome for event in events] == ["matched", "matched", "mismatch", "not-pinned"]
    assert [event.host for event in events] == ["localhost"] * 4
    assert [event.refusal is None for event in events] == [True, True, False, False]


def test_a_listener_that_fails(pinned, serve, dial, good, attacker, caplog) -> None:
    """It is logged, and changes no verdict."""

    def fail(_) -> None:
        raise RuntimeError("no disk")

    with caplog.at_level(logging.ERROR):
        assert dial(pinned(on_event=fail), serve(*good)).verdict
        with pytest.raises(keypin.PinMismatchError):
            dial(pinned(on_event=fail), serve(*attacker))
    assert "no disk" in caplog.text


def test_a_crawlers_memory_is_bounded(cast, pinned, serve, dial, monkeypatch) -> None:
    """Hosts beyond a bound are forgotten, and judged anew."""
    monkeypatch.setattr("keypin.tls.memory.MAX_HOSTS", 3)
    monkeypatch.setattr("keypin.tls.context.MAX_HOSTS", 3)
    names = [f"h{index}.test" for index in range(8)]
    leaf = cast.leaf(hosts=tuple(names))
    peer = serve(leaf, cast.authority("intermediate"))
    context = pinned(pins={name: [cast.pin("active"), cast.pin("backup")] for name in names})
    for name in names:
        assert dial(context, peer, name).verdict
    assert len(context.keypin_judge._memory.seen) <= 3
    assert len(context._hosts) <= 3


def test_a_host_with_many_certificates(cast, pinned, serve, dial) -> None:
    """Addresses and kinds of key are remembered up to a bound."""
    context = pinned()
    intermediate = cast.authority("intermediate")
    for _ in range(10):
        assert dial(context, serve(cast.leaf(), intermediate)).verdict
    assert len(context.keypin_judge._memory.seen["localhost"]) == 8
