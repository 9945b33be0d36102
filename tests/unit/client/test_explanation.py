"""Mistakes in a request, told by the field that they are in and in our own words."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter
from pydantic import ValidationError as NotTaken

from mlflow_ext.explanation import explained
from mlflow_ext.rest import MetricPoint, MetricPoints, NewRun, OneOrManyPoints, RunEnd, RunQuery

ONE = {"name": "loss", "value": 1}
NUMBER = 'takes a number, or one of the texts "NaN", "Infinity", "-Infinity"'


def told(annotation: Any, body: Any) -> tuple[str, str]:
    with pytest.raises(NotTaken) as raised:
        TypeAdapter(annotation).validate_python(body)
    return explained(raised.value.errors(), annotation)


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"name": "loss", "value": "abc"}, "value", NUMBER),
        ({"name": "loss", "value": None}, "value", NUMBER),
        ({"name": "loss", "value": 10**400}, "value", NUMBER),
        ({"name": "loss"}, "value", "Field required"),
        ({**ONE, "step": 1.5}, "step", "valid integer"),
        ({**ONE, "name": ""}, "name", "at least 1 character"),
        ({**ONE, "timestamp": "yesterday"}, "timestamp", "takes ms since the epoch, or an ISO 8601 date or time"),
        ({**ONE, "timestamp": "1767225600000"}, "timestamp", "takes ms since the epoch"),
        ({**ONE, "timestamp": "1969-12-31T00:00:00Z"}, "timestamp", "greater than or equal to 0"),
        ({"name": "loss", "vlaue": 1}, "vlaue", "unknown field; did you mean value?"),
        ({**ONE, "colour": 1}, "colour", "unknown field; taken are "),
        ({"metrics": []}, "metrics", "at least 1 item"),
        ({"metrics": [ONE, {**ONE, "value": "abc"}]}, "metrics.1.value", NUMBER),
        ({"metrics": [{**ONE, "stpe": 1}]}, "metrics.0.stpe", "unknown field; did you mean step?"),
        ([], "", "valid dictionary"),
    ],
)
def test_a_mistake_in_a_metric_names_its_field(body: Any, field: str, message: str) -> None:
    found, said = told(OneOrManyPoints, body)
    assert found == field
    assert message in said
    assert "Value error" not in said


def test_one_and_many_are_told_apart_by_metrics() -> None:
    reader: TypeAdapter[MetricPoint | MetricPoints] = TypeAdapter(OneOrManyPoints)
    assert isinstance(reader.validate_python(ONE), MetricPoint)
    assert isinstance(reader.validate_python({"metrics": [ONE]}), MetricPoints)
    schema = reader.json_schema()
    assert {one["$ref"].rsplit("/", 1)[1] for one in schema["oneOf"]} == {"MetricPoint", "MetricPoints"}


@pytest.mark.parametrize(
    ("model", "body", "expected"),
    [
        (NewRun, {"nmae": "x"}, ("nmae", "unknown field; did you mean name?")),
        (NewRun, {"zzz": "x"}, ("zzz", "unknown field; taken are command, config, ")),
        (RunQuery, {"zzz": "x"}, ("zzz", "unknown field; leave it out")),
        (RunQuery, {"project": "a", "experiment_name": "b"}, ("", "project and experiment_name mean the same")),
    ],
)
def test_unknown_fields_come_with_those_that_there_are(model: Any, body: Any, expected: tuple[str, str]) -> None:
    field, said = told(model, body)
    assert field == expected[0]
    assert said.startswith(expected[1])


def test_times_are_taken_as_iso_8601_where_they_are_written_too() -> None:
    assert MetricPoint(**ONE, timestamp="2026-01-01T00:00:00Z").timestamp == 1_767_225_600_000
    assert MetricPoint(**ONE, timestamp="2026-01-01T01:00:00+01:00").timestamp == 1_767_225_600_000
    assert RunEnd(end_time="2026-01-01").end_time == NewRun(start_time=1_767_225_600_000).start_time
