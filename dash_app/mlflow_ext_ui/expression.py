"""A filter's text taken apart, as far as the page must: the server alone decides what it means."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""'(?:''|[^'])*'|"(?:""|[^"])*"|`(?:``|[^`])*`|[()]|[^\s()'"`]+|\s+|.""", re.DOTALL
)  # fmt: skip
_PREFIX = re.compile(r"^\s*(?:metrics?|params?|parameters?|tags?|attributes?|attr|run)\.", re.IGNORECASE)


def conjuncts(text: str) -> tuple[str, ...]:
    """The parts that AND joins; the whole text where OR joins them, nothing of an empty one.

    Example:
        >>> conjuncts("metrics.loss BETWEEN 0 AND 1 AND (params.a = 'x AND y' OR status = FAILED)")
        ('metrics.loss BETWEEN 0 AND 1', "(params.a = 'x AND y' OR status = FAILED)")
    """
    parts: list[list[str]] = [[]]
    depth, between = 0, False
    for token in _TOKEN.findall(text):
        word = token.upper()
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth == 0 and word == "OR":
            return (text.strip(),)
        if depth == 0 and word == "AND" and not between:
            parts.append([])
            continue
        if depth == 0 and word in ("BETWEEN", "AND"):
            between = word == "BETWEEN"
        parts[-1].append(token)
    return tuple(part for tokens in parts if (part := "".join(tokens).strip()))


def brief(part: str) -> str:
    """A part as a chip shows it: without its field's prefix.

    Example:
        >>> brief("params.model = 'resnet'")
        "model = 'resnet'"
    """
    return _PREFIX.sub("", part)
