"""The audit of a whole app."""

import io

import pytest

from keypin.audit import Platform, Source, audit
from keypin.errors import InputError


@pytest.fixture
def run(make_zip, now):
    """Return a function that audits an app of entries."""
    return lambda entries, name="app.apk": audit(io.BytesIO(make_zip(entries)), name=name, at=now)


def test_an_android_app(run, dex, pins) -> None:
    """Pins with a host come first; one that has a host is not told again without."""
    add = dex.method("Lokhttp3/CertificatePinner$Builder;", "add", "I")
    code = [*dex.const(1, "api.example.com"), *dex.const(2, pins[0]), *dex.invoke(add, 0, 1, 2)]
    dex.define("LN;", "f", [*code, 0x0E])
    found = run({"a.txt": "\n".join(pins).encode(), "classes.dex": dex.build()})
    assert found.app.platform is Platform.ANDROID
    assert [(str(one.pin), one.host, one.source) for one in found.pins] == [
        (pins[0], "api.example.com", Source.LIBRARY_CALL),
        (pins[1], None, Source.TEXT),
    ]
    assert found.pin_set is not None
    assert [str(policy.host) for policy in found.pin_set.policies] == ["api.example.com"]
    assert "app-one-pin" in {finding.id for finding in found.findings}


def test_an_ios_app(run) -> None:
    """An app without pins has no pin set."""
    found = run({"Payload/Shop.app/Shop": b""}, "app.ipa")
    assert (found.app.platform, found.pins, found.pin_set) == (Platform.IOS, (), None)
    assert [finding.id for finding in found.findings] == ["app-no-pins"]


def test_no_app(run) -> None:
    """An archive of something else is refused."""
    with pytest.raises(InputError) as error:
        run({"a": b""}, "a.zip")
    assert str(error.value) == (
        "a.zip: is an archive, but no app; expected an APK, AAB, XAPK, APKS or IPA"
    )
