"""Names of methods and fields."""

from keypin.audit.names import Field, Method, readable


def test_names_that_people_read() -> None:
    """Descriptors are for machines."""
    owner = "Lokhttp3/CertificatePinner$Builder;"
    assert readable(owner) == "okhttp3.CertificatePinner$Builder"
    assert str(Method(owner, "add", (), "V")) == "okhttp3.CertificatePinner$Builder.add"
    assert str(Field("La;", "b")) == "a.b"
