"""Looks at what the rules concern: only at what changed since the last look."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import ValidationError

from mlflow_ext.rest import Condition
from mlflow_ext_server.alerting.condition import look
from mlflow_ext_server.alerting.episode import Moment, Points, State
from mlflow_ext_server.repositories.alert import AlertRow
from mlflow_ext_server.repositories.alert_rule import AlertRuleRepository, AlertRuleRow
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.watch import Change, Kept, WatchedRun, WatchRepository

RECENT_MS = 600_000
"""Runs that ended so long ago are looked at each time: their last points may come after their end."""
WIDE_MS = 300_000
"""How often those are looked at as well that ended earlier, and were delivered late."""
_NEW = Kept(State(), 0)
logger = logging.getLogger(__name__)


class _Rule(NamedTuple):
    row: AlertRuleRow
    condition: Condition
    metric: str | None


class _Seen(NamedTuple):
    """What a pair of rule and run looked like when nothing was left to look at."""

    status: str
    last: tuple[int, int] | int | None


class Watch:
    """The rules of a server, looked at by one worker; what it holds in memory can be dropped at any time.

    Args:
        backend: where MLflow's tables and ours are.
    """

    def __init__(self, backend: Backend) -> None:
        self._rules = AlertRuleRepository(backend)
        self._watched = WatchRepository(backend)
        self.drop()

    def drop(self) -> None:
        """Forget what is in memory: another worker may have gone on."""
        self._kept: dict[tuple[str, str], Kept] = {}
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._moved: dict[str, tuple[int, int]] = {}
        self._wide_at = 0

    def look(self, now: int) -> bool:
        """Look at everything once.

        Args:
            now: ms since the epoch.

        Returns:
            Whether there is more to look at right away.
        """
        rules = [rule for row in self._rules.active() if (rule := _rule(row)) is not None]
        if not rules:
            self.drop()
            return False
        wide = now >= self._wide_at + WIDE_MS
        since = min(rule.row.since for rule in rules) if wide else now - RECENT_MS
        found = self._watched.runs({rule.row.experiment_id for rule in rules}, since)
        pairs = [
            (rule, run)
            for rule in rules
            for run in found
            if run.experiment_id == rule.row.experiment_id and (run.ended is None or run.ended >= rule.row.since)
        ]
        self._load(pairs)
        more = self._look(pairs, now)
        self._wide_at = now if wide else self._wide_at
        self._forget({(rule.row.id, run.id) for rule, run in pairs} if wide else None)
        return more

    def _look(self, pairs: Sequence[tuple[_Rule, WatchedRun]], now: int) -> bool:
        last = self._last(pairs, now)
        changed = [pair for pair in pairs if self._seen.get(_key(*pair)) != _Seen(pair[1].status, last[_key(*pair)])]
        fresh, cut = self._points([(rule, run) for rule, run in changed if rule.metric is not None])
        due = {_key(*pair) for pair in changed}
        changes, settled = [], []
        for rule, run in pairs:
            key = _key(rule, run)
            timed = rule.condition.kind in ("no_progress", "run_silent") and run.status == "RUNNING"
            if key not in due and not timed:
                continue
            change = self._one(rule, run, fresh.get(key, Points.none()), last[key], now)
            if change is not None:
                changes.append(change)
            if key in due and key not in cut:
                settled.append((key, _Seen(run.status, last[key])))
        lost = self._keep(changes, {rule.row.id: rule.row.webhook_id for rule, _ in pairs})
        self._seen.update({key: seen for key, seen in settled if key not in lost})
        return bool(cut)

    def _one(
        self, rule: _Rule, run: WatchedRun, points: Points, last: tuple[int, int] | int | None, now: int
    ) -> Change | None:
        key = _key(rule, run)
        before = self._kept.get(key, _NEW)
        first = before.version == 0
        if first or before.state.epoch != rule.row.epoch:
            state = State(epoch=rule.row.epoch)
            late = _late(rule, run)
        else:
            state, late = before.state, False
        moment = Moment(run.status, now, run.started, last if isinstance(last, int) else None)
        found = look(rule.condition, state, points, moment, late=late)
        if found.state == before.state:
            return None
        alerts = tuple(
            AlertRow(
                rule.row.workspace, run.experiment_id, run.id, rule.row.id,
                f"rule.{rule.row.id}.{rule.row.epoch}.{event.episode}", rule.row.level, rule.row.name, event.text,
                event.at, now,
            )
            for event in found.events
        )  # fmt: skip
        return Change(rule.row.id, run.id, before, found.state, alerts)

    def _keep(self, changes: list[Change], chosen: dict[str, str | None]) -> set[tuple[str, str]]:
        """Keep what changed; gives the pairs that another worker has kept meanwhile."""
        lost = set()
        for start in range(0, len(changes), 200):
            part = changes[start : start + 200]
            for one, kept in zip(part, self._watched.keep(part, chosen), strict=True):
                key = (one.rule_id, one.run_id)
                if kept:
                    self._kept[key] = Kept(one.state, one.before.version + 1)
                else:
                    logger.info("Another worker looks at rule %s, too; this one looks again", one.rule_id)
                    self._kept.pop(key, None)
                    self._seen.pop(key, None)
                    lost.add(key)
        return lost

    def _load(self, pairs: Sequence[tuple[_Rule, WatchedRun]]) -> None:
        unknown = [pair for pair in pairs if _key(*pair) not in self._kept and _key(*pair) not in self._seen]
        rule_ids = sorted({rule.row.id for rule, _ in unknown})
        run_ids = list(dict.fromkeys(run.id for _, run in unknown))
        if unknown:
            self._kept.update(self._watched.states(rule_ids, run_ids))

    def _last(
        self, pairs: Sequence[tuple[_Rule, WatchedRun]], now: int
    ) -> dict[tuple[str, str], tuple[int, int] | int | None]:
        """What tells whether anything is new: of a metric its last point, of a silent run when it last spoke."""
        keys = {rule.metric for rule, _ in pairs if rule.metric is not None}
        measured = list(dict.fromkeys(run.id for rule, run in pairs if rule.metric is not None))
        points = self._watched.last_points(measured, keys) if keys else {}
        going = [run.id for rule, run in pairs if rule.condition.kind == "run_silent" and run.status == "RUNNING"]
        moments = self._watched.last_moments(list(dict.fromkeys(going))) if going else {}
        heard = {run: self._heard(run, at, now) for run, at in moments.items()}
        return {
            _key(rule, run): heard.get(run.id) if rule.metric is None else points.get((run.id, rule.metric))
            for rule, run in pairs
        }

    def _heard(self, run: str, logged: int, now: int) -> int:
        """When a run last spoke by this server's clock, as far as it has seen it; else by the run's own."""
        known = self._moved.get(run)
        if known is None:
            self._moved[run] = (logged, min(logged, now))
        elif known[0] != logged:
            self._moved[run] = (logged, now)
        return self._moved[run][1]

    def _points(
        self, pairs: Sequence[tuple[_Rule, WatchedRun]]
    ) -> tuple[dict[tuple[str, str], Points], set[tuple[str, str]]]:
        """The new points of each pair, and the pairs that have more."""
        found: dict[tuple[str, str], Points] = {}
        cut: set[tuple[str, str]] = set()
        concerned: dict[str, list[tuple[_Rule, WatchedRun]]] = {}
        for rule, run in pairs:
            concerned.setdefault(rule.row.id, []).append((rule, run))
        for together in concerned.values():
            rule, mine = together[0][0], [run for _, run in together]
            assert rule.metric is not None
            after = {run.id: self._after(rule, run) for run in mine}
            tails = {run.id for run in mine if after[run.id] is None and _late(rule, run)}
            points, more = self._watched.points(rule.metric, after, tails)
            found |= {(rule.row.id, run): one for run, one in points.items()}
            cut |= {(rule.row.id, run) for run in more}
        return found, cut

    def _after(self, rule: _Rule, run: WatchedRun) -> tuple[int, int] | None:
        state = self._kept.get(_key(rule, run), _NEW).state
        if state.epoch != rule.row.epoch or state.at is None or state.step is None:
            return None
        return state.at, state.step

    def _forget(self, known: set[tuple[str, str]] | None) -> None:
        """Let go of rules and runs that are gone."""
        if known is None:
            return
        self._kept = {key: one for key, one in self._kept.items() if key in known}
        self._seen = {key: one for key, one in self._seen.items() if key in known}
        runs = {run for _, run in known}
        self._moved = {run: one for run, one in self._moved.items() if run in runs}


def _rule(row: AlertRuleRow) -> _Rule | None:
    try:
        condition = row.parsed()
    except ValidationError:  # a newer version has made it; the others go on
        logger.warning("The alert rule %s is of a kind that this version does not know, and sleeps", row.id)
        return None
    return _Rule(row, condition, getattr(condition, "metric", None))


def _late(rule: _Rule, run: WatchedRun) -> bool:
    """Whether a run was there before the rule."""
    return run.started < rule.row.since


def _key(rule: _Rule, run: WatchedRun) -> tuple[str, str]:
    return rule.row.id, run.id
