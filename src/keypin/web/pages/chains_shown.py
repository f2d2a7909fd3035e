"""Chains as pages show them: each certificate with its names, dates and pins."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from keypin.certs import Certificate, Handshake, Observation, VerifiedChain
from keypin.pins import Pin
from keypin.watch.inventory.chains import digest_of, issuer_named
from keypin.web.views.parts import CertificateShown, ChainShown, Link
from keypin.web.words import plural

# Names of a certificate that a page shows; one of a CDN bears hundreds.
_NAMES = 100

PinnedBy = Callable[[Certificate], tuple[Link, ...]]


def by_nobody(certificate: Certificate) -> tuple[Link, ...]:
    """Say that no release is known to pin a certificate."""
    del certificate
    return ()


def certificate_shown(
    one: Certificate, position: str, pinned_by: PinnedBy = by_nobody
) -> CertificateShown:
    """Return a certificate.

    Args:
        one: the certificate.
        position: where it stands.
        pinned_by: tells which releases have a pin that matches it.
    """
    names = (*one.dns_names_unicode, *one.ip_addresses)
    return CertificateShown(
        position=position,
        subject=named(one),
        issuer=issuer_named(one),
        names=names[:_NAMES],
        key=str(one.key),
        spki=str(Pin.of_key(one)),
        sha256=one.sha256.hex(),
        begins=one.not_before,
        ends=one.not_after,
        serial=f"{one.serial_number:x}",
        pinned_by=pinned_by(one),
    )


def named(one: Certificate) -> str:
    """Return what a certificate is called."""
    return one.common_name or next(iter(one.dns_names), "") or one.subject_organization or one.label


def certificates_shown(
    chain: Sequence[Certificate] | VerifiedChain, pinned_by: PinnedBy = by_nobody
) -> tuple[CertificateShown, ...]:
    """Return the certificates of a chain, from the leaf up."""
    several = tuple(chain)
    return tuple(
        certificate_shown(one, _position(index, one, len(several)), pinned_by)
        for index, one in enumerate(several)
    )


def chains_shown(
    shown: Observation,
    *,
    since: Mapping[bytes, datetime],
    pinned_by: PinnedBy = by_nobody,
) -> tuple[ChainShown, ...]:
    """Return each distinct chain of an observation once, under the addresses that send it.

    Args:
        shown: what was shown.
        since: when each was first seen, by its digest.
        pinned_by: tells which releases have a pin that matches a certificate.
    """
    groups: dict[bytes, list[Handshake]] = {}
    for shake in shown.handshakes:
        groups.setdefault(digest_of(shake.presented), []).append(shake)
    return tuple(
        ChainShown(
            shown_by=_shown_by(several),
            certificates=certificates_shown(several[0].verified or several[0].presented, pinned_by),
            problem="" if several[0].problem is None else str(several[0].problem),
            since=since.get(digest),
            facts=_facts(several),
        )
        for digest, several in groups.items()
    )


def _position(index: int, one: Certificate, length: int) -> str:
    if index == 0:
        return "leaf"
    return "root" if index == length - 1 and one.is_self_issued else "intermediate"


def _shown_by(several: Sequence[Handshake]) -> str:
    addresses = _once(one.address for one in several)
    kinds = [one.key_type.upper() for one in several if one.key_type != "default"]
    asked = f", asked for {' and '.join(dict.fromkeys(kinds))}" if kinds else ""
    return f"{addresses}{asked}"


def _facts(several: Sequence[Handshake]) -> tuple[str, ...]:
    leaf = several[0].presented[0]
    return (
        _once(one.tls_version.replace("TLSv", "TLS ") for one in several),
        _once(one.cipher for one in several),
        f"{plural(leaf.sct_count, 'SCT')} embedded" if leaf.sct_count else "no SCT embedded",
        *(["OCSP stapled"] if any(one.stapled and one.stapled.ocsp for one in several) else []),
    )


def _once(texts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(text for text in texts if text))
