"""A group of commands whose modules are imported when they are run, never before."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click
from rich_click import RichGroup

# Verbs that cannot be the name of a module.
_MODULES = {"import": "import_"}


class Verbs(RichGroup):
    """A group that knows its commands by name.

    Args:
        verbs: each command, with the sentence that help shows, so that help imports none of them.
        prefix: what the names of their modules in `keypin.cli` begin with.
    """

    def __init__(
        self, *args: Any, verbs: Mapping[str, str] | None = None, prefix: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.verbs = verbs or {}
        self.prefix = prefix

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the verbs in the order of a newcomer's day."""
        return list(self.verbs)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Import a verb's module and return its command."""
        if cmd_name not in self.verbs:
            return None
        module = self.prefix + _MODULES.get(cmd_name, cmd_name).replace("-", "_")
        command: click.Command = import_module(f"keypin.cli.{module}").command
        return command
