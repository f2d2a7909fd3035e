"""Entries like those of today's logs: precertificates of 90 days, nine in ten with ECDSA keys.

A real tile has some 1,580 bytes an entry, of which the leaf has 700 (Geomys' Navigli2025h2). Names
are drawn from the words that hosts are named with; the same seed gives the same names in every
process, so that what is watched and what is logged need not be passed around.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from random import Random

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ObjectIdentifier

from keypin.certs import Certificate
from keypin.ct.precertificate import issuer_key_hash, signed_part
from keypin.lab.authority import Issued, Request, issue, new_key
from keypin.lab.ct_authority import precertify
from keypin.lab.ct_log import CtLog

DISTINCT = 2000
# One entry in so many is for a watched domain, and so is the last one of a log. That is often:
# 10,000 ordinary domains, renewed six times a year, are in one entry in 60,000 of today's logs.
RARE = 10_000
_HITS = 20
_RSA_KEYS = 8
# Precertificate, hash of its issuer's key, TBSCertificate without the poison.
_Body = tuple[bytes, bytes, bytes]
_WORDS = [
    "acme",
    "alpha",
    "apex",
    "arbor",
    "atlas",
    "auto",
    "beacon",
    "berlin",
    "bike",
    "blue",
    "bolt",
    "book",
    "bridge",
    "bright",
    "care",
    "cedar",
    "city",
    "clear",
    "clinic",
    "cloud",
    "coast",
    "code",
    "coral",
    "craft",
    "dental",
    "design",
    "digital",
    "dream",
    "eagle",
    "east",
    "easy",
    "farm",
    "fast",
    "field",
    "film",
    "first",
    "fit",
    "fix",
    "forest",
    "fresh",
    "garden",
    "global",
    "gold",
    "grand",
    "green",
    "group",
    "happy",
    "harbor",
    "health",
    "hill",
    "home",
    "house",
    "hub",
    "ideal",
    "iron",
    "island",
    "jazz",
    "jet",
    "key",
    "kids",
    "lab",
    "lake",
    "land",
    "law",
    "leaf",
    "legal",
    "life",
    "light",
    "lime",
    "lion",
    "local",
    "loft",
    "logic",
    "lotus",
    "lucky",
    "luna",
    "maple",
    "market",
    "media",
    "metro",
    "mind",
    "mint",
    "mobile",
    "modern",
    "moon",
    "music",
    "nest",
    "nova",
    "oak",
    "ocean",
    "olive",
    "open",
    "orbit",
    "pacific",
    "palm",
    "park",
    "peak",
    "pet",
    "photo",
    "pine",
    "pixel",
    "plan",
    "planet",
    "plus",
    "point",
    "polar",
    "port",
    "power",
    "prime",
    "print",
    "pro",
    "pulse",
    "pure",
    "quick",
    "rapid",
    "red",
    "rent",
    "ridge",
    "river",
    "rock",
    "rose",
    "royal",
    "safe",
    "sail",
    "salon",
    "school",
    "sea",
    "shop",
    "silver",
    "sky",
    "smart",
    "snow",
    "solar",
    "solid",
    "spark",
    "sport",
    "spring",
    "star",
    "stone",
    "store",
    "street",
    "studio",
    "summit",
    "sun",
    "swift",
    "table",
    "tech",
    "terra",
    "tiger",
    "top",
    "tower",
    "trade",
    "travel",
    "tree",
    "true",
    "urban",
    "valley",
    "verde",
    "view",
    "village",
    "vista",
    "vital",
    "water",
    "wave",
    "web",
    "well",
    "west",
    "wild",
    "wind",
    "wine",
    "wise",
    "wood",
    "work",
    "world",
    "yoga",
    "zen",
    "zone",
]
_SUFFIXES = ("com", "com", "com", "net", "org", "de", "co.uk", "io", "dev", "fr", "shop", "nl")
_PREFIXES = ("", "", "www.", "www.", "mail.", "api.", "*.", "staging.", "cpanel.", "git.")


def domains(seed: int) -> Iterator[str]:
    """Yield domains for ever, each once."""
    random, seen = Random(seed), set[str]()  # noqa: S311 - the same in every process
    while True:
        parts = [random.choice(_WORDS), random.choice(_WORDS)]
        number = str(random.randrange(1000)) if random.random() < len(seen) / 20_000 else ""
        domain = f"{random.choice(('', '-')).join(parts)}{number}.{random.choice(_SUFFIXES)}"
        if domain not in seen:
            seen.add(domain)
            yield domain


def watched(count: int) -> list[str]:
    """Return domains to watch; the first are in logs, of the others none is."""
    return list(islice(domains(1), DISTINCT, DISTINCT + count))


def hit(index: int, size: int) -> bool:
    """Tell whether an entry of a log is for a watched domain."""
    return index % RARE == RARE - 1 or index == size - 1


class Bench:
    """Some thousand precertificates, and logs that hold them again and again.

    Args:
        now: when they are issued.
    """

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._random = Random(3)  # noqa: S311 - as above
        self._authorities = [_authority(kind, now) for kind in ("ecdsa", "rsa")]
        self._rsa = [new_key("rsa") for _ in range(_RSA_KEYS)]
        self._rows = [self._row(domain) for domain in islice(domains(1), DISTINCT)]
        self._hits = [self._row(domain) for domain in watched(_HITS)]

    def fill(self, log: CtLog, count: int, at: datetime) -> None:
        """Log entries, each with a time and a place of its own, and publish a head."""
        first, stamp = len(log), round(at.timestamp() * 1000) - count
        rows = ((stamp + n, *self._chosen(n, first + count)) for n in range(first, first + count))
        log.extend(rows, [authority.der for authority in self._authorities])
        log.publish(at)

    def _chosen(self, index: int, end: int) -> _Body:
        if hit(index, end):
            return self._hits[index // RARE % _HITS]
        return self._rows[index % DISTINCT]

    def _row(self, domain: str) -> _Body:
        random = self._random
        rsa = random.random() < 1 / 10
        key = random.choice(self._rsa) if rsa else new_key("ecdsa")
        authority = self._authorities[random.random() < 1 / 4]
        request = Request(
            name=domain, key=key, hosts=self._hosts(domain), issuer=authority,
            further=_further(authority),
        )  # fmt: skip
        der = precertify(request, self._now).issued.der
        precertificate = Certificate.from_der(der)
        issuer = Certificate.from_der(authority.der)
        return der, issuer_key_hash(issuer), signed_part(precertificate, signer=None)

    def _hosts(self, domain: str) -> tuple[str, ...]:
        count = self._random.choice((1, 1, 1, 1, 2, 2, 3, 8))
        prefixes = self._random.sample(_PREFIXES, count)
        return tuple(dict.fromkeys(prefix + domain for prefix in prefixes))


def _authority(kind: str, now: datetime) -> Issued:
    request = Request(
        name=f"{kind[0].upper()}7", organization="Bench Trust Services", key=new_key(kind),
        ca=True, days=1000, start=-100,
    )  # fmt: skip
    return issue(request, now)


def _further(authority: Issued) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    """Return what a CA of today adds: where its certificate and its CRL are, and a policy."""
    name = authority.certificate.subject.rfc4514_string()[3:5].lower()
    issuer = x509.UniformResourceIdentifier(f"http://{name}.i.bench-trust.example/")
    crl = x509.UniformResourceIdentifier(f"http://{name}.c.bench-trust.example/77.crl")
    access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, issuer)
    policy = x509.PolicyInformation(ObjectIdentifier("2.23.140.1.2.1"), None)
    point = x509.DistributionPoint([crl], None, None, None)
    return (
        (x509.AuthorityInformationAccess([access]), False),
        (x509.CertificatePolicies([policy]), False),
        (x509.CRLDistributionPoints([point]), False),
    )
