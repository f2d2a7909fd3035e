"""The body of the webhook."""

import json
from datetime import timedelta

from keypin.alerts import Bundle, Subject
from keypin.alerts.webhook import body

BASE = "https://keypin.example"


def test_the_body_says_everything(told, signal) -> None:
    """For programs: identities, states and times."""
    bundle = told(
        signal(
            evidence=("é",),
            facts=(("pin", "sha256/AAAA="),),
            next_step="Act.",
            link="/endpoints/7",
            organisation="acme",
        )
    )
    alert = bundle.notices[0].alert
    assert body(bundle, BASE).isascii()
    assert json.loads(body(bundle, BASE)) == {
        "version": 1,
        "key": f"mail:{alert.id}.opened",
        "kind": "opened",
        "severity": "error",
        "route": "mail",
        "alerts": [
            {
                "id": alert.id,
                "fingerprint": alert.fingerprint,
                "at": "2026-11-23T09:00:00Z",
                "state": "open",
                "severity": "error",
                "rule": "one",
                "finding": "chain-refused",
                "subject": {"kind": "endpoint", "key": "api.shop.example:443"},
                "title": "shop 3.2 refuses what api.shop.example:443 serves",
                "organisation": "acme",
                "application": "shop",
                "owner": "payments",
                "concerns": [],
                "tags": ["prod"],
                "evidence": ["é"],
                "facts": {"pin": "sha256/AAAA="},
                "next_step": "Act.",
                "url": "https://keypin.example/endpoints/7",
                "since": "2026-11-23T09:00:00Z",
                "opened_at": "2026-11-23T09:00:00Z",
                "acknowledged_by": None,
                "acknowledged_note": "",
                "resolved_at": None,
                "resolved_by": None,
                "count": 1,
                "flaps": 0,
            }
        ],
        "more": 0,
    }


def test_a_body_has_an_end(told, signal) -> None:
    """What is not in it is counted."""
    bundle = told(*(signal(subject=Subject("endpoint", str(one))) for one in range(103)))
    document = json.loads(body(bundle, BASE))
    assert (len(document["alerts"]), document["more"]) == (100, 3)


def test_the_same_bundle_is_the_same_bytes(told, story, signal) -> None:
    """A repetition is one in every bit; what is over says so."""
    bundle = told()
    assert body(bundle, BASE) == body(bundle, BASE)
    shop = story(settle=timedelta(0))
    shop.sees(signal())
    shop.after(5).sees(signal(holds=False))
    over = json.loads(body(Bundle("mail", shop.notices), BASE))
    assert (over["kind"], over["alerts"][0]["resolved_at"]) == ("resolved", "2026-11-23T09:05:00Z")
