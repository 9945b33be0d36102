"""Cards of what to try next."""

from __future__ import annotations

import pytest

from mlflow_ext.rest import SuggestedConfiguration, SuggestedForecast, SuggestionAnswer
from mlflow_ext_ui.sweeps.suggestion import forecast, suggestion


def test_a_card_shows_what_varies_and_copies_all():
    one = SuggestedConfiguration(
        params={"lr": 2.7e-4, "opt": "adam", "epochs": 10},
        forecasts=[SuggestedForecast(metric="acc", expected=0.95712, spread=0.0062)],
        tag="Exploit",
        reason="Between your 3 best runs.",
        python="{'lr': 0.00027, 'opt': 'adam', 'epochs': 10}",
        flags="--lr 0.00027",
        command=None,
    )
    space = {
        "params": {"lr": {"kind": "number"}, "opt": {"kind": "category"}, "epochs": {"kind": "number", "fixed": "10"}}
    }
    held = SuggestionAnswer(items=[one], space=space, coverage=[0.625], notes=["Few runs."], runs=["a", "b"])
    found = suggestion(held)
    (card,) = found["items"]
    assert card["params"] == [["lr", "0.00027"], ["opt", "adam"]]
    assert card["forecasts"] == [["acc", "0.9571", "0.0062"]]
    assert (card["command"], card["whole"]) == ("--lr 0.00027", False)
    assert found["varying"] == 2
    assert found["caption"] == "TPE, fed with 2 runs"
    assert found["notes"][0] == "Few runs."
    assert "62%" in found["notes"][1]


@pytest.mark.parametrize(
    ("expected", "spread", "shown"),
    [
        (0.9568, 0.0123, ("0.957", "0.012")),
        (1234.5, 100.0, ("1,234", "100")),
        (1e-9, 1e-10, ("1e−9", "1e−10")),
        (0.5, 0.0, ("0.5000", "0")),
    ],
)
def test_value_and_spread_share_their_decimals(expected: float, spread: float, shown: tuple[str, str]):
    assert forecast(expected, spread) == shown
