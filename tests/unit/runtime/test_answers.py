"""What a server's answers mean: a success, "later", or silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from mlflow_ext.uploader.client import MlflowTransport, server_answers
from mlflow_ext.uploader.http import HttpTransport
from mlflow_ext.uploader.transport import TryAgain


@pytest.fixture
def serve() -> Iterator[Callable[[int], str]]:
    """``serve(status) -> address`` of a server that answers every request so."""
    with ExitStack() as stack:

        def start(status: int) -> str:
            class Answer(BaseHTTPRequestHandler):
                def do_GET(self) -> None:
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

                def log_message(self, *_: object) -> None:
                    return

            made = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Answer))
            thread = Thread(target=made.serve_forever, daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(made.shutdown)
            return f"http://127.0.0.1:{made.server_port}"

        yield start


@pytest.mark.parametrize(
    ("status", "alive", "fit"),
    [(200, True, True), (429, True, True), (503, False, False), (502, False, False), (504, False, False)],
)
@pytest.mark.parametrize("transport", [HttpTransport, MlflowTransport])
def test_a_server_that_is_busy_is_alive_and_one_behind_a_proxy_that_gets_no_answer_is_not(
    serve: Callable[[int], str], transport: type[MlflowTransport], status: int, alive: bool, fit: bool
) -> None:
    address = serve(status)
    assert transport(address).alive() is alive
    assert server_answers(address) is fit


@pytest.mark.parametrize(("status", "answered"), [(408, True), (429, True), (503, False), (502, False), (504, False)])
def test_later_is_an_answer_and_a_proxy_s_word_is_none(
    serve: Callable[[int], str], status: int, answered: bool
) -> None:
    with pytest.raises(TryAgain) as raised:
        HttpTransport(serve(status)).run_facts("a" * 32)
    assert (raised.value.away, raised.value.answered) == (True, answered)


def test_a_port_that_nobody_listens_at_is_silent() -> None:
    transport = HttpTransport("http://127.0.0.1:9")
    assert not transport.alive()
    with pytest.raises(TryAgain) as raised:
        transport.run_facts("a" * 32)
    assert (raised.value.away, raised.value.answered) == (True, False)
