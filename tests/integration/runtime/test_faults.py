"""Nothing is lost: servers and training processes are killed for real, and every point is compared afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Server
from tests.integration.runtime.conftest import Bench, Reader, wait_for

STEPS = 1_500
TRAIN = """
    with mlflow.start_run() as run:
        print("run", run.info.run_id, flush=True)
        for step in range({steps}):
            ext.log("training", {{"step": step, "loss": 1.0 / (step + 1), "acc": step / 7}})
            if step == {mark}:
                print("mark", flush=True)
            time.sleep({pause})
    print("logged", flush=True)
"""


def run_of(output: str) -> str:
    found = re.search(r"run (\w+)", output)
    assert found
    return found[1]


def assert_complete(uri: str, run_id: str, folder: Path, steps: int = STEPS) -> None:
    reader = Reader(uri)
    series = reader.series(run_id, "training", folder)
    assert series.index == "step"
    assert series.x.tolist() == [float(step) for step in range(steps)]
    assert series.fields["loss"][0].tolist() == [1.0 / (step + 1) for step in range(steps)]
    assert series.fields["acc"][0].tolist() == [step / 7 for step in range(steps)]
    for key, value in (("training/loss", lambda step: 1.0 / (step + 1)), ("training/acc", lambda step: step / 7)):
        assert reader.history(run_id, key) == {step: value(step) for step in range(steps)}
    assert sum(tag.points for tag in reader.tags(run_id)) == steps


def test_a_server_killed_amid_logging_and_back_on_its_port_has_every_point(
    mlflow_server: Callable[..., Server], make_bench: Callable[[str], Bench], tmp_path: Path
) -> None:
    server = mlflow_server()
    bench = make_bench(server.url)
    script = bench.start(TRAIN.format(steps=STEPS, mark=400, pause=0.004))
    script.until("mark")
    server.kill9()
    script.until("run")
    server.start()
    script.ok()
    assert_complete(server.url, run_of(script.stdout()), tmp_path)
    assert bench.spool_files() == []


def test_what_a_server_that_is_gone_for_good_missed_is_delivered_by_sync(
    mlflow_server: Callable[..., Server], make_bench: Callable[[str], Bench], tmp_path: Path
) -> None:
    server = mlflow_server()
    bench = make_bench(server.url)
    # without the block, whose end MLflow itself would report with its own minutes of retries
    code = TRAIN.format(steps=STEPS, mark=300, pause=0.002).replace(
        "with mlflow.start_run() as run:", "if run := mlflow.start_run():"
    )
    script = bench.start(code)
    script.until("mark")
    server.kill9()
    script.ok()
    assert "mlflow-ext sync" in script.stderr()
    assert str(bench.spool) in script.stderr()
    assert bench.spool_files()
    status = bench.command("status")
    assert status.process.returncode == 1
    assert "pending" in status.stdout()
    server.start()
    synced = bench.command("sync")
    assert synced.process.returncode == 0, synced.stdout() + synced.stderr()
    assert_complete(server.url, run_of(script.stdout()), tmp_path)
    assert bench.spool_files() == []
    assert bench.command("status").process.returncode == 0


def test_every_call_that_returned_before_a_kill_is_delivered_by_sync(bench: Bench, tmp_path: Path) -> None:
    script = bench.start(
        """
        with mlflow.start_run() as run:
            print("run", run.info.run_id, flush=True)
            step = 0
            while True:
                ext.log("training", {"step": step, "loss": 1.0 / (step + 1), "acc": step / 7})
                os.write(1, f"{step}\\n".encode())
                step += 1
        """
    )
    script.until("\n3000\n")
    script.kill9()
    returned = int(script.stdout().rstrip("\n").split("\n")[-1]) + 1
    next_one = bench.run("with mlflow.start_run():\n    ext.log('other', {'step': 0, 'v': 1})")
    assert "What 1 earlier process was not able to deliver waits" in next_one.stderr()
    synced = bench.command("sync")
    assert synced.process.returncode == 0, synced.stdout() + synced.stderr()
    run_id = run_of(script.stdout())
    reader = Reader(bench.uri)
    logged = len(reader.series(run_id, "training", tmp_path).x)
    assert logged in (returned, returned + 1)  # the last call may have logged and not come to print
    assert_complete(bench.uri, run_id, tmp_path, logged)


def test_an_address_that_mlflow_cant_use_stops_neither_the_script_nor_the_delivery_of_others(
    bench: Bench, tmp_path: Path
) -> None:
    lost = bench.run("ext.log('points', {'step': 0, 'v': 1})", {"MLFLOW_TRACKING_URI": "bogus://nowhere"})
    assert "can't use the address bogus://nowhere. Set MLFLOW_TRACKING_URI" in lost.stderr()
    kept = bench.run(
        """
        run = mlflow.start_run()
        print("run", run.info.run_id)
        ext.configure(offline=True)
        ext.log("points", {"step": 0, "v": 1})
        """
    )
    synced = bench.command("sync")
    assert synced.process.returncode == 1
    assert "2 records parked: MLflow as it is installed here can't use" in synced.stdout()
    assert len(Reader(bench.uri).series(run_of(kept.stdout()), "points", tmp_path).x) == 1
    assert len(bench.spool_files()) == 1
    (waiting,) = bench.spool_files()
    assert bench.command("sync", "--tracking-uri", bench.uri, str(waiting)).process.returncode == 0
    assert bench.spool_files() == []


def test_four_processes_write_one_series_of_one_run_at_once(bench: Bench, tmp_path: Path) -> None:
    run_id = Reader(bench.uri).client.create_run("0").info.run_id
    writers = [
        bench.start(
            f"""
            for step in range(200):
                ext.log("shared", {{"step": step * 4 + {rank}, "loss": step + {rank} / 10}}, run_id="{run_id}")
            """
        )
        for rank in range(4)
    ]
    for writer in writers:
        writer.ok()
    reader = Reader(bench.uri)
    series = reader.series(run_id, "shared", tmp_path)
    assert series.x.tolist() == list(range(800))
    expected = [step // 4 + (step % 4) / 10 for step in range(800)]
    assert series.fields["loss"][0].tolist() == expected
    assert reader.history(run_id, "shared/loss") == dict(enumerate(expected))
    assert len(reader.tags(run_id)) == 4


def test_a_database_without_a_server_takes_everything(make_bench: Callable[[str], Bench], tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path / 'own.db'}"
    bench = make_bench(uri)
    script = bench.run(TRAIN.format(steps=300, mark=0, pause=0))
    assert_complete(uri, run_of(script.stdout()), tmp_path, 300)


def test_a_server_that_is_down_at_the_start_gets_the_run_later_as_of_its_start(
    mlflow_server: Callable[..., Server], make_bench: Callable[[str], Bench], tmp_path: Path
) -> None:
    server = mlflow_server()
    server.kill9()
    bench = make_bench(server.url)
    script = bench.run(
        """
        began = time.time()
        config = {"lr": 0.1, "deep": {"n": [1, 2]}}
        with ext.init(project="offline", name="first", config=config, tags={"team": "a"}) as run:
            print("local", run.id, flush=True)
            for step in range(100):
                run.log("training", {"step": step, "loss": 1.0 / (step + 1), "acc": step / 7})
        print("began", int(began * 1000), "took", time.time() - began)
        """
    )
    assert "local local-" in script.stdout()
    assert "mlflow-ext sync" in script.stderr()
    server.start()
    for _ in range(2):
        assert bench.command("sync").process.returncode == 0
    client = Reader(server.url).client
    experiment = client.get_experiment_by_name("offline")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    began = int(re.search(r"began (\d+)", script.stdout())[1])  # type: ignore[index]
    assert run.info.run_name == "first"
    assert run.info.status == "FINISHED"
    assert 0 <= run.info.start_time - began < 60_000
    assert run.data.params == {"lr": "0.1", "deep.n": "[1,2]"}
    assert run.data.tags["team"] == "a"
    assert_complete(server.url, run.info.run_id, tmp_path, 100)


def test_a_run_deleted_amid_logging_is_kept_among_the_refused_and_the_rest_goes_on(
    bench: Bench, tmp_path: Path
) -> None:
    script = bench.start(
        """
        client = mlflow.MlflowClient()
        run = client.create_run("0")
        other = client.create_run("0")
        ext.log("training", {"step": 0, "loss": 1.0}, run_id=run.info.run_id)
        ext.flush()
        client.delete_run(run.info.run_id)
        for step in range(1, 50):
            ext.log("training", {"step": step, "loss": 1.0}, run_id=run.info.run_id)
        ext.log("training", {"step": 0, "loss": 2.0}, run_id=other.info.run_id)
        counts = ext.flush()
        print("run", run.info.run_id, "other", other.info.run_id)
        print("counts", counts.pending, counts.rejected, counts.parked)
        """
    )
    script.ok()
    assert re.search(r"counts 0 49 0", script.stdout()), script.stdout() + script.stderr()
    run_id, other = run_of(script.stdout()), re.search(r"other (\w+)", script.stdout())[1]  # type: ignore[index]
    assert "was deleted" in script.stderr()
    reader = Reader(bench.uri)
    assert reader.history(other, "training/loss") == {0: 2.0}
    (kept,) = (bench.spool / "rejected").glob(f"{run_id}.*.spool")
    reader.client.restore_run(run_id)
    assert bench.command("sync", str(kept)).process.returncode == 0
    assert reader.series(run_id, "training", tmp_path).x.tolist() == list(range(50))
    assert reader.history(run_id, "training/loss") == dict.fromkeys(range(50), 1.0)
    assert wait_for(lambda: not list((bench.spool / "rejected").iterdir()))
