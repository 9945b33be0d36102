"""Packages and their versions, from the files that MLflow writes beside a model."""

from __future__ import annotations

import re
from collections.abc import Iterator

MOST = 2000
"""Packages that are read of one file."""
_PINNED = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(.*)")
_PYTHON = re.compile(r"^[ \t]*(?:-[ \t]*)?python[ \t]*(?::|={1,2})[ \t]*([0-9][\w.]*)[ \t]*$", re.MULTILINE)
_NAME = re.compile(r"[-_.]+")


def packages(requirements: str) -> dict[str, str]:
    """Each package of a ``requirements.txt`` (PEP 508) with its version, or with what else it is bound to.

    Comments, options and markers are left out; names are as PEP 503 has them. The first 2,000 count.
    """
    found: dict[str, str] = {}
    for line in _lines(requirements):
        match = _PINNED.fullmatch(line)
        if match is None:
            continue
        bound = match[2].partition(";")[0].strip()
        version = bound[2:].strip() if bound.startswith("==") and "," not in bound else bound
        found.setdefault(_NAME.sub("-", match[1]).lower(), version or "any version")
        if len(found) == MOST:
            break
    return found


def python(environment: str) -> str | None:
    """The version of Python that a ``python_env.yaml`` or ``conda.yaml`` names; None where it names none."""
    found = _PYTHON.search(environment)
    return found[1] if found else None


def _lines(text: str) -> Iterator[str]:
    for line in text.replace("\\\n", " ").splitlines():
        kept = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
        kept = re.split(r"\s--", kept, maxsplit=1)[0]  # hashes
        if kept and not kept.startswith("-"):
            yield kept
