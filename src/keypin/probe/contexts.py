"""What the prober offers a server: one OpenSSL context for each kind of certificate asked for.

The context is as open as OpenSSL can be: it verifies nothing and accepts weak keys, for a prober
must see what is there; `keypin.certs.verify` judges it afterwards. TLS 1.2 and later only.
"""

from dataclasses import dataclass
from enum import StrEnum

from OpenSSL import SSL

from keypin.probe.client import ClientCertificate
from keypin.probe.openssl import offer_groups, offer_signatures


class KeyType(StrEnum):
    """Which kind of certificate is asked for."""

    DEFAULT = "default"
    """Whichever the server prefers."""
    ECDSA = "ecdsa"
    RSA = "rsa"


class TlsVersion(StrEnum):
    """A version of TLS that can be asked for."""

    TLS12 = "TLSv1.2"
    TLS13 = "TLSv1.3"


_NUMBERS = {TlsVersion.TLS12: SSL.TLS1_2_VERSION, TlsVersion.TLS13: SSL.TLS1_3_VERSION}

# X25519 goes first and alone has a key share: 0.1 ms of CPU where the hybrid that OpenSSL would
# offer takes three times that and a kilobyte more. Servers that insist on the hybrid ask for it
# (HelloRetryRequest, RFC 8446 section 4.1.4) and get it.
_GROUPS = "X25519:P-256:P-384:P-521:X448:ffdhe2048:ffdhe3072"
_HYBRID_GROUPS = "X25519MLKEM768:SecP256r1MLKEM768:SecP384r1MLKEM1024"

# In TLS 1.3 a handshake is never signed with PKCS #1 v1.5 or SHA-1 (RFC 8446 section 4.2.3): those
# rows only let an ECDSA certificate have an RSA issuer. In TLS 1.2 the suites restrict the key.
_CHAIN_SIGNATURES = "RSA+SHA256:RSA+SHA384:RSA+SHA512:RSA+SHA1"
_SIGNATURES = {
    KeyType.ECDSA: f"ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ECDSA+SHA1:{_CHAIN_SIGNATURES}",
    KeyType.RSA: "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pss_pss_sha256:"
    f"rsa_pss_pss_sha384:rsa_pss_pss_sha512:{_CHAIN_SIGNATURES}",
}
_SUITES = {
    KeyType.DEFAULT: "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:"
    "RSA+AES:!PSK:!SRP:!aNULL:!aDSS:@SECLEVEL=0",
    KeyType.ECDSA: "ECDHE-ECDSA:ECDHE+aECDSA:@SECLEVEL=0",
    KeyType.RSA: "aRSA:!aNULL:!eNULL:@SECLEVEL=0",
}


# The suite whose digest processors compute in hardware first; servers mostly follow this order.
_TLS13_SUITES = b"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"


@dataclass(frozen=True, slots=True)
class Offer:
    """What decides a context: equal offers share one.

    Attributes:
        key_type: the kind of certificate asked for.
        versions: the versions of TLS offered, without a gap; never empty.
        client: the client certificate, or None.
    """

    key_type: KeyType
    versions: frozenset[TlsVersion]
    client: ClientCertificate | None = None

    def context(self) -> SSL.Context:
        """Make the OpenSSL context of this offer."""
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_verify(SSL.VERIFY_NONE)
        # OpenSSL looks for a path even when it is told not to verify; at depth 0 it stops at once.
        context.set_verify_depth(0)
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        # 0x4: SSL_OP_LEGACY_SERVER_CONNECT, as old servers without RFC 5746 are read too.
        context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_COMPRESSION | 0x4)
        context.set_min_proto_version(min(_NUMBERS[version] for version in self.versions))
        context.set_max_proto_version(max(_NUMBERS[version] for version in self.versions))
        context.set_tls13_ciphersuites(_TLS13_SUITES)
        context.set_cipher_list(_SUITES[self.key_type].encode("ascii"))
        context.set_ocsp_client_callback(_keep_ocsp)
        _offer_groups(context)
        if self.key_type in _SIGNATURES:
            offer_signatures(context, _SIGNATURES[self.key_type])
        if self.client is not None:
            self.client.install(context)
        return context


def _offer_groups(context: SSL.Context) -> None:
    try:
        offer_groups(context, f"{_GROUPS}:{_HYBRID_GROUPS}")
    except ValueError:
        # OpenSSL before 3.5 has no hybrid groups.
        offer_groups(context, _GROUPS)


def _keep_ocsp(connection: SSL.Connection, response: bytes, _: object) -> bool:
    if response:
        stapled: list[bytes] = connection.get_app_data()
        stapled.append(response)
    return True
