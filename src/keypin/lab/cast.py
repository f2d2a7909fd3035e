"""The laboratory's cast: the keys and certificate authorities that the scenarios are played with.

- `root` and `intermediate`: the CA that serves the honest; clients trust `root`.
- `other-root`: another CA that clients trust, as they trust some 150; its `other-intermediate`
  signs for the man in the middle.
- `cross-root`: an older trusted root, which cross-signed `new-root`, which few clients know yet.
- `rogue-root`: trusted by nobody. `proxy-root`: an interception product's.
- Keys: `active` (ECDSA), `active-rsa`, `active-ed25519` are deployed and pinned; `backup` is pinned
  and kept offline; `renewed` was never pinned; `attacker` is the attacker's.

Keys and roots may be kept in a directory, so that a client's trust and pins survive a restart.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypedDict, Unpack, cast

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from keypin.certs import Certificate
from keypin.lab.authority import Issued, Key, Request, issue, new_key
from keypin.pins import Pin


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA of the cast: its common name, who signed it, and how many CAs may stand below it."""

    name: str
    issuer: str | None = None
    path_length: int | None = None
    organization: str = "keypin lab"
    days: int = 3650


AUTHORITIES = {
    "root": Authority("keypin lab root"),
    "intermediate": Authority("keypin lab intermediate", "root", 0),
    "intermediate-2": Authority("keypin lab intermediate 2", "root", 0),
    "other-root": Authority("keypin lab other root", organization="Another trusted CA"),
    "other-intermediate": Authority(
        "keypin lab other intermediate", "other-root", 0, "Another trusted CA"
    ),
    "cross-root": Authority("keypin lab cross-signing root"),
    "new-root": Authority("keypin lab new root"),
    "new-intermediate": Authority("keypin lab new intermediate", "new-root", 0),
    "rogue-root": Authority("keypin lab rogue root", organization="Nobody trusts this"),
    "proxy-root": Authority("mitmproxy", organization="mitmproxy"),
}

# What a client of the lab trusts: not the rogue, not the proxy, `new-root` by its cross-sign alone.
TRUSTED = ("root", "other-root", "cross-root")

_KINDS = {"active-rsa": "rsa", "active-ed25519": "ed25519"}


class Changes(TypedDict, total=False):
    """What a scenario may change of a good server certificate; see `Request`."""

    name: str
    hosts: tuple[str, ...]
    start: int
    days: int


@dataclass
class Cast:
    """Makes each key and CA when it is first asked for, and the same one ever after.

    Attributes:
        now: the time that validity counts from, timezone-aware.
        directory: where keys and roots are kept, or None to keep nothing.
    """

    now: datetime
    directory: Path | None = None
    _keys: dict[str, Key] = field(default_factory=dict[str, Key], repr=False)
    _authorities: dict[str, Issued] = field(default_factory=dict[str, Issued], repr=False)

    def key(self, name: str) -> Key:
        """Return the private key of a member of the cast."""
        if name not in self._keys:
            self._keys[name] = self._kept_key(name) or self._keep(
                name, new_key(_KINDS.get(name, "ecdsa"))
            )
        return self._keys[name]

    def _kept_key(self, name: str) -> Key | None:
        path = self._path(name, "key")
        if path is None or not path.exists():
            return None
        return cast("Key", serialization.load_pem_private_key(path.read_bytes(), None))

    def _keep(self, name: str, key: Key) -> Key:
        path = self._path(name, "key")
        if path is not None:
            pem = key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            path.touch(mode=0o600)
            path.write_bytes(pem)
        return key

    def _path(self, name: str, suffix: str) -> Path | None:
        if self.directory is None:
            return None
        folder = self.directory / "keys"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / f"{name}.{suffix}"

    def authority(self, name: str) -> Issued:
        """Return a CA of the cast."""
        if name not in self._authorities:
            self._authorities[name] = self._kept_authority(name) or self._new_authority(name)
        return self._authorities[name]

    def _kept_authority(self, name: str) -> Issued | None:
        path = self._path(name, "pem")
        if path is None or not path.exists():
            return None
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        if certificate.not_valid_after_utc <= self.now:
            return None
        return Issued(certificate, self.key(name))

    def _new_authority(self, name: str) -> Issued:
        role = AUTHORITIES[name]
        issued = issue(
            Request(
                name=role.name,
                key=self.key(name),
                organization=role.organization,
                issuer=self.authority(role.issuer) if role.issuer else None,
                ca=True,
                path_length=role.path_length,
                days=role.days,
            ),
            self.now,
        )
        path = self._path(name, "pem")
        if path is not None:
            path.write_bytes(issued.pem)
        return issued

    def cross_signed(self) -> Issued:
        """Return `new-root`'s key and name, signed by `cross-root`."""
        role = AUTHORITIES["new-root"]
        request = Request(
            name=role.name,
            key=self.key("new-root"),
            organization=role.organization,
            issuer=self.authority("cross-root"),
            ca=True,
        )
        return issue(request, self.now)

    def leaf(
        self, key: str = "active", issuer: str | None = "intermediate", **changes: Unpack[Changes]
    ) -> Issued:
        """Return a server certificate for loopback, good unless `changes` make it otherwise."""
        signer = self.authority(issuer) if issuer else None
        request = Request(name="localhost", key=self.key(key), issuer=signer)
        return issue(replace(request, **changes), self.now)

    def leaf_as_ca(self) -> tuple[Issued, ...]:
        """Return a chain in which a server's certificate signs another."""
        good = self.leaf()
        forged = issue(Request(name="localhost", key=self.key("attacker"), issuer=good), self.now)
        return forged, good, self.authority("intermediate")

    def too_long(self) -> tuple[Issued, ...]:
        """Return a chain with a CA below an intermediate that may have none below it."""
        above = self.authority("intermediate")
        below = issue(
            Request(name="keypin lab sub-CA", key=self.key("attacker"), issuer=above, ca=True),
            self.now,
        )
        leaf = issue(Request(name="localhost", key=self.key("renewed"), issuer=below), self.now)
        return leaf, below, above

    def forged_leaf(self) -> Issued:
        """Return a leaf that names the intermediate as issuer and was signed by the attacker."""
        real = self.authority("intermediate")
        forger = Issued(real.certificate, self.key("attacker"))
        return issue(Request(name="localhost", key=self.key("renewed"), issuer=forger), self.now)

    def damaged_leaf(self) -> Issued:
        """Return a good leaf whose signature was damaged on the way."""
        good = self.leaf()
        der = bytearray(good.certificate.public_bytes(serialization.Encoding.DER))
        der[-1] ^= 1
        return Issued(x509.load_der_x509_certificate(bytes(der)), good.key)

    def pin(self, name: str) -> str:
        """Return the pin of a key of the cast, as `sha256/...`."""
        certificate = (self.authority(name) if name in AUTHORITIES else self.leaf(name)).certificate
        der = certificate.public_bytes(serialization.Encoding.DER)
        return str(Pin.of_key(Certificate.from_der(der)))

    def client_pem(self) -> bytes:
        """Return a client's certificate, the intermediate and the key, as PEM."""
        client = self.leaf("client", name="keypin lab client", hosts=("client.keypin.test",))
        return client.pem + self.authority("intermediate").pem + client.key_pem

    def trusted_pem(self) -> bytes:
        """Return what a client of the lab trusts, as PEM."""
        return b"".join(self.authority(name).pem for name in TRUSTED)
