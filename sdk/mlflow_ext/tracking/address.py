"""The address of our UI where a tracking server's is meant."""

from __future__ import annotations

import re

from mlflow_ext.errors import MlflowExtError, ValidationError
from mlflow_ext.spool.header import bare_uri
from mlflow_ext.tracking.api import Api

_OF_UI = re.compile(r"(https?://[^/?#]+(?:/[^/?#]+)*?)/ext(?:[/?#].*)?", re.IGNORECASE)


def check_address(uri: str) -> None:
    """Refuse the address of the UI, which is the one that ext-server prints first and that a browser shows.

    Only an address with ``/ext`` in it is looked at, as a server may have that very word as its prefix.

    Raises:
        ValidationError: it is; names the server's.
    """
    match = _OF_UI.fullmatch(uri)
    if match is None:
        return
    try:
        ours = Api(match[1]).health() is not None
    except MlflowExtError:  # whatever is wrong there is told of the address as it was given
        return
    if ours:
        raise ValidationError(
            f"{bare_uri(uri)} is the address of the UI; leave off what begins with /ext: {bare_uri(match[1])}",
            field="tracking_uri",
        )
