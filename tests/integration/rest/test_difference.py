"""Why two runs differ: what MLflow's own clients stored, and what pairs of other runs tell."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mlflow_ext.rest import RunDifference
from tests.conftest import clean_environment
from tests.integration.rest.conftest import Api

SCRIPT = """
import json, sys, warnings
warnings.simplefilter("ignore")
import mlflow, mlflow.genai, pandas as pd
from sklearn.linear_model import LogisticRegression

uri, experiment, rows, version, scale = sys.argv[1:]
mlflow.set_tracking_uri(uri)
mlflow.set_experiment(experiment)
frame = pd.DataFrame({"x": [float(i) for i in range(int(rows))], "y": [i % 2 for i in range(int(rows))]})
with mlflow.start_run() as run:
    mlflow.genai.enable_git_model_versioning()
    mlflow.log_param("C", scale)
    mlflow.log_input(mlflow.data.from_pandas(frame, name="toy"), context="training")
    model = LogisticRegression(C=float(scale)).fit(frame[["x"]], frame["y"])
    mlflow.sklearn.log_model(model, name="model", pip_requirements=["scikit-learn==" + version, "numpy==2.0.0"])
    mlflow.log_metric("accuracy", 0.5 + float(scale) / 10)
print(json.dumps(run.info.run_id))
"""


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=a@b.c", *words], cwd=folder, check=True)


def trained(api: Api, folder: Path, experiment: str, *words: str) -> str:
    """A run of the script in a git repository."""
    done = subprocess.run(
        [sys.executable, "train.py", api.server.url, experiment, *words],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False, env=clean_environment({}),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return str(json.loads(next(line for line in done.stdout.splitlines() if line.startswith('"'))))


def ask(api: Api, one: str, other: str, **query: str) -> RunDifference:
    return RunDifference.model_validate(api.get("/diff", ids=[one, other], **query))


def things(found: RunDifference) -> dict[str, tuple[str | None, str | None]]:
    return {f"{one.part} {one.name}": (one.a, one.b) for one in found.things}


@pytest.fixture(scope="module")
def sweep(api: Api) -> tuple[str, list[str]]:
    """Runs whose optimizer matters, whose note does not; the last two are those in question."""
    experiment, _ = api.experiment()
    made = []
    for i in range(26):
        optimizer = "adam" if i % 2 else "sgd"
        params = {"optimizer": optimizer, "note": str(i // 2 % 3), "depth": "4", "lr": ("1e-3", "0.001")[i % 2]}
        value = 0.5 + 0.2 * (i % 2) + 0.001 * (i % 5)
        made.append(api.run(experiment, f"r{i}", params, {"team": "vision"}, accuracy=[value]))
        api.mlflow.set_terminated(made[-1], "FINISHED")
    return experiment, made


def test_what_mlflow_stored_of_code_packages_and_data_is_told(api: Api, tmp_path: Path):
    git(tmp_path, "init", "-q")
    (tmp_path / "train.py").write_text(SCRIPT)
    git(tmp_path, "add", "train.py")
    git(tmp_path, "commit", "-qm", "one")
    _, experiment = api.experiment()
    clean = trained(api, tmp_path, experiment, "8", "1.5.0", "1")
    (tmp_path / "train.py").write_text(SCRIPT + "# <b>changed</b>\n")
    dirty = trained(api, tmp_path, experiment, "10", "1.6.0", "2")

    found = ask(api, clean, dirty)
    told = things(found)
    assert told.pop("code uncommitted changes")[0] == "none"
    assert told.pop("data training") != (None, None)
    assert told == {"param C": ("1", "2"), "package scikit-learn": ("1.5.0", "1.6.0")}
    assert set(found.same["package"]) == {"mlflow", "numpy", "python"}
    assert {"commit", "branch", "script"} <= set(found.same["code"])
    assert [(text.part, text.of) for text in found.texts] == [("code", "b"), ("package", "both")]
    assert "+# <b>changed</b>" in found.texts[0].lines
    assert "+scikit-learn==1.6.0" in found.texts[1].lines
    assert ("hardware", "both") in {(one.part, one.of) for one in found.unknown}
    assert (found.metric, found.direction, found.apart) == ("accuracy", "higher", pytest.approx(0.1))

    # MLflow keeps one diff for all runs of a commit with changes: of the earlier it is not known any more.
    (tmp_path / "train.py").write_text(SCRIPT + "# otherwise\n")
    later = trained(api, tmp_path, experiment, "10", "1.6.0", "2")
    found = ask(api, dirty, later)
    assert ("code", "uncommitted changes", "a") in {(one.part, one.name, one.of) for one in found.unknown}
    assert "uncommitted changes" not in found.same["code"]
    assert not found.things


def test_pairs_of_other_runs_tell_what_matters(api: Api, sweep: tuple[str, list[str]]):
    _, runs = sweep
    found = ask(api, runs[-2], runs[-1])
    (thing,) = found.things
    assert (thing.name, thing.a, thing.b, thing.explains) == ("optimizer", "sgd", "adam", True)
    assert thing.pairs == thing.alone == 12
    assert thing.mean == pytest.approx(0.2, abs=0.01)
    assert "12 pairs of other runs" in thing.sentence
    assert "better" in thing.sentence
    assert "Two runs prove nothing by themselves" in found.sentence
    assert found.history == 24
    assert found.same["param"] == ["depth", "lr", "note"]
    assert found.same["tag"] == ["team"]
    assert api.post("/diff", {"ids": [runs[-2], runs[-1]]}) == found.model_dump(mode="json")


def test_metric_and_direction_can_be_chosen(api: Api, sweep: tuple[str, list[str]]):
    _, runs = sweep
    turned = ask(api, runs[-2], runs[-1], direction="lower")
    assert (turned.direction, "worse" in turned.things[0].sentence) == ("lower", True)
    absent = ask(api, runs[-2], runs[-1], metric="loss")
    assert (absent.a.value if absent.a else 0, absent.apart) == (None, None)
    assert "nothing to explain" in absent.sentence


def test_what_is_not_here_is_missing_and_an_archived_run_is_here(api: Api, sweep: tuple[str, list[str]]):
    experiment, runs = sweep
    gone = "0" * 32
    found = ask(api, runs[0], gone)
    assert (found.missing, found.b, found.things) == ([gone], None, [])
    assert found.a is not None
    assert ask(api, "no such run", gone).missing == ["no such run", gone]
    archived = api.run(experiment, "archived", {"optimizer": "lion"}, accuracy=[0.1])
    api.mlflow.delete_run(archived)
    found = ask(api, archived, runs[0])
    assert found.a is not None
    assert found.a.stage == "archived"
    assert "param optimizer" in things(found)
    assert ask(api, runs[0], runs[0]).sentence.startswith("Nothing that is recorded differs")


def test_two_hundred_params_nan_and_no_shared_metric_get_an_answer(api: Api, sweep: tuple[str, list[str]]):
    experiment, runs = sweep
    wide = api.run(experiment, "wide", {f"p{i}": "x" * 400 for i in range(100)}, loss=[1.0])
    nan = api.run(experiment, "nan", {f"p{i}": str(i) for i in range(100)}, accuracy=[float("nan")])
    found = ask(api, wide, nan)
    assert (found.metric, len(found.things)) == (None, 100)
    assert "they share no metric" in found.sentence
    found = ask(api, nan, runs[0])
    assert found.a is not None
    assert (found.a.value, found.apart) == ("NaN", None)
    bare = api.run(experiment, "bare", accuracy=[0.5])
    found = ask(api, bare, runs[0])
    assert ("param", None, "a") in {(one.part, one.name, one.of) for one in found.unknown}
    assert "params" in found.sentence


@pytest.mark.parametrize("ids", [[], ["a"], ["a", "b", "c"]])
def test_it_takes_two(api: Api, ids: list[str]):
    api.get("/diff", 422, ids=ids)
