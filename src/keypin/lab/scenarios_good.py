"""The good servers: a client that refuses one of them breaks its users.

Each row's flaw names what bricks: a client that cannot take what a correct server may do.
"""

from keypin.lab.scenario import Behaviour, Expect, Play, Scenario, show

GOOD = (
    Scenario(
        name="good-ecdsa",
        proves="A chain with an ECDSA key and a pinned leaf key is accepted.",
        play=lambda c: show(c.leaf(), c.authority("intermediate")),
        flaw="refuses a correct server",
    ),
    Scenario(
        name="good-rsa",
        proves="A chain with an RSA key and a pinned leaf key is accepted.",
        play=lambda c: show(c.leaf("active-rsa"), c.authority("intermediate")),
        flaw="refuses a correct RSA server",
    ),
    Scenario(
        name="good-ed25519",
        proves="A chain with an Ed25519 key and a pinned leaf key is accepted.",
        play=lambda c: show(c.leaf("active-ed25519"), c.authority("intermediate")),
        flaw="cannot read Ed25519 keys",
        reference="RFC 8410",
    ),
    Scenario(
        name="good-both-keys",
        proves="A server with an ECDSA and an RSA certificate is accepted with either.",
        play=lambda c: Play(
            chains=(
                (c.leaf(), c.authority("intermediate")),
                (c.leaf("active-rsa"), c.authority("intermediate")),
            )
        ),
        flaw="refuses one of a server's two certificates",
    ),
    Scenario(
        name="tls12-only",
        proves="A server that speaks no TLS 1.3 is accepted.",
        play=lambda c: Play(chains=((c.leaf(), c.authority("intermediate")),), tls12_only=True),
        flaw="checks pins in TLS 1.3 only",
    ),
    Scenario(
        name="renewed-same-key",
        proves="A renewed certificate with the same key is accepted: pins are of keys.",
        play=lambda c: show(c.leaf(start=0, days=47), c.authority("intermediate")),
        flaw="pins the certificate instead of the key",
        reference="RFC 7469 section 2.4",
    ),
    Scenario(
        name="backup-deployed",
        proves="The backup key, once deployed, is accepted.",
        play=lambda c: show(c.leaf("backup"), c.authority("intermediate")),
        flaw="ignores backup pins",
        reference="RFC 7469 section 4.3",
    ),
    Scenario(
        name="rotated-intermediate",
        proves="A new intermediate above a pinned leaf key changes nothing.",
        play=lambda c: show(c.leaf(issuer="intermediate-2"), c.authority("intermediate-2")),
        flaw="pins more of the chain than it was told to",
    ),
    Scenario(
        name="intermediate-pinned",
        proves="A new leaf key below a pinned intermediate is accepted.",
        play=lambda c: show(c.leaf("renewed"), c.authority("intermediate")),
        pins=("intermediate", "backup"),
        flaw="matches pins on the leaf alone",
    ),
    Scenario(
        name="root-pinned",
        proves="A new leaf key below a pinned root, which the server does not send, is accepted.",
        play=lambda c: show(c.leaf("renewed"), c.authority("intermediate")),
        pins=("root", "backup"),
        flaw="matches pins on the presented chain, which lacks the root",
        reference="RFC 7469 section 2.6",
    ),
    Scenario(
        name="cross-signed-root",
        proves="A chain that reaches a trusted root over a cross-sign is accepted.",
        play=lambda c: show(
            c.leaf(issuer="new-intermediate"),
            c.authority("new-intermediate"),
            c.cross_signed(),
        ),
        flaw="cannot follow a cross-sign",
    ),
    Scenario(
        name="cross-signed-root-pinned",
        proves="A pinned root's key is found in its cross-signed certificate.",
        play=lambda c: show(
            c.leaf("renewed", "new-intermediate"),
            c.authority("new-intermediate"),
            c.cross_signed(),
        ),
        pins=("new-root", "backup"),
        flaw="pins a root's certificate instead of its key",
    ),
    Scenario(
        name="extra-certificates",
        proves="Certificates that belong to no path are ignored.",
        play=lambda c: show(
            c.leaf(), c.authority("intermediate"), c.authority("root"), c.authority("rogue-root")
        ),
        flaw="is confused by superfluous certificates",
        reference="RFC 8446 section 4.4.2",
    ),
    Scenario(
        name="reordered-chain",
        proves="Certificates in the wrong order are sorted out.",
        play=lambda c: show(
            c.leaf(issuer="new-intermediate"),
            c.cross_signed(),
            c.authority("new-intermediate"),
        ),
        expect=Expect.EITHER,
        flaw="demands an order that TLS 1.3 no longer does",
        reference="RFC 8446 section 4.4.2",
    ),
    Scenario(
        name="different-addresses",
        proves="Two addresses of a host may show different chains, both pinned.",
        play=lambda c: Play(
            chains=((c.leaf(), c.authority("intermediate")),),
            second_chains=((c.leaf("backup", "intermediate-2"), c.authority("intermediate-2")),),
        ),
        flaw="remembers one address's chain for all",
    ),
    Scenario(
        name="client-certificate",
        proves="A server that asks for a client certificate refuses a client without one.",
        play=lambda c: Play(chains=((c.leaf(), c.authority("intermediate")),), wants_client=True),
        expect=Expect.EITHER,
        flaw="hangs when it is asked for a certificate",
    ),
    Scenario(
        name="slow-handshake",
        proves="A handshake that trickles in byte by byte comes to an end, one way or the other.",
        play=lambda c: Play(
            chains=((c.leaf(), c.authority("intermediate")),), behaviour=Behaviour.SLOW
        ),
        expect=Expect.EITHER,
        flaw="has no time limit on the handshake",
        reference="CWE-400",
    ),
)
