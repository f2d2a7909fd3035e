"""The hostile servers: a client that trusts one of them has the flaw that the row names.

Most rows are a known vulnerability of somebody; the reference says whose.
"""

from collections.abc import Callable

from keypin.lab.cast import Cast
from keypin.lab.scenario import Behaviour, Expect, Play, Scenario, show

_NO_CHECK = "does not verify the chain"


def _broken(behaviour: Behaviour) -> Callable[[Cast], Play]:
    return lambda _: Play(behaviour=behaviour)


UNPINNED = (
    Scenario(
        name="man-in-the-middle",
        proves="A trusted CA's certificate for the right host with an unpinned key is refused.",
        play=lambda c: show(
            c.leaf("attacker", "other-intermediate"), c.authority("other-intermediate")
        ),
        expect=Expect.REFUSE,
        flaw="does not check pins",
        reference="CWE-295",
    ),
    Scenario(
        name="renewed-new-key",
        proves="A renewal with a key that was never pinned is refused.",
        play=lambda c: show(c.leaf("renewed"), c.authority("intermediate")),
        expect=Expect.REFUSE,
        flaw="pins the issuer or nothing instead of the key",
        reference="RFC 7469 section 2.6",
    ),
    Scenario(
        name="rotated-intermediate-pinned",
        proves="A chain over another intermediate than the pinned one is refused.",
        play=lambda c: show(c.leaf("renewed", "intermediate-2"), c.authority("intermediate-2")),
        expect=Expect.REFUSE,
        pins=("intermediate", "backup"),
        flaw="matches the issuer's name instead of its key",
        reference="RFC 7469 section 2.6",
    ),
)

STUFFED = (
    Scenario(
        name="stuffed-after",
        proves="The pinned certificate, appended to a chain that it is no part of, does not match.",
        play=lambda c: show(
            c.leaf("attacker", "other-intermediate"), c.authority("other-intermediate"), c.leaf()
        ),
        expect=Expect.REFUSE,
        flaw="matches pins on the presented chain (chain stuffing)",
        reference="CVE-2016-2402",
    ),
    Scenario(
        name="stuffed-before",
        proves="The pinned certificate, put before the intermediate, does not match.",
        play=lambda c: show(
            c.leaf("attacker", "other-intermediate"), c.leaf(), c.authority("other-intermediate")
        ),
        expect=Expect.REFUSE,
        flaw="matches pins on the presented chain (chain stuffing)",
        reference="CVE-2016-2402",
    ),
    Scenario(
        name="stuffed-twice",
        proves="The pinned certificate and its intermediate, sent twice, do not match.",
        play=lambda c: show(
            c.leaf("attacker", "other-intermediate"),
            c.leaf(),
            c.authority("intermediate"),
            c.authority("other-intermediate"),
            c.leaf(),
            c.authority("intermediate"),
        ),
        expect=Expect.REFUSE,
        flaw="matches pins on the presented chain (chain stuffing)",
        reference="CVE-2016-2402",
    ),
    Scenario(
        name="stuffed-intermediate",
        proves="The pinned intermediate, appended to a foreign chain, does not match.",
        play=lambda c: show(
            c.leaf("attacker", "other-intermediate"),
            c.authority("other-intermediate"),
            c.authority("intermediate"),
        ),
        expect=Expect.REFUSE,
        pins=("intermediate", "backup"),
        flaw="matches pins on the presented chain (chain stuffing)",
        reference="CVE-2016-2402",
    ),
)

FORGED = (
    Scenario(
        name="forged-leaf",
        proves="A leaf that names a pinned CA as its issuer without its signature is refused.",
        play=lambda c: show(c.forged_leaf(), c.authority("intermediate")),
        expect=Expect.REFUSE,
        pins=("intermediate", "backup"),
        flaw="does not verify signatures",
        reference="CWE-347",
    ),
    Scenario(
        name="leaf-as-ca",
        proves="A pinned server's key may not sign other certificates.",
        play=lambda c: show(*c.leaf_as_ca()),
        expect=Expect.REFUSE,
        flaw="does not check the CA bit of issuers",
        reference="CVE-2002-0862",
    ),
    Scenario(
        name="path-length",
        proves="A CA below an intermediate that may have none below it is refused.",
        play=lambda c: show(*c.too_long()),
        expect=Expect.REFUSE,
        pins=("intermediate", "backup"),
        flaw="does not check path lengths",
        reference="RFC 5280 section 4.2.1.9",
    ),
    Scenario(
        name="bad-signature",
        proves="A pinned key in a certificate whose signature is damaged is refused.",
        play=lambda c: show(c.damaged_leaf(), c.authority("intermediate")),
        expect=Expect.REFUSE,
        flaw="lets pins replace verification",
        reference="CWE-347",
    ),
)

