from __future__ import annotations

import threading

import pytest

from mlflow_ext.errors import ValidationError
from mlflow_ext_server.sweep.job import Jobs, Progress


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
    go, order = threading.Event(), []

    def slow(told: Progress) -> str:
        go.wait(30)
        return "slow"

    def named(name: str):
        def work(told: Progress) -> str:
            order.append(name)
            return name

        return work

    first = jobs.ask("slow", slow)
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
