"""What lists say of an endpoint, on each kind of database."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from keypin.lab.authority import Issued, new_key
from keypin.watch.inventory.pushing import retire


def test_the_releases_that_refuse_it_are_counted(any_watched, server, chain) -> None:
    """Each of those that ship a pin set; once it is retired, no more."""
    for version, keys in (("1.0", ("active",)), ("1.1", ("active",)), ("2.0", ("renewed",))):
        any_watched.push(version, any_watched.pin(*keys, "backup"))
    number = any_watched.endpoint(server(*chain("renewed")))
    any_watched.look()
    said = any_watched.standing(number)
    assert (said["refused"], said["issuer"]) == (2, "keypin lab intermediate")
    with any_watched.database.begin(1) as scope:
        retire(scope, "shop", "1.0", at=any_watched.now)
    any_watched.judge().turn(any_watched.now)
    assert any_watched.standing(number)["refused"] == 1


def test_what_shows_nothing_is_signed_by_nobody(any_watched, server, chain) -> None:
    """As soon as that is sure; until then, what was said stays."""
    running = server(*chain())
    number = any_watched.endpoint(running)
    any_watched.look()
    running.hangs_up = True
    seen = []
    for _ in range(3):
        any_watched.wait(hours=2)
        any_watched.look()
        seen.append(any_watched.standing(number)["issuer"])
    assert seen == ["keypin lab intermediate", "keypin lab intermediate", ""]


@pytest.mark.filterwarnings("ignore:Attribute's length:UserWarning")
@pytest.mark.parametrize("name", ["x" * 5000, "\N{CJK UNIFIED IDEOGRAPH-4E2D}\0" * 3000])
def test_whatever_an_issuer_calls_itself_is_kept(any_watched, server, name: str) -> None:
    """The beginning of it, which an index can hold."""
    key = new_key("ecdsa")
    names = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name, _validate=False)])
    certificate = (
        x509.CertificateBuilder(names, names, key.public_key(), x509.random_serial_number())
        .not_valid_before(any_watched.now)
        .not_valid_after(any_watched.now.replace(year=any_watched.now.year + 1))
        .sign(key, hashes.SHA256())
    )
    number = any_watched.endpoint(server(Issued(certificate, key)))
    any_watched.look()
    said = any_watched.standing(number)["issuer"]
    assert (len(said), said[0]) == (200, name[0])