UNVERIFIED = (
    Scenario(
        name="expired",
        proves="A pinned key does not excuse an expired certificate.",
        play=lambda c: show(c.leaf(start=-100), c.authority("intermediate")),
        expect=Expect.REFUSE,
        flaw="lets pins replace the check of dates",
        reference="CWE-298",
    ),
    Scenario(
        name="not-yet-valid",
        proves="A pinned key does not excuse a certificate that is not valid yet.",
        play=lambda c: show(c.leaf(start=30), c.authority("intermediate")),
        expect=Expect.REFUSE,
        flaw="lets pins replace the check of dates",
        reference="CWE-298",
    ),
    Scenario(
        name="wrong-host",
        proves="A pinned key does not excuse a certificate for another host.",
        play=lambda c: show(
            c.leaf(name="wrong.example", hosts=("wrong.example",)), c.authority("intermediate")
        ),
        expect=Expect.REFUSE,
        flaw="lets pins replace the check of the host",
        reference="CWE-297",
    ),
    Scenario(
        name="self-signed",
        proves="A pinned key does not excuse a certificate that nobody signed.",
        play=lambda c: show(c.leaf(issuer=None)),
        expect=Expect.REFUSE,
        flaw="lets pins replace verification",
        reference="CWE-295",
    ),
    Scenario(
        name="self-signed-attacker",
        proves="A self-signed certificate with an unpinned key is refused.",
        play=lambda c: show(c.leaf("attacker", issuer=None)),
        expect=Expect.REFUSE,
        flaw=_NO_CHECK,
        reference="CWE-295",
    ),
    Scenario(
        name="unknown-root",
        proves="A chain to a root that nobody trusts is refused.",
        play=lambda c: show(c.leaf("attacker", "rogue-root"), c.authority("rogue-root")),
        expect=Expect.REFUSE,
        flaw=_NO_CHECK,
        reference="CWE-295",
    ),
    Scenario(
        name="unknown-root-pinned-key",
        proves="A pinned key does not excuse a chain to a root that nobody trusts.",
        play=lambda c: show(c.leaf(issuer="rogue-root"), c.authority("rogue-root")),
        expect=Expect.REFUSE,
        flaw="lets pins replace verification",
        reference="CWE-295",
    ),
    Scenario(
        name="interception-proxy",
        proves="An interception product's certificate is refused.",
        play=lambda c: show(c.leaf("attacker", "proxy-root"), c.authority("proxy-root")),
        expect=Expect.REFUSE,
        flaw=_NO_CHECK,
        reference="CWE-295",
    ),
    Scenario(
        name="missing-intermediate",
        proves="A chain whose intermediate was not sent cannot be verified, pinned key or not.",
        play=lambda c: show(c.leaf()),
        expect=Expect.EITHER,
        flaw="lets pins replace verification, unless it fetched the intermediate",
        reference="RFC 5280 section 4.2.2.1",
    ),
    Scenario(
        name="captive-portal",
        proves="A captive portal's certificate is refused.",
        play=lambda c: show(
            c.leaf("attacker", None, name="login.portal.example", hosts=("login.portal.example",))
        ),
        expect=Expect.REFUSE,
        flaw=_NO_CHECK,
        reference="CWE-297",
    ),
)

BROKEN = (
    Scenario(
        name="oversized-chain",
        proves="A chain of hundreds of certificates costs bounded memory.",
        play=lambda c: Play(
            chains=((c.leaf("attacker", "other-intermediate"), c.authority("other-intermediate")),),
            filler=600,
        ),
        expect=Expect.REFUSE,
        flaw="does not check pins",
        reference="CWE-770",
    ),
    *(
        Scenario(
            name=str(behaviour),
            proves=proves,
            play=_broken(behaviour),
            expect=Expect.REFUSE,
            flaw=flaw,
            reference=reference,
        )
        for behaviour, proves, flaw, reference in (
            (
                Behaviour.SILENT,
                "A server that never answers is given up.",
                "has no time limit on the handshake",
                "CWE-400",
            ),
            (
                Behaviour.CUT_OFF,
                "A connection cut off in the handshake is an error.",
                "takes a broken connection for a good one",
                "CWE-755",
            ),
            (
                Behaviour.ALERT,
                "A fatal alert is an error.",
                "ignores alerts",
                "RFC 8446 section 6.2",
            ),
            (
                Behaviour.GARBAGE,
                "Bytes that are not TLS are an error.",
                "falls back to no encryption",
                "CWE-319",
            ),
            (
                Behaviour.ENDLESS,
                "A handshake that never stops sending is given up.",
                "has no limit on the handshake's size",
                "CWE-770",
            ),
            (
                Behaviour.PLAIN_HTTP,
                "An answer without TLS is an error.",
                "falls back to no encryption",
                "CWE-319",
            ),
        )
    ),
)

HOSTILE = UNPINNED + STUFFED + FORGED + UNVERIFIED + BROKEN
