"""What MLflow takes as keys and values, asked before anything is written."""

from __future__ import annotations

from mlflow_ext.errors import ValidationError


def check_tag(key: str, value: str, field: str) -> None:
    """Refuse a tag that MLflow would refuse, or cut.

    Args:
        key: of the tag.
        value: of the tag.
        field: what the error calls it.

    Raises:
        ValidationError: says why.
    """
    from mlflow.exceptions import MlflowException
    from mlflow.utils.validation import MAX_TAG_VAL_LENGTH, _validate_tag

    if len(value) > MAX_TAG_VAL_LENGTH:
        raise ValidationError(
            f"{field} has {len(value)} characters, more than the {MAX_TAG_VAL_LENGTH} that MLflow takes.", field=field
        )
    try:
        _validate_tag(key, value)
    except MlflowException as error:
        raise ValidationError(f"{field}: {error.message}", field=field) from error


def check_metric_key(key: str, field: str) -> None:
    """Refuse a metric's name that MLflow would refuse.

    Raises:
        ValidationError: says why.
    """
    from mlflow.exceptions import MlflowException
    from mlflow.utils.validation import _validate_metric

    try:
        _validate_metric(key, 0.0, 0, 0)
    except MlflowException as error:
        raise ValidationError(f"{field}: {error.message}", field=field) from error


def takes_param(key: str, value: str) -> bool:
    """Whether MLflow can hold a param whole."""
    from mlflow.exceptions import MlflowException
    from mlflow.utils.validation import MAX_PARAM_VAL_LENGTH, _validate_param

    try:
        return len(value) <= MAX_PARAM_VAL_LENGTH and _validate_param(key, value) is not None
    except MlflowException:
        return False
