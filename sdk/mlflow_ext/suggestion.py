"""What to try next, in a training script: configurations chosen from the runs so far, on any tracking server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlflow_ext.errors import NotFound, ValidationError
from mlflow_ext.foreign import describe

if TYPE_CHECKING:
    from mlflow_ext.direction import Direction
    from mlflow_ext.rest import RunInfo
    from mlflow_ext.sweep import Outcome, Space, Suggestions, Target

_WAYS: dict[str, Direction] = {"minimize": "lower", "maximize": "higher"}
_TAKEN = "the ids of runs, runs, an experiment's name, or a DataFrame of search_runs"


def suggest(
    runs: Any,
    metric: str | Sequence[str],
    n: int = 1,
    *,
    direction: str | Sequence[str] | None = None,
    space: Space | Mapping[str, Any] | None = None,
) -> Suggestions:
    """Choose the next configurations to run.

    They come from optuna's TPE over the runs, at first from places far from all that has run; none repeats a run. The
    same runs give the same answer. Values logged with ``ext.log`` count once they are delivered: ``ext.flush()``.

    Args:
        runs: an experiment's name, the ids of runs, runs, or a DataFrame as ``search_runs`` gives.
        metric: key of the metric whose last value counts; of several the front that none beats in all is sought.
        n: how many, 1 to 100.
        direction: "minimize" or "maximize", one for each metric; by default as the metric's name tells.
        space: what to choose from. By default what the runs tell: ``.space`` of an answer shows it. A dict changes
            that, such as ``{"lr": {"low": 1e-6}, "optimizer": {"fixed": "adam"}, "width": None}``; None leaves a param
            out, a param that the runs lack takes a ``kind``: "number", "category" or "boolean".

    Returns:
        The configurations, a sequence: each has ``params``, ``expected`` and ``spread`` (68 of 100 such runs lie
        within), ``tag`` "Exploit" or "Explore", ``reason``, ``python``, ``flags`` and ``command``. Beside them
        ``space``, ``coverage`` and ``notes``: read these. Fewer than ``n`` where the space has no more.

    Raises:
        ImportError: optuna or scikit-learn is not installed; the message names the command.
        ValidationError: an argument is wrong, the metric's name does not tell the direction, or the runs leave nothing
            to choose.
        NotFound: names the runs or the experiment that are unknown or may not be read.
        StoreUnavailable: the server gives no answer.

    Example:
        >>> import mlflow_ext as ext
        >>> import pandas as pd
        >>> runs = pd.DataFrame({"params.lr": ["0.1", "0.01", "0.001"], "metrics.loss": [0.5, 0.2, 0.4]})
        >>> (one,) = ext.suggest(runs, "loss")
        >>> list(one.params), one.tag
        (['lr'], 'Explore')
    """
    _installed()
    from mlflow_ext.sweep import suggestions
    from mlflow_ext.sweep.suggestion import MAX_SUGGESTIONS

    targets = _targets(metric, direction)
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MAX_SUGGESTIONS:
        raise ValidationError(f"n takes a whole number from 1 to {MAX_SUGGESTIONS}, got {describe(n)}.", field="n")
    found = suggestions(_outcomes(runs, [target.metric for target in targets]), targets, n, space)
    if not found.items:
        raise ValidationError(" ".join(found.notes), field="space" if found.space.varying else "runs")
    return found


def _installed() -> None:
    try:
        import optuna  # noqa: F401
        import sklearn  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "ext.suggest needs optuna and scikit-learn. Install them: pip install 'mlflow-ext[sweep]'"
        ) from error


def _targets(metric: Any, direction: Any) -> list[Target]:
    from mlflow_ext.direction import better, undecided
    from mlflow_ext.sweep import Target

    keys = [metric] if isinstance(metric, str) else list(metric) if isinstance(metric, (list, tuple)) else []
    if not keys or len(set(map(str, keys))) < len(keys) or not all(isinstance(key, str) and key for key in keys):
        raise ValidationError(
            f"metric takes a metric's key, or a list of different ones, got {describe(metric)}.", field="metric"
        )
    given = [direction] * len(keys) if direction is None or isinstance(direction, str) else list(direction)
    if len(given) != len(keys) or not all(one is None or one in _WAYS for one in given):
        raise ValidationError(
            f"direction takes 'minimize' or 'maximize', one for each metric, got {describe(direction)}.",
            field="direction",
        )
    targets = []
    for key, one in zip(keys, given, strict=True):
        way = better(key) if one is None else _WAYS[one]
        if way is None:
            cure = "direction='minimize' or direction='maximize'"
            raise ValidationError(undecided(key, cure, "direction"), field="direction")
        targets.append(Target(key, way))
    return targets


def _outcomes(runs: Any, metrics: Sequence[str]) -> list[Outcome]:
    """Whatever a caller gives for runs.

    Raises:
        ValidationError: it is none of what is taken.
    """
    from mlflow_ext.tracking.connect import open_store
    from mlflow_ext.tracking.store import RunQuery

    if hasattr(runs, "columns") and hasattr(runs, "to_dict"):
        return _of_frame(runs, metrics)
    if isinstance(runs, str) or (isinstance(runs, int) and not isinstance(runs, bool)):
        return [_of_info(one, metrics) for one in open_store().runs(RunQuery(str(runs), limit=None))]
    if isinstance(runs, Mapping) or not isinstance(runs, Iterable):
        raise ValidationError(f"runs takes {_TAKEN}; got {describe(runs)}.", field="runs")
    given = list(runs)
    known = [one for one in given if _is_info(one)]
    if len(known) == len(given):
        return [_of_info(_info(one), metrics) for one in known]
    return [_of_info(one, metrics) for one in _read([_id(one) for one in given])]


def _is_info(one: Any) -> bool:
    """Whether it is a run with its values: our REST model, or MLflow's entity unless that is still active."""
    from mlflow_ext.rest import RunInfo

    return isinstance(one, RunInfo) or (hasattr(one, "data") and getattr(one.info, "status", "RUNNING") != "RUNNING")


