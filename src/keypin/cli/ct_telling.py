"""News on its way out: a line for a person, a JSON document for a program, and a script's turn.

A piece of news counts as told when it has left, and the script has ended well; until then it is
told again, marked as repeated.
"""

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from keypin.monitor.store import Store, Told

_BATCH = 500
# A script that hangs must not keep the news from coming.
SCRIPT_SECONDS = 60


class Teller:
    """What takes news out of a store and tells it.

    Args:
        store: where it comes from.
        script: a command that is run for each piece, by the shell; None for none.
        console: what standard output is; a terminal gets lines for people.
        every_entry: whether to tell a certificate again that was told from another entry.
    """

    def __init__(
        self, store: "Store", script: str | None, console: "Console", *, every_entry: bool = False
    ) -> None:
        self.count = 0
        self._store = store
        self._script = script
        self._every_entry = every_entry
        self.console = console
        self._failed = set[int]()

    def tell(self) -> None:
        """Tell everything that there is."""
        while batch := self._store.take(_BATCH, apart_from=self._failed):
            done = [one for one in batch if self._tell_one(one)]
            sys.stdout.flush()
            self._store.told(done)
            self._failed.update(one.id for one in batch if one not in done)

    def _tell_one(self, one: "Told") -> bool:
        if one.known is not None and not self._every_entry:
            return True
        body: dict[str, Any] = {"schema": "keypin/ct-news/1", **json.loads(one.body)}
        if one.repeated:
            body["repeated"] = True
        if one.known is not None:
            self._mark(body, json.loads(one.known))
        self.count += 1
        if not self.console.is_terminal:
            sys.stdout.write(json.dumps(body) + "\n")
        else:
            from keypin.cli.ct_watch_view import line

            self.console.print(line(body))
        return self._run(json.dumps(body))

    def _mark(self, body: dict[str, Any], first: dict[str, Any]) -> None:
        """Say in a document where the same certificate was told first."""
        from keypin.cli.shapes import findings
        from keypin.rotation.issued_findings import duplicate

        body["known"] = {"log": first["log"], "index": first["index"]}
        where = f"entry {first['index']} of {first['log']}, log ID {first['log_id']}"
        said = duplicate(body["hits"][0]["watched"], (where,))
        body["findings"] += findings((said,))

    def _run(self, document: str) -> bool:
        """Run the script, and tell whether it ended well; what it says goes to standard error."""
        if self._script is None:
            return True
        try:
            done = subprocess.run(  # noqa: S602 - the user's own command, for the shell to read
                self._script,
                shell=True,
                input=document,
                text=True,
                stdout=sys.stderr,
                timeout=SCRIPT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            problem = f"took more than {SCRIPT_SECONDS} seconds"
        else:
            if done.returncode == 0:
                return True
            problem = f"ended with {done.returncode}"
        click.echo(f"keypin: the script {problem}; the next run tells this again", err=True)
        return False
