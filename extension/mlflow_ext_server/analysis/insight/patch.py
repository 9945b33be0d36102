"""What a git diff changes, and texts beside each other."""

from __future__ import annotations

import difflib
import hashlib
from typing import NamedTuple

from mlflow_ext_ui.text import fixed, plural

MOST_LINES = 400
"""Lines of a text that are shown."""
_COMPARED = 1000
_WIDE = 500


class Excerpt(NamedTuple):
    """The first lines of a text, and how many more there are."""

    lines: tuple[str, ...]
    cut: int


def summary(patch: str) -> str:
    """How much a unified diff changes, and a digest by which two can be told apart: "+12 −3 in 2 files (1f0c39ab)"."""
    if not patch.strip():
        return "none"
    added = removed = files = 0
    for line in patch.splitlines():
        files += line.startswith("diff ")
        added += line.startswith("+") and not line.startswith("+++")
        removed += line.startswith("-") and not line.startswith("---")
    digest = hashlib.sha256(patch.encode("utf-8", "replace")).hexdigest()[:8]
    return f"+{added} {fixed(-removed, 0) if removed else '−0'} in {plural(files or 1, 'file')} ({digest})"


def excerpt(text: str) -> Excerpt:
    """The first 400 lines of a text; those of more than 500 characters are cut."""
    lines = text.splitlines()
    return _first(lines)


def unified(one: str, other: str, names: tuple[str, str]) -> Excerpt:
    """One text against another, of each the first 1,000 lines, as a unified diff; empty where they are the same."""
    first, second = one.splitlines()[:_COMPARED], other.splitlines()[:_COMPARED]
    return _first(list(difflib.unified_diff(first, second, *names, lineterm="", n=2)))


def _first(lines: list[str]) -> Excerpt:
    shown = [line if len(line) <= _WIDE else line[:_WIDE] + "…" for line in lines[:MOST_LINES]]
    return Excerpt(tuple(shown), max(0, len(lines) - MOST_LINES))
