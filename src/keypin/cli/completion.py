"""`keypin completion`: the script that teaches a shell keypin's verbs and options."""

import click
from rich_click import RichCommand

from keypin.cli import options

EPILOG = options.examples(
    "keypin completion bash > ~/.local/share/bash-completion/completions/keypin",
    "keypin completion zsh > ~/.zfunc/_keypin",
    "keypin completion fish > ~/.config/fish/completions/keypin.fish",
)


@click.command(
    "completion", cls=RichCommand, epilog=EPILOG, short_help="Print a shell's completion script."
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of SHELL."""
    from click.shell_completion import get_completion_class

    completion = get_completion_class(shell)
    if completion is None:  # pragma: no cover - click ships all three
        raise click.UsageError(f"no completion for {shell}")
    root = ctx.find_root().command
    click.echo(completion(root, {}, "keypin", "_KEYPIN_COMPLETE").source())
