"""Seed groups and their leaderboard, as JSON and as files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mlflow_ext.direction import Direction, better
from mlflow_ext.sweep import seed
from mlflow_ext_ui.screen import slots
from mlflow_ext_ui.source import DataSource, Principal, Run, Summary
from mlflow_ext_ui.tables import leaderboard
from mlflow_ext_ui.tables.comparison import value
from mlflow_ext_ui.tables.direction import direction, switched
from mlflow_ext_ui.tables.leaderboard import Advice, Place
from mlflow_ext_ui.tables.request import Lines, TablesRequest
from mlflow_ext_ui.text import MISSING, count, fixed, number, plural
from mlflow_ext_ui.theme import run_color

MOST_GROUPS = 50
_SCAN = 1000
_MOST_TICKS = 60


class Found(NamedTuple):
    """All that both tables show; ``members`` and how many of them are left out stand by the group's name."""

    metric: str
    way: Direction | None
    places: list[Place]
    members: dict[str, list[Run]]
    left_out: dict[str, int]
    alone: int
    seeds: list[str]
    looked_at: int
    total: int


def groups(source: DataSource, principal: Principal, request: TablesRequest) -> dict[str, Any]:
    """The best fifty groups with their place, and the sentence that says what would tell neighbours apart."""
    found = read(source, principal, request)
    shown = found.places[:MOST_GROUPS]
    colors = _colors(source, principal, request, found, shown)
    digits = _decimals([place.group for place in shown])
    low, high = _range(shown)
    return {
        "metric": found.metric,
        "way": found.way,
        "named": better(found.metric),
        "seeds": found.seeds,
        "looked_at": found.looked_at,
        "total": found.total,
        "alone": found.alone,
        "more": len(found.places) - len(shown),
        "low": low,
        "high": high,
        "range": f"{_text(low, digits)} to {_text(high, digits)}" if shown else "",
        "groups": [_row(place, found, colors[place.group.name], digits) for place in shown],
        "sentence": sentence(shown, leaderboard.advice(shown)),
    }


def read(source: DataSource, principal: Principal, request: TablesRequest) -> Found:
    """Make the groups, and rank those that have a value."""
    state = request.state
    experiment = request.experiment or ""
    wide = state.groups == "experiment"
    page = source.runs(principal, experiment, limit=_SCAN if wide else 1)
    runs = {run.id: run for run in (page.runs if wide else source.runs_by_id(principal, request.runs))}
    metric = state.metric or page.metric or ""
    way = direction(metric, state)
    params = source.params(principal, list(runs))
    history = state.value != "last"
    summaries = source.summaries(principal, list(runs), [metric], history=history, directions=switched(state))
    values = _values(runs, summaries, request, way)
    seeds = seed.seed_params({name for mine in params.values() for name in mine}, state.seed)
    made = seed.seed_groups(params, seeds)
    alone = sum(len(ids) == 1 for ids in made)
    kept = [ids for ids in made if (len(ids) > 1 or state.singles) and any(run in values for run in ids)]
    settings = [{name: text for name, text in params[ids[0]].items() if name not in seeds} for ids in kept]
    names = _unique(seed.group_names([[runs[run].name for run in ids] for ids in kept], settings))
    ranked = [
        leaderboard.group(name, [values[run] for run in ids if run in values])
        for name, ids in zip(names, kept, strict=True)
    ]
    return Found(
        metric=metric,
        way=way,
        places=leaderboard.places(ranked, way),
        members={name: [runs[run] for run in ids] for name, ids in zip(names, kept, strict=True)},
        left_out={name: sum(run not in values for run in ids) for name, ids in zip(names, kept, strict=True)},
        alone=alone,
        seeds=sorted(seeds),
        looked_at=len(runs),
        total=page.total if wide else len(runs),
    )


def lines(source: DataSource, principal: Principal, request: TablesRequest) -> Lines:
    """The groups or their leaderboard as they are shown, numbers in full."""
    found = read(source, principal, request)
    shown = found.places[:MOST_GROUPS]
    if request.part == "leaderboard":
        ranks = [
            [one.rank, one.group.name, one.group.mean, one.p, one.raw, "" if one.verdict == "first" else one.verdict]
            for one in shown
        ]
        columns = ["rank", "group", f"mean of {found.metric}", "p, Holm corrected", "p, Welch", "against the one above"]
        return Lines("leaderboard", columns, ranks)
    rows: list[list[Any]] = []
    for one in shown:
        group = one.group
        low, high = group.interval or (None, None)
        rows.append([group.name, len(group.values), group.mean, low, high, group.sd])
    return Lines("seed_groups", ["group", "runs", f"mean of {found.metric}", "low 95%", "high 95%", "SD"], rows)


