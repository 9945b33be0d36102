"""How a receiver knows that a request comes from this server and is no repetition of an old one."""

from __future__ import annotations

import hashlib
import hmac


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The header ``X-MLflow-Ext-Signature``: ``v1=`` and the HMAC-SHA256 of ``<timestamp>.<body>`` in hex.

    Args:
        secret: of the webhook, as UTF-8.
        timestamp: as in the header ``X-MLflow-Ext-Timestamp``, seconds since the epoch.
        body: as it is sent.
    """
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1={signed.hexdigest()}"
