"""One thing that the doctor looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "trouble", "untried"]


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, and what to do about it.

    Args:
        name: a word or two.
        state: "ok", "trouble", or "untried".
        detail: what was found.
        advice: what to do, or "".
    """

    name: str
    state: State
    detail: str
    advice: str = ""
