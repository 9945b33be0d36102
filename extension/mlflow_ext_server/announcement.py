"""Says where the pages are, once the server answers."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Mapping
from typing import Any

import click

_EVERY = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


class Announcement(threading.Thread):
    """Asks the server until it answers, then prints both addresses.

    ``answered`` says whether that has happened.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__(name="announcement", daemon=True)
        host = _EVERY.get(params["host"], params["host"])
        self._host, self._port = host, int(params["port"])
        self._prefix = params["static_prefix"] or ""
        self._tls = "--ssl-certfile" in (params["uvicorn_opts"] or "")
        self._reached = threading.Event()

    @property
    def answered(self) -> bool:
        """Whether the server has answered once."""
        return self._reached.is_set()

    def run(self) -> None:
        """Ask every 100 ms; any HTTP answer will do, for a server may well refuse this very request."""
        while not self._reached.wait(0.1):
            if self._asked():
                self._reached.set()
        netloc = f"[{self._host}]" if ":" in self._host else self._host
        base = f"{'https' if self._tls else 'http'}://{netloc}:{self._port}{self._prefix}"
        click.echo(f"\n  mlflow-ext  {base}/ext/\n  MLflow      {base}/\n")

    def _asked(self) -> bool:
        connection = self._connection()
        try:
            connection.request("GET", f"{self._prefix}/ext/health")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True

    def _connection(self) -> http.client.HTTPConnection:
        if not self._tls:
            return http.client.HTTPConnection(self._host, self._port, timeout=5)
        context = ssl.create_default_context()  # our own process answers here: its name need not match
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection(self._host, self._port, timeout=5, context=context)
