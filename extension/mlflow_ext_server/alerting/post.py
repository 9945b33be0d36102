"""One request to a webhook: to the very address that was checked, followed nowhere, and over in seconds."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping

from mlflow_ext.errors import ValidationError
from mlflow_ext_server.alerting.address import AllowedAddresses, Goal
from mlflow_ext_server.repositories.delivery import Outcome

STEP_SECONDS = 10.0
"""How long to wait for a connection, and for any part of an answer."""
WHOLE_SECONDS = 20.0
BODY_BYTES = 64 * 1024
_AGAIN = frozenset({408, 409, 425, 429})  # and from 500 on: the receiver may take it later
_SHOWN = 200  # bytes of an answer that the record keeps
_PLAIN: tuple[tuple[type[Exception], str], ...] = (  # the first that fits
    (ConnectionRefusedError, "nobody listens there"),
    (socket.gaierror, "its name leads nowhere"),
    (TimeoutError, "it took too long"),
    (ssl.SSLCertVerificationError, "its certificate can't be trusted"),
    (ssl.SSLError, "no secure connection came about"),
    (ConnectionError, "the connection broke off"),
    (http.client.HTTPException, "what came back is no HTTP"),
)


class _Connection(http.client.HTTPConnection):
    """A connection to an IP address that was looked up before: a second look-up might give another one."""

    def __init__(self, goal: Goal) -> None:
        super().__init__(goal.place.host, goal.place.port, timeout=STEP_SECONDS)
        self._goal = goal

    def connect(self) -> None:
        """Connect, and for https make sure that it is the host of that name."""
        self.sock = socket.create_connection((self._goal.ip, self._goal.place.port), self.timeout)
        if self._goal.place.scheme == "https":
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._goal.place.host)

    def cut(self) -> None:
        """End it, whatever is under way."""
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                self.sock.close()  # it was no longer connected


def post(allowed: AllowedAddresses, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
    """Send a body to an address that is allowed at this moment.

    Args:
        allowed: addresses that the settings allow.
        url: of the webhook.
        headers: beside those of every request.
        body: JSON, 64 KiB at most.

    Returns:
        What came of it; it never raises for what the network or the receiver does.
    """
    began = time.monotonic()
    try:
        if len(body) > BODY_BYTES:
            raise ValidationError(f"the body has {len(body)} bytes, but {BODY_BYTES} are sent at most")
        status, said = _answered(allowed.goal(url), headers, body)
    except ValidationError as error:
        return _outcome(began, None, f"not sent: {error}", False)
    except (OSError, http.client.HTTPException, UnicodeError) as error:  # of names, connections, TLS and answers
        return _outcome(began, None, f"no answer: {_plain(error)} ({type(error).__name__}: {error})", True)
    if 200 <= status < 300:
        return _outcome(began, status, "delivered", False)
    if 300 <= status < 400:
        return _outcome(began, status, "it answered with a redirect, which is not followed", False)
    return _outcome(began, status, f"refused: {said}" if said else "refused", status >= 500 or status in _AGAIN)


def _answered(goal: Goal, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
    connection = _Connection(goal)
    watch = threading.Timer(WHOLE_SECONDS, connection.cut)
    watch.daemon = True
    watch.start()
    try:
        connection.request(
            "POST", goal.place.target, body, {**headers, "Host": goal.place.origin, "Connection": "close"}
        )
        answer = connection.getresponse()
        return answer.status, " ".join(answer.read(_SHOWN).decode("utf-8", "replace").split())
    finally:
        watch.cancel()
        connection.close()


def _plain(error: Exception) -> str:
    return next((words for kind, words in _PLAIN if isinstance(error, kind)), "the connection failed")


def _outcome(began: float, status: int | None, why: str, again: bool) -> Outcome:
    printable = "".join(sign if sign.isprintable() else "?" for sign in why)
    taken = round((time.monotonic() - began) * 1000)
    return Outcome(status is not None and 200 <= status < 300, status, printable, again, taken)
