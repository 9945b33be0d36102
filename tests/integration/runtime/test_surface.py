"""What a user sees first: the import, the public names, their examples, the command, a notebook."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import mlflow_ext
from tests.integration.runtime.conftest import Bench, Reader


def test_every_public_name_is_listed_and_the_list_is_sorted() -> None:
    names = {name for name in dir(mlflow_ext) if not name.startswith("_")} - {"annotations", "Any", "TYPE_CHECKING"}
    public = {name for name in names if not inspect.ismodule(getattr(mlflow_ext, name))}
    assert public == set(mlflow_ext.__all__)
    assert mlflow_ext.__all__ == sorted(mlflow_ext.__all__)
    for name in mlflow_ext.__all__:
        assert inspect.getdoc(getattr(mlflow_ext, name)), name


IMPORTED = """
import sys
import mlflow
{first}
mlflow.set_tracking_uri({uri!r})
with mlflow.start_run():
    mlflow.log_metric("a", 1)
    {second}
print("modules", *sorted(sys.modules))
"""


def test_the_sdk_by_itself_imports_nothing_heavy(bench: Bench) -> None:
    results = []
    for first, second in (("", ""), ("import mlflow_ext as ext", 'ext.log("a", {"x": 1, "y": 2}); ext.flush()')):
        script = bench.start(IMPORTED.format(first=first, second=second, uri=bench.uri), head="").ok()
        results.append(set(re.search(r"modules (.*)", script.stdout())[1].split()))  # type: ignore[index]
    added = {name.split(".")[0] for name in results[1] - results[0]}
    assert not added & {"dash", "plotly", "fastapi", "sqlalchemy", "litellm", "flask", "pandas", "torch", "alembic"}
    assert "mlflow_ext" in added
    assert not {name for name in results[1] if name.startswith(("mlflow_ext_ui", "mlflow_ext_server"))}


LATER = """
import sys
import mlflow
before = set(sys.modules)
import mlflow_ext as ext
added = {name.removeprefix("mlflow_ext.").split(".")[0] for name in set(sys.modules) - before if "mlflow_ext." in name}
print("loaded", *sorted(added & {"annotation", "cli", "diagnosis", "frame", "rest", "search", "sync", "tracking"}))
print("named", set(ext.__all__) <= set(dir(ext)), "search_runs" in vars(ext))
from mlflow_ext import search_runs, set_note
print("same", ext.search_runs is search_runs is vars(ext)["search_runs"], ext.set_note is set_note)
try:
    ext.no_such_name
except AttributeError as error:
    print(error)
"""


def test_what_a_training_loop_never_touches_is_loaded_on_first_use(bench: Bench) -> None:
    printed = bench.start(LATER, head="").ok().stdout()
    assert printed.splitlines() == [
        "loaded",
        "named True False",
        "same True True",
        "module 'mlflow_ext' has no attribute 'no_such_name'",
    ]


WITHOUT = """
import sys
import mlflow_ext as ext
ext.suggest
print("loaded", *sorted({"optuna", "sklearn"} & set(sys.modules)))
sys.modules["optuna"] = None
try:
    ext.suggest([], "loss")
except ImportError as error:
    print(error)
