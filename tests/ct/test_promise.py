"""SCTs of a certificate, however they come: whose they are, and whether their signatures hold."""

import json

import pytest

from keypin.certs import load_certificates
from keypin.ct.log_list import LogList
from keypin.ct.promise import MAX_OCSP, Delivery, Signature, promises_of, stapled_scts
from keypin.ct.sct import SctFormatError

GOOD, BAD = Signature.GOOD, Signature.BAD


def test_embedded(world) -> None:
    """An embedded SCT is over the precertificate, and takes the issuer."""
    certificate = world.certificate("google-a", "sectigo")
    found = promises_of(certificate, world.listed(), issuer=world.issuer)
    assert [one.signature for one in found] == [GOOD, GOOD]
    assert [one.operator for one in found] == ["google", "sectigo"]
    assert {one.delivery for one in found} == {Delivery.EMBEDDED}
    log = world.logs["sectigo"]
    assert log.position(found[1].leaf_hash) is not None


def test_without_the_issuer(world) -> None:
    """Without the issuer nothing can be said; with a wrong one the signature does not hold."""
    certificate = world.certificate("google-a")
    (found,) = promises_of(certificate, world.listed())
    assert (found.signature, found.leaf_hash) == (Signature.NO_ISSUER, None)
    (found,) = promises_of(certificate, world.listed(), issuer=certificate)
    assert found.signature is BAD


def test_an_unknown_log(world) -> None:
    """A log that is not listed is unknown, whatever it signed."""
    certificate = world.certificate("google-a")
    (found,) = promises_of(certificate, world.listed("sectigo"), issuer=world.issuer)
    assert (found.signature, found.log, found.operator) == (Signature.UNKNOWN_LOG, None, None)


def test_delivered_otherwise(world, stapled) -> None:
    """The TLS extension and a stapled response hold SCTs over the certificate as it is."""
    certificate = world.certificate()
    listed = world.delivered(certificate, "google-a", "encrypt")
    ocsp = stapled(certificate.serial_number, listed)
    found = promises_of(certificate, world.listed(), tls=listed, ocsp=ocsp)
    assert [one.signature for one in found] == [GOOD] * 4
    assert [one.delivery.value for one in found] == ["tls", "tls", "ocsp", "ocsp"]
    assert promises_of(certificate, world.listed()) == ()


def test_stapled_responses(world, stapled) -> None:
    """A response for another certificate, without SCTs, unreadable or endless has none."""
    certificate = world.certificate()
    listed = world.delivered(certificate, "google-a")
    assert len(stapled_scts(certificate, stapled(certificate.serial_number, listed))) == 1
    assert stapled_scts(certificate, stapled(7, listed)) == ()
    assert stapled_scts(certificate, stapled(certificate.serial_number, None)) == ()
    assert stapled_scts(certificate, stapled(certificate.serial_number, b"\x00\x09x")) == ()
    assert stapled_scts(certificate, b"\x30\x03\x0a\x01\x06") == ()
    assert stapled_scts(certificate, b"nothing") == ()
    assert stapled_scts(certificate, bytes(MAX_OCSP + 1)) == ()


def test_an_unreadable_extension(world) -> None:
    """A TLS extension that is no list is refused."""
    with pytest.raises(SctFormatError):
        promises_of(world.certificate(), world.listed(), tls=b"?")


def test_real_promises(vectors) -> None:
    """More than a hundred real SCTs hold, or are unknown, as an independent check has it."""
    expected = {"valid": GOOD, "no-issuer-in-file": Signature.NO_ISSUER}
    counted = 0
    for case in json.loads((vectors / "ct" / "real_sct_cases.json").read_text())["cases"]:
        path = vectors / case["file"]
        if path.suffix == ".json":
            continue
        leaf, *above = load_certificates(path.read_bytes())
        issuer = above[0] if case["issuer_in_file"] else None
        found = promises_of(leaf, real_list(case), issuer=issuer)
        for one, promise in zip(case["scts"], found, strict=True):
            wanted = expected.get(one["expect"], Signature.UNKNOWN_LOG)
            assert promise.signature is wanted, case["file"]
            counted += wanted is GOOD
    assert counted > 20


def real_list(case) -> LogList:
    """Return a list with the logs of a case."""
    keys = {one["log_id"]: one["log_key"] for one in case["scts"] if one.get("log_key")}
    logs = [
        {"log_id": log_id, "key": key, "url": "https://log.example/", "mmd": 60}
        for log_id, key in keys.items()
    ]
    return LogList.loads(json.dumps({"version": "1", "operators": [{"name": "x", "logs": logs}]}))
