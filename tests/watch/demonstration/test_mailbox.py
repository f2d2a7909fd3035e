"""The demonstration's webhook takes what is signed, and nothing else."""

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urldefrag

import httpx2

from keypin.alerts.signature import HEADER, sign
from keypin.watch.demonstration.mailbox import Mailbox

_KEY = "k" * 32


def test_a_signed_message_is_written_down(tmp_path: Path) -> None:
    """As a line of its own."""
    file = tmp_path / "told.jsonl"
    with Mailbox(file, _KEY) as mailbox:
        url, key = urldefrag(mailbox.url)
        for number in range(2):
            body = json.dumps({"number": number}).encode()
            signed = {HEADER: sign(body, [key.encode()], datetime.now(UTC))}
            assert httpx2.post(url, content=body, headers=signed, trust_env=False).is_success
    assert [json.loads(line)["number"] for line in file.read_text().splitlines()] == [0, 1]


def test_what_is_not_signed_is_refused(tmp_path: Path) -> None:
    """Whoever is on this machine could post it."""
    file = tmp_path / "told.jsonl"
    with Mailbox(file, _KEY) as mailbox:
        answer = httpx2.post(mailbox.url, content=b"{}", trust_env=False)
    assert answer.status_code == 400
    assert not file.exists()
