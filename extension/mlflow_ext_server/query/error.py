"""The error that a wrong filter or order gives: where, what was expected, and an example that works."""

from __future__ import annotations

from mlflow_ext.errors import ValidationError

EXAMPLES = {
    "filter": "metrics.loss.min < 0.2 AND (params.model = 'resnet' OR tags.stage IS NULL)",
    "order_by": "metrics.loss.min DESC",
}
_BEFORE, _AFTER = 60, 30  # characters shown on either side of the place
_LONGEST = 500  # of a message that repeats a word of the text


class FilterError(ValidationError):
    """A filter or order that can't be read.

    Args:
        text: the whole text.
        position: of the character at fault, from 0; the text's length when its end came too early.
        problem: what was expected and what was got.
        field: ``filter`` or ``order_by``.
        example: a text that works; by default one for ``field``.

    Attributes:
        column: the place, from 1.
    """

    def __init__(
        self, text: str, position: int, problem: str, *, field: str = "filter", example: str | None = None
    ) -> None:
        self.column = position + 1
        if example is None or len(example) > _LONGEST:
            example = EXAMPLES[field]
        if len(problem) > _LONGEST:
            problem = problem[:_LONGEST] + "..."
        super().__init__(
            f"{field}, column {self.column}: {problem}\n{_pointed(text, position)}\nThis works: {example}", field=field
        )


def _pointed(text: str, position: int) -> str:
    """The text about the place on one line, and a caret under it on the next."""
    start, end = max(0, position - _BEFORE), position + _AFTER
    head = "..." if start else ""
    tail = "..." if end < len(text) else ""
    shown = "".join(sign if sign.isprintable() else " " for sign in text[start:end])
    return f"  {head}{shown}{tail}\n  {' ' * (len(head) + position - start)}^"
