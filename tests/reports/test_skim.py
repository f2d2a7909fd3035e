"""A collector's quick look: shape, sender, and a fingerprint by which repetitions are known."""

import json
from timeit import repeat

import pytest

from keypin.errors import ReportFormatError
from keypin.reports import Form, GroupKey, read_report, skim
from keypin.reports.read import MEDIA_TYPES


@pytest.mark.parametrize("form", tuple(Form))
def test_it_agrees_with_the_reader(form, world) -> None:
    """The same form, host and sender, without a certificate parsed."""
    body = world.body(form)
    seen, report = skim(body, MEDIA_TYPES[0]), read_report(body)
    assert (seen.form, seen.host, seen.application, seen.version) == (
        report.form,
        report.host,
        report.application,
        report.version,
    )


@pytest.mark.parametrize("form", tuple(Form))
def test_what_is_kept(form, world) -> None:
    """What is stored is read as the report was, and does not hold what nobody reads."""
    kept = skim(world.body(form, secret="x" * 9)).kept
    assert b"vendor" not in kept
    assert b"secret" not in kept
    assert read_report(kept).validated == world.shown
    assert skim(kept) == skim(world.body(form))


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"date_time": "2020-01-01T00:00:00Z"}, True),
        ({"app_version": "9"}, True),
        ({"app_vendor_id": "another"}, True),
        ({"hostname": "API.example.com."}, True),
        ({"hostname": "www.example.com"}, False),
        ({"app_bundle_id": "com.example.other"}, False),
        ({"known_pins": []}, False),
        ({"served_certificate_chain": []}, True),
        ({"served_certificate_chain": ["x"]}, False),
    ],
    ids=lambda value: "".join(value) if isinstance(value, dict) else "",
)
def test_the_fingerprint(changes, same, world) -> None:
    """It is of the event: application, host, chain and pins; not of who saw it when."""
    one, other = (skim(world.body("trustkit-android", **more)) for more in ({}, changes))
    assert (one.fingerprint == other.fingerprint) is same
    assert len(one.fingerprint) == 32


def test_the_fingerprint_is_the_same_for_all_platforms(world) -> None:
    """Lines of PEM break differently, slashes are escaped or not, pins come in any order."""
    report = json.loads(world.body("trustkit-android"))
    report["served-certificate-chain"] = [
        pem.replace("\n", "\r\n") + "\n" for pem in report["served-certificate-chain"]
    ]
    report["known-pins"].reverse()
    body = json.dumps(report).replace("/", "\\/").encode()
    assert skim(body).fingerprint == skim(world.body("trustkit-android")).fingerprint


def test_reports_of_one_fingerprint_are_of_one_group(world) -> None:
    """So a collector parses a certificate once for each fingerprint."""
    chains = (world.shown, world.other.chain())
    bodies = [world.body(form, chain) for form in Form for chain in chains]
    groups: dict[str, set[str]] = {}
    for body in bodies * 2:
        groups.setdefault(skim(body).fingerprint, set()).add(GroupKey.of(read_report(body)).id)
    assert all(len(ids) == 1 for ids in groups.values())


def test_devices_are_told_apart_on_request(world) -> None:
    """By a keyed digest, as the reader does."""
    body = world.body("trustkit-ios", app_vendor_id="599F")
    assert skim(body).device is None
    assert skim(body, device=lambda name: name.encode()[::-1]).device == b"F995"


def test_what_is_not_looked_at(world) -> None:
    """A certificate that is none passes here, and is refused by the reader."""
    body = world.body("rfc7469", served_certificate_chain=["nothing"])
    assert skim(body).host == "api.example.com"
    with pytest.raises(ReportFormatError):
        read_report(body)


def test_it_is_quick(world) -> None:
    """A collector on one core takes ten thousand a second, whatever else it does."""
    body = world.body("trustkit-android")
    best = min(repeat(lambda: skim(body), number=100, repeat=5)) / 100
    assert best < 200e-6  # a tenth of it on an idle machine
