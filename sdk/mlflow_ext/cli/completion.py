"""``mlflow-ext completion``: what a shell needs to complete words."""

from __future__ import annotations

import click

from mlflow_ext.cli.command import Answer, AnswerCommand

_VARIABLE = "_MLFLOW_EXT_COMPLETE"


@click.command(
    cls=AnswerCommand,
    addressed=False,
    examples=(
        "completion bash > ~/.local/share/bash-completion/completions/mlflow-ext",
        "completion zsh > ~/.zfunc/_mlflow-ext",
        "completion fish > ~/.config/fish/completions/mlflow-ext.fish",
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> Answer:
    """Print the script that completes words in a shell."""
    from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

    kinds: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
    program = kinds[shell](ctx.find_root().command, {}, "mlflow-ext", _VARIABLE)
    script = program.source_template % program.source_vars()  # source() would start bash to ask its version
    return Answer({"shell": shell, "script": script}, [{"script": script}], lambda screen: click.echo(script))
