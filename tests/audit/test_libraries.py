"""Pinning libraries by what they leave in an app."""

from keypin.audit.libraries import frameworks_in


def test_frameworks() -> None:
    """A framework's folder tells; a name that only ends so does not."""
    names = ["Payload/Shop.app/Frameworks/TrustKit.framework/TrustKit", "x/NotTrustKit.framework/"]
    assert frameworks_in(names) == ("TrustKit",)
    assert frameworks_in(["Payload/Shop.app/MyTrustKit.framework/a"]) == ()
