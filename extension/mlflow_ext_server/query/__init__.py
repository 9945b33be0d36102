"""The language of filters and orders over runs (``docs/filter.md``): text in, SQL with bound parameters out."""

from mlflow_ext_server.query.compile import condition
from mlflow_ext_server.query.error import FilterError
from mlflow_ext_server.query.node import Condition
from mlflow_ext_server.query.order import order_by
from mlflow_ext_server.query.syntax import ambiguous_keys, parse

__all__ = ["Condition", "FilterError", "ambiguous_keys", "condition", "order_by", "parse"]
