"""What to try next, as cards."""

from __future__ import annotations

import json
import math
from typing import Any

from mlflow_ext.rest import SuggestedConfiguration, SuggestionAnswer
from mlflow_ext_ui.text import fixed, number, plural


def suggestion(answer: SuggestionAnswer) -> dict[str, Any]:
    """The cards, the space they were chosen from, and what to know about them."""
    space = answer.space.get("params", {})
    varying = [name for name, one in space.items() if one.get("fixed") is None]
    coverage = next((one for one in answer.coverage if one is not None), None)
    held = (
        []
        if coverage is None
        else [f"{coverage * 100:.0f}% of runs held out lay within the spread; 68% would be right."]
    )
    return {
        "items": [_card(one, varying) for one in answer.items],
        "space": space,
        "left_out": answer.space.get("left_out", {}),
        "varying": len(varying),
        "caption": f"TPE, fed with {plural(len(answer.runs), 'run')}",
        "notes": [*answer.notes, *held],
    }


def _card(one: SuggestedConfiguration, varying: list[str]) -> dict[str, Any]:
    names = [name for name in one.params if name in varying] or list(one.params)
    first = one.forecasts[0] if one.forecasts else None
    return {
        "tag": one.tag,
        "forecasts": [[each.metric, *forecast(each.expected, each.spread)] for each in one.forecasts],
        "expected": None if first is None else first.expected,
        "params": [[name, _value(one.params[name])] for name in names],
        "values": {name: one.params[name] for name in names},
        "reason": one.reason,
        "python": one.python,
        "command": one.command or one.flags,
        "whole": one.command is not None,
    }


def forecast(expected: float, spread: float) -> tuple[str, str]:
    """A value and its spread with the same decimals, two digits of the spread: ("0.957", "0.006")."""
    if not spread > 0 or not math.isfinite(spread) or not 1e-4 <= abs(expected) < 1e6:
        return number(expected), number(spread, 2)
    decimals = min(6, max(0, 1 - math.floor(math.log10(spread))))
    return fixed(expected, decimals), fixed(spread, decimals)


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) else json.dumps(value) if value is None else str(value)
