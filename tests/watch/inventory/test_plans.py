"""Plans: chains that are to be deployed, in whatever file they come."""

from datetime import UTC, datetime

import pytest

from keypin.certs import Certificate
from keypin.errors import CertificateError, HostError, InventoryError
from keypin.lab.authority import Request
from keypin.lab.cast import Cast
from keypin.lab.ct_authority import precertify
from keypin.watch.inventory import TakenError, UnknownError, plans
from keypin.watch.inventory.chains import Chains
from keypin.watch.inventory.plans import Ended

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def cast() -> Cast:
    """Return the laboratory's CA."""
    return Cast(NOON)


def test_a_chain_is_put_in_order(cast) -> None:
    """A file may hold its certificates in any order, with the root or without."""
    leaf, above = cast.leaf(), cast.authority("intermediate")
    root = cast.authority("root")
    chain = plans.read_chain(root.pem + above.pem + leaf.pem)
    assert chain[0] == Certificate.from_der(leaf.der)
    assert set(chain) == {Certificate.from_der(one.der) for one in (leaf, above, root)}
    assert plans.read_chain(leaf.der) == (Certificate.from_der(leaf.der),)


def test_two_servers_are_two_plans(cast) -> None:
    """Nobody could say which certificate is meant."""
    with pytest.raises(CertificateError, match="certificates of 2 servers"):
        plans.read_chain(cast.leaf().pem + cast.leaf("renewed").pem, "all.pem")
    with pytest.raises(CertificateError, match="101 certificates; expected 100 at most"):
        plans.read_chain(cast.leaf().pem * 101)


def test_a_precertificate_is_no_plan(cast) -> None:
    """It is what the page of a log's finding offers; no server sends it."""
    request = Request(
        name="api.shop.example",
        key=cast.key("active"),
        hosts=("api.shop.example",),
        issuer=cast.authority("intermediate"),
    )
    pem = precertify(request, NOON).issued.pem + cast.authority("intermediate").pem
    with pytest.raises(CertificateError, match=r"chain: .* is a precertificate, which goes to the"):
        plans.read_chain(pem, "chain")


def test_a_plan_is_made_moved_and_ended(any_database, cast) -> None:
    """It keeps its chain, once, however many plans there are for it."""
    chain = plans.read_chain(cast.leaf().pem + cast.authority("intermediate").pem)
    later = NOON.replace(month=12)
    with any_database.begin(1) as scope:
        for name in ("renewal", "again"):
            plans.add(
                scope, name, chain, deploy_at=NOON, by="ann", at=NOON, hosts=["API.example.com."]
            )
        plans.move(scope, "renewal", later)
        edit = plans.end(scope, "again", Ended.WITHDRAWN, at=NOON)
        (open_one,) = plans.listed(scope)
        assert edit.after == {"ended": "withdrawn", "ended_at": NOON}
        assert (open_one.name, open_one.deploy_at, open_one.hosts) == (
            "renewal",
            later,
            ("api.example.com",),
        )
        assert Chains().read(scope.connection, [open_one.chain]) == {open_one.chain: chain}
        assert len(plans.listed(scope, ended=True)) == 2
        with pytest.raises(InventoryError, match="the plan 'again' was withdrawn"):
            plans.end(scope, "again", Ended.DEPLOYED, at=NOON)
        with pytest.raises(TakenError):
            plans.add(scope, "again", chain, deploy_at=NOON, by="ann", at=NOON)
        plans.remove(scope, "again")
        with pytest.raises(UnknownError, match="no plan 'again'"):
            plans.find(scope, "again")


def test_what_is_no_plan_is_refused(database, cast) -> None:
    """A host that is none, and more hosts than a certificate bears."""
    chain = plans.read_chain(cast.leaf().pem)
    values = {"deploy_at": NOON, "by": "ann", "at": NOON}
    with database.begin(1) as scope:
        with pytest.raises(HostError):
            plans.add(scope, "x", chain, hosts=["https://a"], **values)
        with pytest.raises(InventoryError, match="1001 hosts; expected 1000 at most"):
            plans.add(scope, "x", chain, hosts=["a"] * 1001, **values)
        with pytest.raises(InventoryError, match="name of a plan"):
            plans.add(scope, "", chain, **values)
