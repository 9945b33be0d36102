from __future__ import annotations

import threading

import anyio
import pytest

from mlflow_ext_server.credentials import Credentials
from mlflow_ext_server.mlflow_adapter import Asked, Connection, Refusal, User

ANN = {"authorization": "Basic ann"}


def asked(headers: dict[str, str]) -> Asked:
    return Asked("GET", "/", "", headers, Connection("127.0.0.1", "http"))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


pytestmark = pytest.mark.anyio


class Check:
    """Counts its calls, and holds each until it may go on."""

    def __init__(self) -> None:
        self.calls: list[str | None] = []
        self.entered = threading.Semaphore(0)
        self.go_on = threading.Event()

    def __call__(self, asked: Asked) -> User | Refusal:
        self.calls.append(asked.headers.get("authorization"))
        self.entered.release()
        assert self.go_on.wait(20)
        return User("ann", False) if asked.headers.get("authorization") == "Basic ann" else Refusal(401, (), b"")


async def ask(credentials: Credentials, headers: dict[str, str], count: int, check: Check, calls: int) -> list:
    answers: list = []

    async def one() -> None:
        answers.append(await credentials.user(asked(headers)))

    async with anyio.create_task_group() as tasks:
        for _ in range(count):
            tasks.start_soon(one)
        await anyio.wait_all_tasks_blocked()
        for _ in range(calls):
            assert await anyio.to_thread.run_sync(check.entered.acquire, True, 20)
        check.go_on.set()
    return answers


async def test_the_same_credentials_at_once_are_checked_once():
    check = Check()
    answers = await ask(Credentials(check, by_header=True), ANN, 8, check, 1)
    assert answers == [User("ann", False)] * 8
    assert len(check.calls) == 1


async def test_later_ones_are_checked_again():
    check = Check()
    check.go_on.set()
    credentials = Credentials(check, by_header=True)
    await credentials.user(asked(ANN))
    await credentials.user(asked(ANN))
    assert len(check.calls) == 2


async def test_others_are_not_answered_with_someone_s_check():
    check = Check()
    credentials = Credentials(check, by_header=True)
    answers: dict[str, User | Refusal] = {}

    async def one(word: str) -> None:
        answers[word] = await credentials.user(asked({"authorization": word}))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(one, "Basic ann")
        tasks.start_soon(one, "Basic bob")
        await anyio.wait_all_tasks_blocked()
        check.go_on.set()
    assert answers == {"Basic ann": User("ann", False), "Basic bob": Refusal(401, (), b"")}


async def test_a_custom_function_sees_every_request():
    check = Check()
    await ask(Credentials(check, by_header=False), ANN, 4, check, 4)
    assert len(check.calls) == 4


async def test_who_leaves_early_does_not_take_the_answer_along():
    check = Check()
    credentials = Credentials(check, by_header=True)
    answers: list = []

    async def stays() -> None:
        answers.append(await credentials.user(asked(ANN)))

    leaving = anyio.CancelScope()

    async def leaves() -> None:
        with leaving:
            await credentials.user(asked(ANN))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(leaves)
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(stays)
        await anyio.wait_all_tasks_blocked()
        leaving.cancel()
        await anyio.wait_all_tasks_blocked()
        check.go_on.set()
    assert answers == [User("ann", False)]
