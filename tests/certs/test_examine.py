"""Why a path was refused, where `test_verify` does not show it already."""

import pytest
from cryptography import x509

from keypin.certs import Reason
from keypin.certs.examine import examine_path


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        (["a.test"], "the certificate is for a.test"),
        (["a.test", "192.0.2.1"], "the certificate is for a.test, 192.0.2.1"),
        (
            [f"{letter}.test" for letter in "abcdefg"],
            "the certificate is for a.test, b.test, c.test, d.test, e.test and 2 more",
        ),
    ],
)
def test_the_names_there_are(pki, hosts, expected) -> None:
    """A certificate for another name is answered with the names that it is for."""
    root = pki.root()
    path = (pki.leaf(root, *hosts).certificate, root.certificate)
    words = "validation failed: leaf certificate has no matching subjectAltName"
    assert examine_path(path, words, pki.now) == (Reason.HOST_MISMATCH, expected)


def test_the_last_second_is_not_expired(pki) -> None:
    """At the very first and last second, dates are not what is wrong."""
    root = pki.root().certificate
    for at in (root.not_before, root.not_after):
        assert examine_path((root,), "something else", at)[0] is Reason.OTHER


def test_no_names(pki) -> None:
    """A CA's certificate is for no host."""
    root = pki.root().certificate
    words = "no matching subjectAltName"
    assert examine_path((root,), words, pki.now)[1] == "the certificate is for no host"


def test_the_verifiers_words_are_kept(pki) -> None:
    """What has no reason of its own is told as the verifier tells it."""
    root = pki.root().certificate
    assert examine_path((root,), "the moon is full", pki.now) == (
        Reason.OTHER,
        "the verifier says: the moon is full",
    )


def test_objects_of_the_verifiers_language_are_no_words(pki) -> None:
    """It names the certificate by one; and of a precertificate something better is known."""
    root = pki.root().certificate
    said = "unaccounted-for critical extensions"
    words = f"{said} (encountered processing <Certificate(subject=<Name(CN=(a))>, ...)>)"
    told = examine_path((root,), words, pki.now)
    assert told == (Reason.UNSUPPORTED, f"the verifier says: {said}")
    poisoned = pki.root(replace=[(x509.PrecertPoison(), True)]).certificate
    reason, detail = examine_path((poisoned,), words, pki.now)
    assert (reason, detail.partition(" is ")[2]) == (
        Reason.UNSUPPORTED,
        "a precertificate: it is for the logs, no client accepts it",
    )
