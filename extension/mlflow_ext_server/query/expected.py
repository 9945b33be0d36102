"""What the parser would have taken, in words."""

from __future__ import annotations

import re

from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

_WORD = re.compile(r"[\w.]+|.", re.DOTALL)
_WORDS = {
    "REFERENCE": "a field such as metrics.loss",
    "COMPARISON": "a comparison (=, !=, <, <=, >, >=, [NOT] LIKE, ILIKE, IN or BETWEEN, IS [NOT] NULL)",
    "NUMBER": "a number, or a text in quotes",
    "OPEN": "a list in parentheses",
    "OR": "AND, OR",
    "AND": "AND",
    "NULL": "NULL or NOT NULL",
    "LIKE": "LIKE, ILIKE, IN or BETWEEN",
    "DESC": "ASC, DESC",
    "COMMA": "a comma",
    "CLOSE": "a closing parenthesis",
    "$END": "the end",
}


def complaint(problem: UnexpectedInput, text: str) -> tuple[int, str]:
    """Position of the place from 0, and what was expected and got there."""
    allowed: set[str] = set()
    position = len(text)
    found = "the end"
    if isinstance(problem, UnexpectedToken):
        allowed = set(problem.accepts or problem.expected)
        if problem.token.type != "$END":
            position = problem.token.start_pos or 0
            found = _shown(str(problem.token))
    elif isinstance(problem, UnexpectedCharacters):
        allowed = set(problem.allowed or ())
        position = problem.pos_in_stream or 0
        found = _shown(next(_WORD.finditer(text, position))[0])
        if text[position] in "'\"`":
            return position, f"the quote {text[position]} is not closed"
    elif isinstance(problem, UnexpectedEOF):
        allowed = set(problem.expected)
    return position, f"expected {_listed(allowed)}, got {found}"


def _listed(allowed: set[str]) -> str:
    covered = {"REFERENCE": {"OPEN"}, "COMPARISON": {"LIKE"}, "OR": {"AND"}}
    hidden = {name for chosen, names in covered.items() if chosen in allowed for name in names}
    words = [word for name, word in _WORDS.items() if name in allowed - hidden]
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words) or "something else"


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "...")
