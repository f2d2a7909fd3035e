"""Alamofire's evaluators as people write them, and what is written for them."""

import pytest

from keypin.errors import FormatError
from keypin.formats import detect, form

FORM = form("alamofire")
A, B = ("B" * 42 + "A=", "C" * 42 + "A=")


def test_evaluators_of_hashes() -> None:
    """Hosts with an evaluator of hashes are read; those with keys out of the app have none here."""
    pin_set = FORM.loads(
        "import Alamofire\nlet manager = ServerTrustManager(evaluators: [\n"
        f'    "api.example.com": SPKIHashEvaluator(hashes: ["{A}", "{B}"]),\n'
        '    "www.example.com": PinnedCertificatesTrustEvaluator(),\n])\n'
    ).pin_set
    assert [str(policy.host) for policy in pin_set.policies] == ["api.example.com"]


def test_keys_that_are_shipped_in_the_app() -> None:
    """Alamofire's own evaluators compare files of the app, which no source shows."""
    with pytest.raises(FormatError, match=r"S\.swift: no pins; expected Swift with hosts"):
        FORM.loads('["a.example.com": PublicKeysTrustEvaluator()]', name="S.swift")


def test_it_is_recognised() -> None:
    """By its import, or by its protocol, and before a plain delegate."""
    assert detect("import Alamofire\nclass D: SessionDelegate, URLSessionDelegate {}") is FORM
    assert detect("struct E: ServerTrustEvaluating {}") is FORM


def test_what_is_written_asks_alamofire_first() -> None:
    """The default evaluation holds; patterns are looked up where Alamofire knows exact names."""
    text = FORM.dumps(FORM.loads(f'"**.example.com": "{A}"').pin_set)
    assert text.index("DefaultTrustEvaluator(validateHost: true)") < text.index("isPinned(trust, ")
    assert "override func serverTrustEvaluator(forHost host: String)" in text
