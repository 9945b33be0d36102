from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss

from mlflow_ext_server.demo import search
from mlflow_ext_server.demo.digits import data


def test_as_many_runs_as_trials() -> None:
    assert list(search.runs()) == [f"trial-{at:02}" for at in range(search.TRIALS)]


def losses(params: dict[str, object]) -> list[float]:
    held, model, found = data(), search._Network(params), []
    for epoch in range(search.EPOCHS):
        model.epoch(held.x, held.y, epoch)
        found.append(float(log_loss(held.y_test, model.probability(held.x_test), labels=range(10))))
    return found


def test_the_last_run_diverges_when_its_learning_rate_restarts() -> None:
    found = losses(search._DIVERGES)
    assert min(found[:12]) < 0.2
    assert min(found[12:]) > 10 * min(found[:12])


def test_a_network_learns_and_its_result_is_always_the_same() -> None:
    found = losses(search._DEFAULTS)
    assert found[-1] < 0.3 < found[0]
    assert losses(search._DEFAULTS) == found
    assert np.isfinite(found).all()


def test_a_run_by_itself_asks_for_a_server(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setattr("sys.argv", ["search", "--learning_rate", "0.1"])
    with pytest.raises(SystemExit) as ended:
        search.main()
    assert ended.value.code == 2
    assert "MLFLOW_TRACKING_URI" in capsys.readouterr().err
