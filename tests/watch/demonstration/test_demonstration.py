"""The demonstration as a newcomer meets it: one command, one link, and data on every page."""

import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import httpx2
import pytest

from keypin.watch.demonstration import fitting
from keypin.watch.opening import opened
from keypin.watch.settings import Settings
from keypin.watch.store.tables import organisations

WITHIN = 60.0
"""Seconds from the command until the last page has data."""

# A page, and what stands on it once it has what the play puts there.
SEEN = {
    "/": ("This is a demonstration", "login.shop.test", "new key for the API"),
    "/endpoints": ("api.shop.test", "in 5 days", "refused", "cannot be reached"),
    "/endpoints/3": ("login.shop.test", "matched", "mismatch", "keypin lab intermediate"),
    "/matrix": ("matched", "mismatch", "not pinned", "12%"),
    "/reports": ("198.19.77.0/24", "mitmproxy", "burst"),
    "/alerts": ("breaks now for 12% of users of shop-ios",),
    "/ct": (
        "Demonstration 2026h2",
        "deploying it breaks 100%",
        "not deployed",
        "was not expected to issue it: it was to come from keypin lab",
        "today&#39;s CAA records for api.shop.test do not allow its issuer: it allows no CA",
        "login.sh0p.test looks like shop.test, and is another name",
    ),
    "/inventory": ("Shop for Android", "Shop for iOS"),
    "/audit": ("demonstration", "shop-ios 3.2"),
}


@contextmanager
def _running(folder: Path) -> Generator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "keypin", "watch", "--demo", "--port", "0", "--data", folder]
    log = folder.with_suffix(".log")
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=30)
    rest = log.read_text(encoding="utf-8").partition("keypin: the watch stops\n")[2]
    assert '"level": "error"' not in rest, rest


def _join(link: str) -> httpx2.Client:
    base = link.partition("/join/")[0]
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    browser = httpx2.Client(base_url=base, headers=headers, follow_redirects=True, timeout=10)
    form = browser.get(link).text
    token = re.search(r'name="csrf" value="([^"]+)"', form)
    assert token is not None
    said = {"mail": "me@shop.test", "name": "Me", "password": "a newcomer's password"}
    assert browser.post(link, data={**said, "csrf": token[1]}).url.path == "/o/main/"
    return browser


def _missing(browser: httpx2.Client) -> dict[str, list[str]]:
    """Return what the pages do not show yet."""
    shown = {path: browser.get(f"/o/main{path}").text for path in SEEN}
    missing = {path: [one for one in SEEN[path] if one not in shown[path]] for path in SEEN}
    return {path: some for path, some in missing.items() if some}


@pytest.mark.once
def test_every_page_has_data_within_a_minute(tmp_path: Path) -> None:
    """All of it made by handshakes, reports and logs since the command was given."""
    begun = monotonic()
    with _running(tmp_path / "data") as process:
        assert process.stdout is not None
        link = process.stdout.readline().split()[-1]
        with closing(_join(link)) as browser:
            while missing := _missing(browser):
                assert monotonic() - begun < WITHIN, missing
    sys.stdout.write(f"every page has data after {monotonic() - begun:.0f} s\n")


def test_an_installation_with_work_of_its_own_is_not_played_with(tmp_path: Path) -> None:
    """What stands there is somebody's."""
    settings = Settings(data=tmp_path)
    assert fitting(settings)
    database = opened(settings)
    with database.begin_across() as connection:
        values = {"name": "real", "title": "Real", "created_at": datetime(2026, 11, 29, tzinfo=UTC)}
        connection.execute(organisations.insert().values(**values))
    database.close()
    assert not fitting(settings)
    (tmp_path / "demonstration").mkdir()
    assert fitting(settings)
