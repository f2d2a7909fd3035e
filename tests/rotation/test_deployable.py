"""What is deployed is a certificate."""

import pytest

from keypin.certs import Certificate
from keypin.errors import CertificateError
from keypin.lab.authority import Request
from keypin.lab.ct_authority import precertify
from keypin.rotation.deployable import check_deployable

HOST = "api.shop.example"


def test_a_precertificate_is_refused_with_what_to_take(shop) -> None:
    """Its certificate may be deployed, and a precertificate above the first matters to nobody."""
    key, issuer = shop.cast.key("active"), shop.cast.authority("intermediate")
    pair = precertify(Request(name=HOST, key=key, hosts=(HOST,), issuer=issuer), shop.cast.now)
    poisoned = Certificate.from_der(pair.issued.der)
    finished = Certificate.from_der(pair.finish(()).der)
    with pytest.raises(CertificateError) as caught:
        check_deployable((poisoned, finished), "found.pem")
    assert str(caught.value) == (
        "found.pem: 'CN=api.shop.example' is a precertificate, which goes to the logs and is never "
        "deployed; expected the certificate itself; take the certificate that its CA issued after "
        "it; that has the same key"
    )
    check_deployable((finished, poisoned))
    check_deployable(())