"""


def test_suggest_asks_for_what_it_needs_when_it_is_called(bench: Bench) -> None:
    assert bench.start(WITHOUT, head="").ok().stdout().splitlines() == [
        "loaded",
        "ext.suggest needs optuna and scikit-learn. Install them: pip install 'mlflow-ext[sweep]'",
    ]


def test_the_example_of_every_public_name_runs(bench: Bench) -> None:
    script = bench.run(
        """
        import doctest
        failed = 0
        for name in ext.__all__:
            finder = doctest.DocTestFinder(recurse=False)
            runner = doctest.DocTestRunner()
            for example in finder.find(getattr(ext, name), name):
                runner.run(example)
            failed += runner.failures
            if mlflow.active_run():
                mlflow.end_run()
        print("failed", failed)
        """,
        {"MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true"},
    )
    assert "failed 0" in script.stdout(), script.stdout()


def test_a_wrong_command_is_answered_with_its_use(bench: Bench) -> None:
    for arguments in ([], ["sinc"], ["sync", "--no-such-flag"], ["sync", "/no/such/file.spool"]):
        script = bench.command(*arguments)
        assert script.process.returncode == 2
        assert "Traceback" not in script.stderr()
        assert script.stderr()


def test_sync_without_anything_to_do_says_so(bench: Bench) -> None:
    script = bench.command("sync")
    assert script.process.returncode == 0
    assert "Nothing to deliver" in script.stdout()
    assert "Everything was delivered" in bench.command("status").stdout()


def test_sync_to_a_server_that_is_away_says_what_remains_and_why(bench: Bench, unused_address: str) -> None:
    script = bench.run(
        """
        run = ext.init(project="away", system_metrics=False)
        for step in range(10):
            run.log("training", {"step": step, "loss": 0.5})
        """,
        {"MLFLOW_EXT_OFFLINE": "1"},
    )
    assert re.search(r"mlflow-ext: 1\d records pending.*mlflow-ext sync", script.stderr())
    synced = bench.command("sync", "--tracking-uri", unused_address)
    assert synced.process.returncode == 1
    assert re.search(r"1\d records pending: no answer", synced.stdout())
    synced = bench.command("sync")
    assert synced.process.returncode == 0
    client = Reader(bench.uri).client
    experiment = client.get_experiment_by_name("away")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.data.metrics == {"training/loss": 0.5}
    assert run.info.status == "FINISHED"


def test_a_damaged_spool_file_is_told_and_what_is_no_file_is_passed_over(bench: Bench) -> None:
    bench.run("ext.log('points', {'step': 0, 'v': 1})", {"MLFLOW_EXT_OFFLINE": "1"})
    (path,) = bench.spool_files()
    with path.open("r+b") as file:
        file.write(bytes(4))
    (bench.spool / "folder.spool").mkdir()
    (bench.spool / "loop.spool").symlink_to("loop.spool")
    for command in ("sync", "status"):
        script = bench.command(command)
        assert script.process.returncode == 1, script.stderr()
        assert "the file is damaged, or of a later version" in script.stdout()
    assert path.exists()


def test_a_notebook_kernel_delivers_between_its_cells(bench: Bench, tmp_path: Path) -> None:
    """Statements typed into an interactive interpreter, as a notebook's kernel runs its cells."""
    cells = """
import mlflow, mlflow_ext as ext
run = mlflow.start_run()
print("run", run.info.run_id, flush=True)
for step in range(100): ext.log("training", {"step": step, "loss": 0.5})

mlflow.end_run()
run = ext.init(project="notebook", system_metrics=False)
print("second", run.id, flush=True)
ext.log("training", {"step": 0, "loss": 0.5})
run = ext.init(project="notebook", system_metrics=False)
ext.log("training", {"step": 0, "loss": 0.75})
1 / 0
ext.log("training", {"step": 1, "loss": 0.75})
run.finish()
"""
    script = bench.interactive(cells)
    script.ok()
    reader = Reader(bench.uri)
    run_id = re.search(r"run (\w+)", script.stdout())[1]  # type: ignore[index]
    assert reader.series(run_id, "training", tmp_path).x.tolist() == list(range(100))
    experiment = reader.client.get_experiment_by_name("notebook")
    assert experiment is not None
    runs = reader.client.search_runs([experiment.experiment_id], order_by=["start_time ASC"])
    assert [run.info.status for run in runs] == ["FINISHED", "FINISHED"]
    assert [run.data.metrics["training/loss"] for run in runs] == [0.5, 0.75]


def test_init_makes_the_run_that_mlflow_sees_as_active(bench: Bench) -> None:
    script = bench.run(
        """
        with ext.init(project="both", name="named", config={"lr": 0.5}, tags={"team": 1}, system_metrics=False) as run:
            assert mlflow.active_run().info.run_id == run.id == ext.get_run().id
            assert run.config == {"lr": 0.5}
            mlflow.log_metric("plain", 3.0)
            ext.log("training", {"step": 0, "loss": 0.5})
            run.update_config({"epochs": 3})
        with mlflow.start_run():
            try:
                ext.init()
            except ext.ValidationError as error:
                print("refused:", error)
        assert ext.get_run() is None
        ext.finish()
        """
    )
    assert "refused: Run" in script.stdout()
    client = Reader(bench.uri).client
    experiment = client.get_experiment_by_name("both")
    assert experiment is not None
    run = client.search_runs([experiment.experiment_id], order_by=["start_time ASC"])[0]
    assert run.info.run_name == "named"
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"plain": 3.0, "training/loss": 0.5}
    assert run.data.params == {"lr": "0.5", "epochs": "3"}
    assert run.data.tags["team"] == "1"


def test_a_script_whose_name_is_no_utf_8_can_start_a_run_offline(bench: Bench) -> None:
    bench.run(
        """
        sys.argv[0] = os.fsdecode(b"tr\\xffin.py")
        ext.init(system_metrics=False).finish()
        """,
        env={"MLFLOW_EXT_OFFLINE": "1"},
    )
    assert rb"tr\\xffin.py" in bench.spool_files()[0].read_bytes()


def test_config_of_init_is_encoded_once(bench: Bench) -> None:
    script = bench.run(
        """
        with ext.init(config={"lr": float("nan"), "like": {"$float": "x"}}, system_metrics=False) as run:
            print(run.config)
        """,
        env={"MLFLOW_EXT_OFFLINE": "1"},
    )
    assert script.stdout() == "{'lr': nan, 'like': {'$float': 'x'}}\n"
    assert b'{"lr":{"$float":"NaN"},"like":{"$$float":"x"}}' in bench.spool_files()[0].read_bytes()