def _info(one: Any) -> RunInfo:
    from mlflow_ext.rest import RunInfo
    from mlflow_ext.tracking.entity import run_info

    return one if isinstance(one, RunInfo) else run_info(one, "")


def _id(one: Any) -> str:
    found = one if isinstance(one, str) else getattr(one, "id", None) or getattr(one, "run_id", None)
    found = found or getattr(getattr(one, "info", None), "run_id", None)
    if not isinstance(found, str) or not found:
        raise ValidationError(f"runs takes {_TAKEN}; got among them {describe(one)}.", field="runs")
    return found


def _read(ids: Sequence[str]) -> list[RunInfo]:
    from mlflow_ext.rest import MAX_RUNS
    from mlflow_ext.tracking.connect import open_store

    store, found, missing = open_store(), [], []
    once = list(dict.fromkeys(ids))
    for at in range(0, len(once), MAX_RUNS):
        answer = store.compare(once[at : at + MAX_RUNS])
        found += answer.runs
        missing += answer.missing
    if missing:
        raise NotFound(f"Unknown or unreadable: {', '.join(missing)}.")
    return found


def _of_info(run: RunInfo, metrics: Sequence[str]) -> Outcome:
    from mlflow_ext.sweep import Outcome
    from mlflow_ext.sweep.command import of_source
    from mlflow_ext.tracking.store import number

    values = tuple(number(run.metrics[key]) if key in run.metrics else None for key in metrics)
    command = run.command or of_source(run.tags.get("mlflow.source.name", ""))
    return Outcome(run.run_id, run.params, values, run.status, command)


def _of_frame(frame: Any, metrics: Sequence[str]) -> list[Outcome]:
    """Rows of search_runs, ours or MLflow's: in both a metric that a run lacks is NaN, as one that diverged is."""
    from mlflow_ext.store_format import COMMAND_TAG
    from mlflow_ext.sweep import Outcome
    from mlflow_ext.sweep.command import of_source

    lacking = [key for key in metrics if f"metrics.{key}" not in frame.columns]
    if lacking:
        raise ValidationError(
            f"runs: the DataFrame has no column 'metrics.{lacking[0]}'; it takes params.* and metrics.* as"
            " search_runs names them.",
            field="runs",
        )
    made = []
    for at, row in enumerate(frame.to_dict("records")):
        texts = {name: value for name, value in row.items() if isinstance(value, str)}
        params = {
            str(name)[len("params.") :]: str(value)
            for name, value in row.items()
            if str(name).startswith("params.") and value is not None and value == value
        }
        values = tuple(float(row[f"metrics.{key}"]) for key in metrics)
        command = texts.get(f"tags.{COMMAND_TAG}") or of_source(texts.get("tags.mlflow.source.name", ""))
        told = tuple(None if value != value else value for value in values)
        made.append(Outcome(texts.get("run_id", f"{at:08}"), params, told, texts.get("status", "FINISHED"), command))
    return made
