"""A configuration as a command line, by itself or in place of the params of the command that a run was started by."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

_SHELL = re.compile(r"[;&|<>$`(){}*?~!\\\n\r]|(^|\s)#")
_QUOTED = re.compile(r"'[^']*'|\"[^\"$`\\]*\"")


def flags(texts: Mapping[str, str]) -> str:
    """``--lr 2.7e-4 --model.width 32``, quoted for a POSIX shell."""
    return shlex.join([token for name, text in texts.items() for token in _flag(name, text)])


def replaced(command: str, before: Mapping[str, str], after: Mapping[str, str]) -> str | None:
    """A run's command with its params replaced.

    A param stands there as ``--name value``, ``--name=value``, ``-name value``, ``name=value`` or, of a boolean, as
    ``--name`` alone; ``-`` and ``_`` are the same. One that the command lacks is added where its value is another than
    the run's; one that the configuration lacks is taken away.

    Args:
        command: as the run was started.
        before: the run's params as logged.
        after: those of the configuration.

    Returns:
        None for a command that only a shell understands (pipes, variables, several commands), or with a quote open.
    """
    if _SHELL.search(_QUOTED.sub("x", command)):
        return None
    try:
        tokens = shlex.split(command)
    except ValueError:
        return None
    if not tokens:
        return None
    names = {_plain(name): name for name in [*before, *after]}
    made: list[str] = []
    met: set[str] = set()
    bare = False
    at = 0
    while at < len(tokens):
        token = tokens[at]
        mark, name, value = _parts(token)
        known = names.get(_plain(name)) if name else None
        if known is None or (not mark and value is None):
            made.append(token)
            at += 1
            continue
        met.add(known)
        following = tokens[at + 1] if at + 1 < len(tokens) else None
        alone = value is None and (following is None or (following.startswith("-") and not _negative(following)))
        at += 1 if value is not None or alone else 2
        bare |= not mark
        made += _written(mark + name, after.get(known), equals=value is not None, alone=alone)
    for name, text in after.items():
        if name not in met and before.get(name) != text:
            made += [f"{name}={text}"] if bare else _flag(name, text)
    return shlex.join(made)


def of_source(source: str) -> str | None:
    """The command that runs a script MLflow names as a run's source; None for a notebook or anything else."""
    return shlex.join(["python", source]) if source.endswith(".py") else None


def _flag(name: str, text: str) -> list[str]:
    return [f"--{name}={text}"] if text.startswith("-") or not text else [f"--{name}", text]


def _plain(name: str) -> str:
    return name.replace("-", "_")


def _parts(token: str) -> tuple[str, str, str | None]:
    mark = "--" if token.startswith("--") else "-" if token.startswith("-") else ""
    name, equals, value = token[len(mark) :].partition("=")
    return mark, name, value if equals else None


def _negative(token: str) -> bool:
    return re.fullmatch(r"-\.?\d.*", token) is not None


def _written(word: str, text: str | None, *, equals: bool, alone: bool) -> list[str]:
    if text is None or (alone and text.strip().lower() == "false"):
        return []
    if alone and text.strip().lower() == "true":
        return [word]
    return [f"{word}={text}"] if equals or text.startswith("-") or not text else [word, text]
