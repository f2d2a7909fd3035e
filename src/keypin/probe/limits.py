"""How long and how much a server may keep the prober busy.

Every figure has a default with its provenance here, and none can be switched off: a hostile server
must neither hang nor exhaust the prober.
"""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Time-outs in seconds, and sizes.

    Attributes:
        connect: for the name's resolution, and again for the connection itself.
        handshake: from the connection to the last byte of the handshake, STARTTLS and proxy
            included.
        total: for one attempt altogether.
        received: bytes of one connection.
        prologue_lines: lines that a server may send before TLS, in STARTTLS and proxies.
        prologue_line: bytes of one such line.
        certificates: certificates of one presented chain.
        chain: bytes of one presented chain.
        addresses: addresses of one name.

    Raises:
        ValueError: a limit is not positive.
    """

    # A SYN is sent again after 1, 3 and 7 seconds (RFC 6298 section 2): two losses are forgiven.
    connect: float = 5.0
    # Ten times the slowest handshake that browsers' telemetry shows at its 99th percentile.
    handshake: float = 10.0
    total: float = 20.0
    # badssl's certificate of 10,000 names needs 210 kB; certificates in use need under 20.
    received: int = 1024 * 1024
    # RFC 5321 section 4.5.3.1 asks for 512 bytes a line; capabilities of IMAP servers run longer.
    prologue_lines: int = 100
    prologue_line: int = 8192
    # OpenSSL's own verifier stops at a depth of 100; the longest chain in use has six.
    certificates: int = 100
    chain: int = 512 * 1024
    # Round-robin names in use show up to 16.
    addresses: int = 16

    def __post_init__(self) -> None:
        for field in fields(self):
            if not getattr(self, field.name) > 0:
                raise ValueError(f"the limit {field.name} must be positive")
