"""Forks, children of multiprocessing, threads and the ways a process ends: what was logged arrives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.integration.runtime.conftest import Bench, Reader

START = """
run = mlflow.start_run()
print("run", run.info.run_id, flush=True)
"""


def run_of(output: str) -> str:
    found = re.search(r"run (\w+)", output)
    assert found
    return found[1]


def points(bench: Bench, run_id: str, folder: Path, name: str = "training") -> list[float]:
    series = Reader(bench.uri).series(run_id, name, folder)
    return series.x.tolist()


def test_a_child_forked_after_logging_writes_its_own_file(bench: Bench, tmp_path: Path) -> None:
    script = bench.run(
        START
        + """
ext.log("training", {"step": 0, "loss": 0.0})
pid = os.fork()
if pid == 0:
    ext.log("training", {"step": 1, "loss": 1.0})
    os._exit(0)   # no hook of any kind runs: the parent adopts what is left
os.waitpid(pid, 0)
ext.log("training", {"step": 2, "loss": 2.0})
"""
    )
    run_id = run_of(script.stdout())
    assert points(bench, run_id, tmp_path) == [0, 1, 2]
    assert len(Reader(bench.uri).tags(run_id)) == 2
    assert bench.spool_files() == []


def test_a_child_forked_while_a_thread_logs_neither_hangs_nor_corrupts(bench: Bench, tmp_path: Path) -> None:
    script = bench.run(
        START
        + """
stop = threading.Event()
count = 0
def work():
    global count
    while not stop.is_set():
        ext.log("training", {"step": count, "loss": 0.5}, run_id=run.info.run_id)
        count += 1
thread = threading.Thread(target=work)
thread.start()
for child in range(20):
    pid = os.fork()
    if pid == 0:
        ext.log("children", {"step": child, "loss": 1.0})
        os._exit(0)
    os.waitpid(pid, 0)
stop.set()
thread.join()
print("count", count)
"""
    )
    run_id = run_of(script.stdout())
    count = int(re.search(r"count (\d+)", script.stdout())[1])  # type: ignore[index]
    assert points(bench, run_id, tmp_path) == list(range(count))
    assert points(bench, run_id, tmp_path, "children") == list(range(20))


def test_a_child_forked_while_a_thread_logs_for_the_first_time_does_not_hang(bench: Bench, tmp_path: Path) -> None:
    """What is imported at the first call is not left locked in the child."""
    script = bench.run(
        START
        + """
entered = threading.Event()
class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "mlflow_ext.uploader.worker" and not entered.is_set():
            entered.set()
            time.sleep(1)
sys.meta_path.insert(0, Slow())
def work():
    ext.log("training", {"step": 0, "loss": 0.5}, run_id=run.info.run_id)
thread = threading.Thread(target=work)
thread.start()
entered.wait()
pid = os.fork()
if pid == 0:
    signal.alarm(60)
    ext.log("children", {"step": 0, "loss": 1.0})
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
thread.join()
"""
    )
    run_id = run_of(script.stdout())
    assert points(bench, run_id, tmp_path) == [0]
    assert points(bench, run_id, tmp_path, "children") == [0]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_children_of_multiprocessing_deliver_by_themselves(bench: Bench, tmp_path: Path, method: str) -> None:
    script = bench.run(
        """
        import multiprocessing as mp

        def work(rank, run_id):
            for step in range(50):
                ext.log("training", {"step": rank * 50 + step, "loss": float(rank)}, run_id=run_id)

        if __name__ == "__main__":
            with mlflow.start_run() as run:
                print("run", run.info.run_id, flush=True)
                context = mp.get_context("METHOD")
                children = [context.Process(target=work, args=(rank, run.info.run_id)) for rank in range(3)]
                for child in children:
                    child.start()
                for child in children:
                    child.join()
        """.replace("METHOD", method)
    )
    run_id = run_of(script.stdout())
    assert points(bench, run_id, tmp_path) == list(range(150))
    assert bench.spool_files() == []


def test_workers_that_live_as_long_as_the_training_log_to_its_run_without_being_told(
    bench: Bench, tmp_path: Path
) -> None:
    script = bench.run(
        """
        import multiprocessing as mp

        def load(queue, worker):   # as a DataLoader's worker: forked, long-lived, ended by its parent
            for step in iter(queue.get, None):
                ext.log(f"worker {worker}", {"step": step, "ms": step / 2})

        with mlflow.start_run() as run:
            print("run", run.info.run_id, flush=True)
            context = mp.get_context("fork")
            queues = [context.SimpleQueue() for _ in range(2)]
            workers = [context.Process(target=load, args=(queue, i), daemon=True) for i, queue in enumerate(queues)]
            for worker in workers:
                worker.start()
            for step in range(100):
                ext.log("training", {"step": step, "loss": 0.1})
                queues[step % 2].put(step)
            for queue in queues:
                queue.put(None)
            for worker in workers:
                worker.join()
        """
    )
    run_id = run_of(script.stdout())
    assert points(bench, run_id, tmp_path) == list(range(100))
    assert points(bench, run_id, tmp_path, "worker 0") == list(range(0, 100, 2))
    assert points(bench, run_id, tmp_path, "worker 1") == list(range(1, 100, 2))


def test_a_killed_worker_is_delivered_by_its_parent(bench: Bench, tmp_path: Path) -> None:
    script = bench.run(
        """
        import multiprocessing as mp

        def work(ready):
            for step in range(100):
                ext.log("training", {"step": step, "loss": 0.1})
            ready.put(1)
            time.sleep(600)

        with mlflow.start_run() as run:
            print("run", run.info.run_id, flush=True)
            context = mp.get_context("fork")
            ready = context.SimpleQueue()
            worker = context.Process(target=work, args=(ready,))
            worker.start()
            ready.get()
            worker.kill()
            worker.join()
        """
    )
    assert points(bench, run_of(script.stdout()), tmp_path) == list(range(100))
    assert bench.spool_files() == []


def test_forked_children_beside_a_bare_database_leave_delivery_to_their_parent(make_bench, tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path / 'own.db'}"
    bench = make_bench(uri)
    script = bench.run(
        START
        + """
