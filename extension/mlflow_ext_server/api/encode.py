"""What the repositories give, as the JSON that ``mlflow_ext.rest`` describes.

Lists of a thousand runs are encoded straight from plain values: a model per run would cost more than reading them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np
import orjson
from fastapi import Request, Response
from numpy.typing import NDArray

from mlflow_ext.encoding import float_text
from mlflow_ext_server.api.body import WORKSPACE

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY


def answer(body: Any, headers: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """A JSON answer; floats in ``body`` are finite, see ``number`` and ``numbers``."""
    return Response(orjson.dumps(body, option=_OPTIONS), status, dict(headers or {}), media_type="application/json")


def number(value: float | None) -> float | str | None:
    """A float as JSON takes it: NaN and infinities as text."""
    return value if value is None or math.isfinite(value) else float_text(value)


def texts(values: Sequence[float | None]) -> Sequence[float | str | None]:
    """Many floats as JSON takes them; ``number`` of each, without a call for those that are finite."""
    if np.isfinite(np.array(values, dtype=np.float64)).all():  # None counts as NaN
        return values
    return [value if value is None or math.isfinite(value) else float_text(value) for value in values]


def numbers(values: NDArray[np.float64]) -> Any:
    """An array as orjson takes it: itself when all is finite, else a list with texts."""
    if np.isfinite(values).all():
        return np.ascontiguousarray(values)
    return texts(values.tolist())


def page_headers(request: Request, total: int, limit: int, offset: int) -> dict[str, str]:
    """``X-Total-Count``, and ``Link`` to the next and the previous page where there is one (RFC 8288)."""
    links = []
    if offset + limit < total:
        links.append(_link(request, offset + limit, limit, "next"))
    if offset > 0:
        links.append(_link(request, max(0, offset - limit), limit, "prev"))
    headers = {"X-Total-Count": str(total)}
    return {**headers, "Link": ", ".join(links)} if links else headers


def _link(request: Request, offset: int, limit: int, rel: str) -> str:
    kept = [(key, value) for key, value in request.query_params.multi_items() if key not in ("limit", "offset")]
    workspace = request.scope.get(WORKSPACE)
    kept += [("workspace", workspace)] if workspace else []
    query = urlencode([*kept, ("limit", limit), ("offset", offset)])
    return f'<{request.url.path}?{query}>; rel="{rel}"'
