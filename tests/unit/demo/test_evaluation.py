import numpy as np
import pytest

from mlflow_ext_server.demo import evaluation

NAMES = ["a", "b", "c"]
TRUTH = np.array([0, 0, 1, 1, 2, 2])
PROBABILITY = np.array(
    [[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.1, 0.7, 0.2], [0.5, 0.4, 0.1], [0.0, 0.1, 0.9], [0.2, 0.2, 0.6]]
)
PREDICTED = PROBABILITY.argmax(axis=1)


def test_confusion_counts_true_by_predicted_class():
    matrix = evaluation.confusion(TRUTH, PREDICTED, NAMES)
    assert np.array_equal(matrix.values, [[2, 0, 0], [1, 1, 0], [0, 0, 2]])
    assert matrix.row_labels == ("a", "b", "c")


def test_roc_carries_its_area_and_starts_and_ends_in_the_corners():
    curve = evaluation.roc(TRUTH, PROBABILITY)
    assert (curve.x[0], curve.y[0], curve.x[-1], curve.y[-1]) == (0, 0, 1, 1)
    assert curve.metric.name == "AUC"
    area = np.sum((curve.y[1:] + curve.y[:-1]) / 2 * np.diff(curve.x))
    assert curve.metric.value == pytest.approx(area)


def test_precision_recall_names_the_level_of_guessing():
    curve = evaluation.precision_recall(TRUTH, PROBABILITY)
    assert curve.metadata == {"baseline_value": pytest.approx(1 / 3)}
    assert list(curve.x) == sorted(curve.x)


def test_calibration_of_a_model_that_is_as_right_as_it_is_sure_has_no_error():
    probability = np.array([[0.75, 0.25]] * 4 + [[1.0, 0.0]] * 4)
    curve = evaluation.calibration(np.array([0, 0, 0, 1, 0, 0, 0, 0]), probability, bins=2)
    assert (list(curve.x), list(curve.y), curve.metric.value) == ([0.75, 1.0], [0.75, 1.0], 0.0)


def test_confidence_is_apart_for_right_and_wrong_answers():
    sample = evaluation.confidence(TRUTH, PROBABILITY)
    assert sample.groups == ("right", "right", "right", "wrong", "right", "right")


def test_errors_stack_what_was_missed_on_what_was_mistaken():
    bars = evaluation.errors(TRUTH, PREDICTED, NAMES)
    assert bars.stacked
    assert {name: list(column) for name, column in bars.groups.items()} == {
        "missed": [0, 1, 0],
        "mistaken for it": [1, 0, 0],
    }


def test_worst_predictions_come_with_the_row_of_the_data_first():
    table = evaluation.worst(TRUTH, PROBABILITY, NAMES, np.arange(100, 106), limit=2)
    assert [row[:3] for row in table.data] == [(103, "b", "a"), (101, "a", "a")]
    assert [column.type for column in table.columns] == ["number", "string", "string", "number", "number"]


@pytest.mark.parametrize("dimensions", [2, 3])
def test_embedding_has_as_many_axes_as_asked(dimensions):
    features = np.random.default_rng(0).normal(size=(20, 5))
    points = evaluation.embedding(features, ["a"] * 20, dimensions)
    assert (points.z is not None) == (dimensions == 3)
    assert len(points) == 20
