"""Words that findings share."""

from __future__ import annotations

from mlflow_ext_server.analysis.insight.curve import Curve, after, share
from mlflow_ext_ui.text import count, duration, fixed, number

__all__ = ["at_step", "number", "percent", "saved", "since"]

_LEAST_MS = 1000


def at_step(step: int) -> str:
    """ "step 1,200"."""
    return f"step {count(step)}"


def percent(part: float) -> str:
    """A share as "12%"; "over 1,000%" beyond."""
    return f"{fixed(part * 100, 0)}%" if part <= 10 else "over 1,000%"


def since(one: Curve, index: int) -> str:
    """How much of the run comes after a value: "the last 35% of its steps"."""
    return f"the last {percent(1 - share(one, index))} of its steps"


def saved(one: Curve, index: int) -> str:
    """What stopping there would have saved: "Stopping at step 1,200 would have saved 12 min.", or "" below a second."""
    spared = after(one, index)
    if not spared or spared < _LEAST_MS:
        return ""
    return f" Stopping at {at_step(int(one.steps[index]))} would have saved {duration(spared / 1000)}."
