"""Scripts, styles and fonts: compressed once, cached by content, not asked for again while their address stays."""

from __future__ import annotations

import gzip
import hashlib
import logging
import mimetypes
import os
import posixpath
import re
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import flask
from dash.fingerprint import check_fingerprint

logger = logging.getLogger(__name__)

ASSETS = Path(__file__).parent / "assets"
_STATIC = ("/_dash-component-suites/", "/assets/")
# Dash writes version and time into a name; a font never changes under its own.
_LASTING = re.compile(r"\.v[\w-]+m[0-9a-fA-F]+\.|\.woff2$")
_PACKED = frozenset({"text/javascript", "application/javascript", "text/css", "image/svg+xml", "application/json"})
_WORTH = 1500
_KEPT_AT_MOST = 2000  # far above the number of files that there are
_YEAR = "public, max-age=31536000, immutable"


class Packer:
    """Compresses each content once: in memory, and in a directory of this user that outlives the process."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def pack(self, content: bytes) -> bytes:
        """The gzip form of ``content``."""
        digest = hashlib.sha256(content).hexdigest()
        with self._lock:
            found = self._memory.get(digest) or self._load(digest)
            if found is None:
                found = gzip.compress(content, 9, mtime=0)
                self._save(digest, found)
            self._memory[digest] = found
        return found

    def _load(self, digest: str) -> bytes | None:
        path = self._folder / f"{digest}.gz" if self._folder else None
        if path is None or not path.is_file():
            return None
        packed = path.read_bytes()
        try:
            whole = hashlib.sha256(gzip.decompress(packed)).hexdigest() == digest
        except (OSError, EOFError) as error:
            logger.warning("%s is damaged and is written again: %s", path, error)
            return None
        return packed if whole else None

    def _save(self, digest: str, packed: bytes) -> None:
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(packed)
            os.replace(file.name, self._folder / f"{digest}.gz")
        except OSError as error:
            logger.info("Compressed scripts stay in memory only: %s", error)


def cache_folder() -> Path:
    """Where compressed scripts are kept between starts."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "mlflow-ext" / "static"


class _Kept(NamedTuple):
    mimetype: str
    digest: str
    body: bytes
    packed: bytes


def register(server: flask.Flask, packer: Packer | None = None, made: Mapping[str, bytes] | None = None) -> None:
    """Serve what is static from the packer, and compress larger answers on the way.

    Args:
        server: whose files and answers these are.
        packer: what compresses; by default one that keeps its work in ``cache_folder()``.
        made: files that lie nowhere, by their path.
    """
    packs = packer or Packer(cache_folder())

    def pack(mimetype: str, body: bytes) -> _Kept:
        packed = packs.pack(body) if mimetype in _PACKED and len(body) > _WORTH else b""
        return _Kept(mimetype, hashlib.sha256(body).hexdigest()[:20], body, packed)

    kept = {_place(path): pack(mimetypes.guess_type(path)[0] or "", body) for path, body in (made or {}).items()}

    @server.before_request
    def from_memory() -> flask.Response | None:
        found = kept.get(_place(flask.request.path))
        return _answer(found) if found and flask.request.method == "GET" else None

    @server.after_request
    def keep(response: flask.Response) -> flask.Response:
        path = flask.request.path
        if not path.startswith(_STATIC):
            return _squeeze(response)
        place = _place(path)
        if response.status_code != 200 or flask.request.method != "GET" or place in kept or len(kept) >= _KEPT_AT_MOST:
            return response
        response.direct_passthrough = False
        body = response.get_data()
        response.close()
        kept[place] = pack(response.mimetype or "", body)
        return _answer(kept[place])


def _place(path: str) -> str:
    """One path for one file: anyone can make up fingerprints, which Dash takes as they come, and ways round."""
    return posixpath.normpath(check_fingerprint(path)[0] if path.startswith(_STATIC[0]) else path)


def _answer(file: _Kept) -> flask.Response:
    use_packed = bool(file.packed) and _takes_gzip()
    response = flask.Response(file.packed if use_packed else file.body, mimetype=file.mimetype)
    if use_packed:
        response.headers["Content-Encoding"] = "gzip"
    if file.packed:
        response.headers["Vary"] = "Accept-Encoding"
    response.set_etag(file.digest + ("-gz" if use_packed else ""))
    lasts = "m" in flask.request.args or _LASTING.search(flask.request.path)
    response.headers["Cache-Control"] = _YEAR if lasts else "no-cache"
    response.make_conditional(flask.request)
    return response


def _takes_gzip() -> bool:
    return flask.request.accept_encodings.best_match(["gzip"]) == "gzip"


def _squeeze(response: flask.Response) -> flask.Response:
    if (
        response.mimetype != "application/json"
        or response.is_streamed
        or not _takes_gzip()
        or "Content-Encoding" in response.headers
    ):
        return response
    body = response.get_data()
    if len(body) > _WORTH:
        response.set_data(gzip.compress(body, 1))
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
    return response