def sentence(shown: Sequence[Place], told: Advice | None) -> str:
    """What the brackets mean, and how many seeds would do away with the topmost."""
    if len(shown) < 2:
        return ""
    if not any(place.bracket for place in shown):
        return "Each group is told apart from its neighbours by these runs."
    words = "A bracket joins groups that these runs do not tell from the topmost of them."
    if told is None:
        return words
    difference = f"a difference of {number(told.difference, 2)}"
    if told.seeds is None:
        return f"{words} With the spread seen here, even 1,000 seeds per group would not tell {difference}."
    return f"{words} With the spread seen here, about {count(told.seeds)} seeds per group would tell {difference}."


def _values(
    runs: Mapping[str, Run], summaries: Sequence[Summary], request: TablesRequest, way: Direction | None
) -> dict[str, float]:
    """The finite values of finished runs; of a best step the value that was reached there."""
    chosen = request.state.value
    if chosen == "best":
        chosen = "min" if way == "lower" else "max"
    found = {one.run_id: value(one, chosen, way) for one in summaries if runs[one.run_id].status == "FINISHED"}
    return {run: one for run, one in found.items() if one is not None and math.isfinite(one)}


def _unique(names: list[str]) -> list[str]:
    """Names that are alike get a number, so that each group has its own."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


def _colors(
    source: DataSource, principal: Principal, request: TablesRequest, found: Found, shown: Sequence[Place]
) -> dict[str, str]:
    """The colour of a group is that of its first run on screen, else of its first run."""
    on_screen = slots({run.id: run.color for run in source.runs_by_id(principal, request.runs)})
    stored: dict[str, int] = {}
    others: dict[str, int] = {}
    for place in shown:
        members = found.members[place.group.name]
        here = next((on_screen[run.id] for run in members if run.id in on_screen), None)
        (others if here is None else stored)[place.group.name] = members[0].color if here is None else here
    return {name: run_color(slot) for name, slot in slots(stored | others).items()}


def _row(place: Place, found: Found, color: str, digits: int) -> dict[str, Any]:
    group, members = place.group, found.members[place.group.name]
    low, high = group.interval or (None, None)
    half = "" if low is None or high is None else f" ± {_text((high - low) / 2, digits)}"
    out = found.left_out[group.name]
    return {
        "name": group.name,
        "color": color,
        "ids": [run.id for run in members],
        "runs": len(group.values),
        "left_out": f"{plural(out, 'run')} of this group: not finished, or without a finite value" if out else "",
        "mean": group.mean,
        "text": _text(group.mean, digits) + half,
        "mean_text": _text(group.mean, digits),
        "sd": MISSING if group.sd is None else _text(group.sd, digits),
        "low": low,
        "high": high,
        "values": group.values if len(group.values) <= _MOST_TICKS else (group.values[0], group.values[-1]),
        "interval": ""
        if low is None or high is None
        else f"95% bootstrap interval of the mean: {number(low, 6)} to {number(high, 6)}",
        "rank": place.rank,
        "verdict": place.verdict,
        "p": _p(place),
        "raw": "" if place.raw is None else f"p {number(place.raw, 2)} before Holm's correction",
        "bracket": place.bracket,
    }


def _p(place: Place) -> str:
    if place.verdict == "too few runs" and place.fewest is not None:
        return plural(place.fewest, "run")
    if place.p is None:
        return ""
    return "p < 0.001" if place.p < 0.001 else f"p {number(place.p, 2)}"


def _range(shown: Sequence[Place]) -> tuple[float, float]:
    every = [value for place in shown for value in place.group.values]
    return (min(every), max(every)) if every else (0.0, 0.0)


def _decimals(groups: Sequence[leaderboard.Group]) -> int:
    """So many that means have four digits, and most spreads at least one."""
    middle = sorted(abs(group.mean) for group in groups if group.mean)
    if not middle:
        return 4
    digits = max(0, 3 - math.floor(math.log10(middle[len(middle) // 2])))
    spreads = sorted(group.sd for group in groups if group.sd)
    fine = -math.floor(math.log10(spreads[len(spreads) // 2])) if spreads else 0
    return min(max(digits, fine), digits + 3)


def _text(value: float, digits: int) -> str:
    if digits > 8 or abs(value) >= 1e9:
        return number(value)
    return fixed(value, digits)