ext.log("training", {"step": 0, "loss": 0.0})
ext.flush()
for step in (1, 2):
    pid = os.fork()
    if pid == 0:
        ext.log("training", {"step": step, "loss": 1.0})
        os._exit(0)
    os.waitpid(pid, 0)
"""
    )
    assert points(bench, run_of(script.stdout()), tmp_path) == [0, 1, 2]


def test_threads_without_a_run_of_their_own_log_to_that_of_the_main_thread(bench: Bench, tmp_path: Path) -> None:
    script = bench.run(
        """
        with mlflow.start_run() as run:
            print("run", run.info.run_id, flush=True)
            ext.log("main", {"step": 0, "loss": 0.0})
            def work(rank):
                for step in range(250):
                    ext.log("training", {"step": rank * 250 + step, "loss": 1.0})
            threads = [threading.Thread(target=work, args=(rank,)) for rank in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        """
    )
    run_id = run_of(script.stdout())
    assert points(bench, run_id, tmp_path) == list(range(1000))
    assert len(Reader(bench.uri).client.search_runs(["0"], max_results=1)) == 1


LOG_FIVE = """
for step in range(5):
    ext.log("training", {"step": step, "loss": 1.0})
"""


@pytest.mark.parametrize(
    ("end", "code", "status"),
    [
        ("", 0, "FINISHED"),
        ("sys.exit(0)", 0, "FINISHED"),
        ("sys.exit(3)", 3, "FAILED"),
        ("try: sys.exit(3)\nexcept SystemExit: pass", 0, "FINISHED"),
        ("raise RuntimeError('boom')", 1, "FAILED"),
    ],
)
def test_a_run_of_init_ends_as_its_process_does(bench: Bench, tmp_path: Path, end: str, code: int, status: str) -> None:
    head = 'run = ext.init(project="exits", system_metrics=False)\nprint("run", run.id, flush=True)\n'
    script = bench.start(head + LOG_FIVE + end + "\n")
    assert script.wait() == code, script.stderr()
    run_id = run_of(script.stdout())
    assert points(bench, run_id, tmp_path) == list(range(5))
    assert Reader(bench.uri).client.get_run(run_id).info.status == status
    assert bench.spool_files() == []


@pytest.mark.parametrize(
    ("end", "code", "status"),
    [("sys.exit(3)", 3, "FAILED"), ("raise RuntimeError('boom')", 1, "FAILED"), ("pass", 0, "FINISHED")],
)
def test_a_block_that_is_left_in_any_way_loses_nothing(
    bench: Bench, tmp_path: Path, end: str, code: int, status: str
) -> None:
    body = "".join(f"    {line}\n" for line in (LOG_FIVE.strip() + "\n" + end).splitlines())
    script = bench.start('with mlflow.start_run() as run:\n    print("run", run.info.run_id, flush=True)\n' + body)
    assert script.wait() == code, script.stderr()
    run_id = run_of(script.stdout())
    assert points(bench, run_id, tmp_path) == list(range(5))
    assert Reader(bench.uri).client.get_run(run_id).info.status == status


def test_what_a_process_left_by_os_exit_had_logged_is_delivered_by_sync(bench: Bench, tmp_path: Path) -> None:
    script = bench.start(START + LOG_FIVE + "os._exit(7)\n")
    assert script.wait() == 7
    assert bench.command("sync").process.returncode == 0
    assert points(bench, run_of(script.stdout()), tmp_path) == list(range(5))


def test_a_run_started_for_a_log_call_alone_holds_it_and_a_second_one_is_announced(
    bench: Bench, tmp_path: Path
) -> None:
    script = bench.run(
        """
        ext.log("training", {"step": 0, "loss": 1.0})
        print("run", mlflow.active_run().info.run_id)
        mlflow.end_run()
        for step in range(3):
            ext.log("training", {"step": step, "loss": 2.0})
        print("second", mlflow.active_run().info.run_id)
        """
    )
    second = re.search(r"second (\w+)", script.stdout())[1]  # type: ignore[index]
    assert points(bench, run_of(script.stdout()), tmp_path) == [0]
    assert points(bench, second, tmp_path) == [0, 1, 2]
    assert script.stderr().count("No run is active here any more") == 1


def test_a_quiet_run_that_ended_in_a_living_process_is_settled_and_its_file_removed(
    bench: Bench, tmp_path: Path
) -> None:
    script = bench.start(
        """
        with mlflow.start_run() as run:
            print("run", run.info.run_id, flush=True)
            for step in range(40):
                ext.log("training", {"loss": step / 2})
                time.sleep(0.05)
        print("done", flush=True)
        while any(name.endswith(".spool") for name in os.listdir(os.environ["MLFLOW_EXT_SPOOL_DIR"])):
            time.sleep(0.05)
        print("settled", flush=True)
        ext.log("training", {"loss": 99.0}, run_id=run.info.run_id)
        """
    )
    script.ok()
    run_id = run_of(script.stdout())
    series = Reader(bench.uri).series(run_id, "training", tmp_path)
    assert series.x.tolist() == list(range(41))
    assert series.fields["loss"][0][-1] == 99.0


def test_daemonic_workers_that_live_at_the_end_of_the_training_lose_nothing(bench: Bench, tmp_path: Path) -> None:
    script = bench.run(
        """
        import multiprocessing as mp

        def work(ready):
            for step in range(500):
                ext.log("training", {"step": step, "loss": 0.1})
            ready.put(1)
            time.sleep(600)

        with mlflow.start_run() as run:
            print("run", run.info.run_id, flush=True)
            ext.log("main", {"step": 0, "loss": 0.1})
            context = mp.get_context("fork")
            ready = context.SimpleQueue()
            worker = context.Process(target=work, args=(ready,), daemon=True)
            worker.start()
            ready.get()
        """
    )
    assert points(bench, run_of(script.stdout()), tmp_path) == list(range(500))
    assert bench.spool_files() == []


def test_children_of_a_run_that_no_server_knows_belong_to_it(bench: Bench, tmp_path: Path) -> None:
    script = bench.run(
        """
        run = ext.init(project="offline family", name="parent", config={"lr": 0.5})
        pid = os.fork()
        if pid == 0:
            ext.log("training", {"step": 1, "loss": 0.5})
            os._exit(0)
        os.waitpid(pid, 0)
        run.log("training", {"step": 0, "loss": 0.5})
        """,
        {"MLFLOW_EXT_OFFLINE": "1"},
    )
    assert "mlflow-ext sync" in script.stderr()
    children_first = sorted(bench.spool_files(), key=lambda path: path.stat().st_size)
    for path in children_first:
        assert bench.command("sync", str(path)).process.returncode == 0
    client = Reader(bench.uri).client
    experiment = client.get_experiment_by_name("offline family")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    assert (run.info.run_name, run.info.status, run.data.params) == ("parent", "FINISHED", {"lr": "0.5"})
    assert points(bench, run.info.run_id, tmp_path) == [0, 1]


def test_a_training_that_logs_from_a_signal_handler_neither_hangs_nor_loses(bench: Bench, tmp_path: Path) -> None:
    script = bench.run(
        """
        count = 0
        def handler(signum, frame):
            global count
            number, count = count, count + 1
            ext.log("signals", {"step": number, "loss": 0.5})
        with mlflow.start_run() as run:
            print("run", run.info.run_id, flush=True)
            ext.log("signals", {"step": 1000000, "loss": 0.5})
            ext.log("training", {"step": 0, "loss": 0.5})
            signal.signal(signal.SIGALRM, handler)
            signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
            for step in range(1, 20000):
                ext.log("training", {"step": step, "loss": 0.5})
            signal.setitimer(signal.ITIMER_REAL, 0)
            print("count", count)
        """
    )
    run_id = run_of(script.stdout())
    count = int(re.search(r"count (\d+)", script.stdout())[1])  # type: ignore[index]
    assert count > 0
    assert points(bench, run_id, tmp_path) == list(range(20_000))
    assert points(bench, run_id, tmp_path, "signals") == [*range(count), 1_000_000]
