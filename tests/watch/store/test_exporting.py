"""Everything of an organisation as JSON Lines, and nothing of another."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from keypin.errors import InputError
from keypin.watch.store import Database
from keypin.watch.store.exporting import export
from keypin.watch.store.tables import certificates, chains, metadata, observations, owners

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
Fill = Callable[[Database], None]


def _lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_row_of_the_organisation_is_in_it_and_no_secret(
    any_database: Database, fill: Fill, tmp_path: Path
) -> None:
    """As they are: moments with their zone, bytes as hexadecimal."""
    fill(any_database)
    out = tmp_path / "acme.jsonl"
    counts = export(any_database, "acme", out)
    lines = _lines(out)
    assert sum(counts.values()) == len(lines)
    assert counts["endpoints"] == counts["audit_log"] == 3
    assert counts["organisations"] == 1
    (first,) = (one for one in lines if one["table"] == "endpoints" and one["id"] == 10)
    assert first["created_at"] == "2026-11-29T12:01:00+00:00"
    for one in lines:
        assert "sealed" not in one
        assert "report_key" not in one
        assert not (one["table"] in {"tokens", "invitations"} and "digest" in one)


def test_nothing_of_another_organisation_is_in_it(
    database: Database, fill: Fill, tmp_path: Path
) -> None:
    """Not even a certificate that the other alone has seen."""
    fill(database)
    counts = export(database, "rival", tmp_path / "rival.jsonl")
    assert {name for name, rows in counts.items() if rows} == {"organisations"}


def test_certificates_that_it_saw_are_in_it(database: Database, fill: Fill, tmp_path: Path) -> None:
    """The whole chain, in the order of their digests."""
    fill(database)
    digest, other = bytes(32), bytes([7]) * 32
    with database.begin_across() as connection:
        values = {"der": b"", "spki": b"", "subject": "", "issuer": "", "names": []}
        dates = {"not_before": NOON, "not_after": NOON}
        for one in (digest, other):
            connection.execute(insert(certificates).values(digest=one, **values, **dates))
        both = [other.hex(), digest.hex()]
        connection.execute(insert(chains).values(digest=digest, leaf=other, certificates=both))
        connection.execute(
            observations.update().where(observations.c.id == 10).values(chain=digest)
        )
    folder = tmp_path / "acme"
    folder.mkdir()
    export(database, "acme", folder)
    found = [one["digest"] for one in _lines(folder / "certificates.jsonl")]
    assert {digest.hex(), other.hex()} < set(found)
    assert found == sorted(found)
    assert {path.stem for path in folder.iterdir()} >= {owners.name, chains.name}
    assert len(metadata.tables) > len(list(folder.iterdir()))


def test_an_organisation_that_is_not_there_is_said(database: Database, tmp_path: Path) -> None:
    """With those that are."""
    with pytest.raises(InputError, match="expected one of acme, rival"):
        export(database, "acne", tmp_path / "out.jsonl")
    (tmp_path / "out.jsonl").write_text("")
    with pytest.raises(InputError, match="the file is there already"):
        export(database, "acme", tmp_path / "out.jsonl")
