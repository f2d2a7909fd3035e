"""Where anchors come from, and what is said of a place that has none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from keypin.certs import Profile
from keypin.errors import InputError
from keypin.lab import Lab
from keypin.trust import platform_trust, public_roots, trust_from_file


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Forget the platform's store before and after each test."""
    platform_trust.cache_clear()
    yield
    platform_trust.cache_clear()


def test_the_environment_decides(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """SSL_CERT_FILE replaces the platform's places, as for OpenSSL."""
    monkeypatch.setenv("SSL_CERT_FILE", str(lab.ca_file))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    assert platform_trust().certificates == trust_from_file(lab.ca_file).certificates
    assert platform_trust() is platform_trust()


def test_a_folder_in_the_environment(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_DIR gives every file in it."""
    (tmp_path / "a.pem").write_bytes(lab.ca_file.read_bytes())
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert platform_trust().certificates == trust_from_file(lab.ca_file).certificates


def test_a_wrong_environment_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not there is no empty store."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    with pytest.raises(InputError) as caught:
        platform_trust()
    assert str(caught.value) == (
        "/nowhere/ca.pem: the trust store cannot be read: No such file or directory; "
        "expected a readable file of certificates"
    )


def test_the_platform_or_the_public_roots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without either variable there is still something to trust."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    assert len(platform_trust()) > 50


def test_the_public_roots() -> None:
    """Mozilla's list, read once."""
    assert len(public_roots()) > 100
    assert public_roots() is public_roots()


def test_a_file_of_ones_own(lab: Lab) -> None:
    """An organisation's CA promised nothing to the CA/Browser Forum."""
    assert trust_from_file(lab.ca_file).profile is Profile.RFC5280


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    """A store of nothing would refuse everything without saying why."""
    with pytest.raises(InputError, match="no certificate in the folder"):
        trust_from_file(tmp_path)


def test_what_is_no_certificate_is_told(tmp_path: Path) -> None:
    """The file is named."""
    (tmp_path / "x").write_text("hello")
    with pytest.raises(InputError, match=str(tmp_path / "x")):
        trust_from_file(tmp_path / "x")
