from __future__ import annotations

import pytest

from mlflow_ext.sweep.inference import inferred


def test_powers_of_two_stay_those_that_were_tried() -> None:
    sizes = ["16", "32", "64", "128"] * 2
    params = {f"r{at}": {"batch_size": size, "width": str(8 + at)} for at, size in enumerate(sizes)}
    found = inferred(params).params
    assert (found["batch_size"].kind, found["batch_size"].choices) == ("category", ("16", "32", "64", "128"))
    assert found["width"].kind == "number"


@pytest.mark.parametrize(
    "sizes", [["16", "32"] * 4, ["16", "32", "64", "128"], ["16", "32", "48"] * 3, ["1", "2", "4", "4.0"] * 2]
)
def test_other_numbers_do_not(sizes: list[str]) -> None:
    params = {f"r{at}": {"n": size} for at, size in enumerate(sizes)}
    assert inferred(params).params["n"].kind == "number"


def test_a_share_that_never_reached_one_is_not_taken_to_it() -> None:
    runs = {f"r{i}": {"beta": beta} for i, beta in enumerate(["0.9", "0.99", "0.999", "0.999"])}
    found = inferred(runs, ["r3", "r2"]).params["beta"]
    assert found.high is not None
    assert 0.999 < found.high < 1
