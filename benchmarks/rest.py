"""What a tracking server has, asked over MLflow's REST by one kept connection: the same question for every logger."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import requests

POLL_SECONDS = 0.02


class Reader:
    """Reads one run."""

    def __init__(self, url: str, run_id: str) -> None:
        self.url = url
        self._url = f"{url}/api/2.0/mlflow"
        self._files = f"{url}/api/2.0/mlflow-artifacts/artifacts"
        self.run_id = run_id
        self._session = requests.Session()

    def run(self) -> dict[str, Any]:
        return self._get("/runs/get", run_id=self.run_id)["run"]

    def last_steps(self) -> dict[str, int]:
        """The highest step of each metric."""
        return {m["key"]: int(m["step"]) for m in self.run()["data"].get("metrics", [])}

    def tags(self) -> dict[str, str]:
        return {tag["key"]: tag["value"] for tag in self.run()["data"].get("tags", [])}

    def history(self, key: str) -> list[tuple[int, float]]:
        """Step and value of every stored point."""
        found: list[tuple[int, float]] = []
        token = ""
        while True:
            answer = self._get(
                "/metrics/get-history", run_id=self.run_id, metric_key=key, max_results=25_000, page_token=token
            )
            found += [(int(m["step"]), float(m["value"])) for m in answer.get("metrics", [])]
            token = answer.get("next_page_token", "")
            if not token:
                return found

    def has_artifact(self, path: str) -> bool:
        place = self.run()["info"]["artifact_uri"].split(":", 1)[1].strip("/")
        return self._session.get(f"{self._files}/{place}/{path}", timeout=60).ok

    def artifacts(self, folder: str) -> list[dict[str, Any]]:
        return self._get("/artifacts/list", run_id=self.run_id, path=folder).get("files", [])

    def _get(self, route: str, /, **query: Any) -> dict[str, Any]:
        answer = self._session.get(self._url + route, params=query, timeout=60)
        answer.raise_for_status()
        return answer.json()


def wait_for(state: Callable[[], Any], seconds: float = 600) -> float:
    """Ask every 20 ms until it is so; returns the time at which it was."""
    deadline = time.time() + seconds
    while not state():
        if time.time() > deadline:
            raise TimeoutError("not visible on the server")
        time.sleep(POLL_SECONDS)
    return time.time()
