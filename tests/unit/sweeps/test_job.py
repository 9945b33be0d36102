from __future__ import annotations

import gc
import queue
import threading
import weakref
from collections.abc import Iterator

import pytest

from mlflow_ext.errors import StoreUnavailable, ValidationError
from mlflow_ext_server.sweep.job import Dropped, Job, Jobs, Progress


@pytest.fixture
def blocked() -> Iterator[tuple[Jobs[int], threading.Event]]:
    """Jobs whose thread is busy until the event is set."""
    jobs: Jobs[int] = Jobs()
    go, begun = threading.Event(), threading.Event()

    def busy(told: Progress) -> int:
        begun.set()
        go.wait(60)
        return 0

    jobs.ask("busy", busy)
    assert begun.wait(30)
    yield jobs, go
    go.set()


def test_the_same_question_is_worked_out_once() -> None:
    jobs: Jobs[int] = Jobs()
    asked = []

    def work(told: Progress) -> int:
        asked.append(1)
        return 7

    assert jobs.ask("a", work).outcome() == 7
    assert jobs.ask("a", work).outcome() == 7
    assert len(asked) == 1


def test_progress_is_told_while_it_runs() -> None:
    jobs: Jobs[str] = Jobs()
    go, there = threading.Event(), threading.Event()

    def work(told: Progress) -> str:
        told(3, 40)
        there.set()
        go.wait(30)
        return "done"

    job = jobs.ask("a", work)
    assert there.wait(30)
    assert (job.done, job.of, job.result, job.ended.is_set()) == (3, 40, None, False)
    go.set()
    assert job.outcome() == "done"


def test_an_error_reaches_who_asks_and_the_next_question_begins_anew() -> None:
    jobs: Jobs[int] = Jobs()

    def refused(told: Progress) -> int:
        raise ValidationError("space: no", field="space")

    with pytest.raises(ValidationError, match="space: no"):
        jobs.ask("a", refused).outcome()
    assert jobs.ask("a", lambda told: 1).outcome() == 1


def test_the_newest_question_comes_first_and_none_is_lost() -> None:
    jobs: Jobs[str] = Jobs()
    begun, go, order = threading.Event(), threading.Event(), []

    def slow(told: Progress) -> str:
        begun.set()
        go.wait(30)
        return "slow"

    def named(name: str):
        def work(told: Progress) -> str:
            order.append(name)
            return name

        return work

    first = jobs.ask("slow", slow)
    assert begun.wait(30)
    later = [jobs.ask(name, named(name)) for name in "abc"]
    go.set()
    assert [first.outcome(), *(job.outcome() for job in later)] == ["slow", "a", "b", "c"]
    assert order == ["c", "b", "a"]


def test_what_was_asked_longest_ago_makes_room() -> None:
    jobs: Jobs[int] = Jobs()
    asked: list[int] = []

    def numbered(at: int):
        def work(told: Progress) -> int:
            asked.append(at)
            return at

        return work

    for at in range(65):
        jobs.ask(str(at), numbered(at)).outcome()
    jobs.ask("64", numbered(64)).outcome()
    assert asked == list(range(65))
    jobs.ask("0", numbered(0)).outcome()
    assert asked == [*range(65), 0]


def test_who_waits_for_what_is_dropped_is_told_so(blocked: tuple[Jobs[int], threading.Event]) -> None:
    jobs, go = blocked
    first = jobs.ask("first", lambda told: 1)
    later = [jobs.ask(str(at), lambda told: 2) for at in range(16)]
    with pytest.raises(Dropped, match="ask again"):
        first.outcome()
    go.set()
    assert [job.outcome() for job in later] == [2] * 16
    assert jobs.ask("first", lambda told: 3).outcome() == 3


def test_an_answer_that_takes_long_is_not_waited_for_without_end(blocked: tuple[Jobs[int], threading.Event]) -> None:
    jobs, go = blocked
    with pytest.raises(StoreUnavailable, match="kept; ask again"):
        jobs.ask("slow", lambda told: 1).outcome(0.01)
    go.set()
    assert jobs.ask("slow", lambda told: 2).outcome() == 1


def test_of_many_that_would_wait_some_are_answered_at_once(blocked: tuple[Jobs[int], threading.Event]) -> None:
    jobs, go = blocked
    job = jobs.ask("slow", lambda told: 1)
    answers: queue.Queue[bool] = queue.Queue()
    threads = [threading.Thread(target=lambda: answers.put(job.wait(60))) for _ in range(40)]
    for thread in threads:
        thread.start()
    at_once = [answers.get(timeout=30) for _ in range(28)]
    go.set()
    for thread in threads:
        thread.join(30)
    assert at_once == [False] * 28
    assert [answers.get(timeout=30) for _ in range(12)] == [True] * 12


def test_what_is_kept_does_not_hold_what_it_was_made_of() -> None:
    class Runs:
        pass

    runs = Runs()
    held = weakref.ref(runs)

    def work(told: Progress, runs: Runs = runs) -> int:
        return 1

    job = Job(work)
    del runs, work
    job.run()
    gc.collect()
    assert (job.outcome(), held()) == (1, None)


def test_what_cannot_be_prepared_leaves_no_one_waiting() -> None:
    def prepare() -> None:
        raise ImportError("no such library")

    assert Jobs[int](prepare).ask("a", lambda told: 7).outcome() == 7
