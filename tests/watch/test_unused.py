"""Chains and certificates that nothing refers to any more go, and nothing else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from keypin.certs import Certificate, Endpoint
from keypin.inventory import Application, WatchedEndpoint
from keypin.lab.authority import Request, issue, new_key
from keypin.watch import unused
from keypin.watch.inventory import applications, chains, endpoints, plans
from keypin.watch.store import Database
from keypin.watch.store.tables import certificates, ct_findings, observations, report_groups
from keypin.watch.store.tables import chains as chain_table

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
ROOT = issue(Request(name="A CA", key=new_key("ecdsa"), ca=True), NOON)
ROOT_DIGEST = Certificate.from_der(ROOT.der).sha256


def _chain(name: str) -> chains.Chain:
    request = Request(name=name, hosts=(name,), key=new_key("ecdsa"), issuer=ROOT)
    return tuple(Certificate.from_der(one.der) for one in (issue(request, NOON), ROOT))


def _keep(database: Database, chain: chains.Chain) -> bytes:
    digest = chains.digest_of(chain)
    with database.begin(1) as scope:
        chains.keep(scope.connection, {digest: chain})
    return digest


def _digests(database: Database) -> tuple[set[bytes], set[bytes]]:
    with database.read_across() as connection:
        both = (select(table.c.digest) for table in (chain_table, certificates))
        kept, parts = (set(connection.execute(query).scalars()) for query in both)
    return kept, parts


def test_what_nothing_refers_to_goes(any_database: Database) -> None:
    """With its certificates, but those of other chains."""
    shown, planned, reported, alone = (_chain(f"{name}.example") for name in "abcd")
    logged, lone = _chain("e.example"), _chain("f.example")
    for one in (shown, reported, alone, logged, lone):
        _keep(any_database, one)
    with any_database.begin(1) as scope:
        entry = WatchedEndpoint(endpoint=Endpoint("a.example"))
        place = endpoints.add(scope, entry, at=NOON).id
        seen = {"vantage": "", "address": "", "key_type": "", "detail": {}}
        moments = {"first_seen_at": NOON, "last_seen_at": NOON}
        for chain in (chains.digest_of(shown), None):
            row = {**seen, **moments, "chain": chain, "ended_at": NOON}
            scope.add(observations, endpoint=place, **row)
        plans.add(scope, "move", planned, deploy_at=NOON + timedelta(days=1), by="ada", at=NOON)
        shop = applications.add(scope, Application(name="shop"), at=NOON).id
        words = dict.fromkeys(("fingerprint", "host", "classification", "severity", "message"), "")
        group = {**words, "document": {}, "folded": b"", "first_at": NOON, "last_at": NOON}
        digest = chains.digest_of(reported)
        scope.add(report_groups, application=shop, **group, count=1, chain=digest)
        words = dict.fromkeys(("identity", "severity", "message", "issuer", "log"), "")
        found = {**words, "names": [], "position": 0, "logged_at": NOON, "known_at": NOON}
        above = {"chain": [ROOT_DIGEST.hex()]}
        certificate = logged[0].sha256
        scope.add(ct_findings, **found, rule="a", certificate=certificate, document=above)
        scope.add(ct_findings, **found, rule="b", certificate=None, document={"chain": []})
    assert unused.remove(any_database) == {"chains": 3, "certificates": 2}
    used = (shown, planned, reported)
    assert _digests(any_database) == (
        {chains.digest_of(one) for one in used},
        {one[0].sha256 for one in (*used, logged)} | {ROOT_DIGEST},
    )
    assert unused.remove(any_database) == {}


def test_many_go_in_batches(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them."""
    monkeypatch.setattr(unused, "_BATCH", 2)
    for number in range(5):
        _keep(database, _chain(f"n{number}.example"))
    assert unused.remove(database) == {"chains": 5, "certificates": 6}


def test_what_is_kept_meanwhile_is_not_removed(any_database: Database) -> None:
    """Who keeps a chain that nothing refers to yet is waited for."""
    chain = _chain("a.example")
    digest = _keep(any_database, chain)
    with ThreadPoolExecutor(1) as threads:
        with any_database.begin(1) as scope:
            chains.keep(scope.connection, {digest: chain})
            removing = threads.submit(unused.remove, any_database)
            plans.add(scope, "move", chain, deploy_at=NOON, by="ada", at=NOON)
        assert removing.result(60) == {}
    assert _digests(any_database) == ({digest}, {one.sha256 for one in chain})
