"""Names of plots and what is derived from them: slugs, paths of parts, keys of tags and mirrored metrics."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe, storable

TAG_PREFIX = "mlflow.ext.p."
FACT_PREFIX = "mlflow.ext.run."
"""What facts of a run stand under as tags."""
ALIAS_TAG, DATASET_TAG, COMMAND_TAG, LOCAL_ID_TAG = (
    FACT_PREFIX + fact for fact in ("alias", "dataset_id", "command", "local_id")
)
ALERT_PREFIX = "mlflow.ext.alert."
ALERT_MARK = "mlflow.ext.alerts"
"""Says which alert of a run arrived last."""
INDEX_PREFIXES = (TAG_PREFIX, ALERT_MARK.removesuffix("s"))
"""What tags of ours begin with that say what a run holds: no tags to people."""
NOTE_TAG = "mlflow.note.content"
"""MLflow's own, of runs and of experiments."""
NAME_LIMIT = 250
MIRROR_LIMIT = 250
WRITER = re.compile(r"[0-9a-f]{8}")
SLUG = re.compile(r"[a-z0-9_-]{1,40}-[0-9a-f]{12}")
_NO_SLUG = re.compile(r"[^a-z0-9_-]")
# MLflow takes ":" in a key on Linux but not on Windows: a run may move, so it counts as refused.
_NO_KEY = re.compile(r"[^/\w.\- ]")
_ESCAPED = re.compile(r"-x[0-9a-f]{8}\Z")


def is_reserved(key: str) -> bool:
    """Whether a run's tag is written by mlflow-ext alone, and misleads its readers when anybody else writes it."""
    return key in (ALIAS_TAG, LOCAL_ID_TAG, ALERT_MARK) or key.startswith((TAG_PREFIX, ALERT_PREFIX))


def check_name(name: Any, field: str = "name") -> str:
    """A plot's name: any text of 1 to 250 characters, kept as it is.

    Raises:
        ValidationError: no text, empty, too long, or with a NUL or a lone surrogate, which can't be stored.
    """
    if not isinstance(name, str):
        raise ValidationError(f"{field} is {describe(name)}, but takes text.", field=field)
    if not name:
        raise ValidationError(f"{field} is empty; give 1 to {NAME_LIMIT} characters.", field=field)
    if len(name) > NAME_LIMIT:
        raise ValidationError(
            f"{field} has {len(name)} characters, more than the {NAME_LIMIT} that are taken.", field=field
        )
    if "\0" in name or not storable(name):
        what = "a NUL character" if "\0" in name else "a lone surrogate"
        raise ValidationError(f"{field} {describe(name)} holds {what}, which can't be stored.", field=field)
    return str.__str__(name) if type(name) is not str else name


def check_section(section: Any) -> str | None:
    """A section's name, like a plot's; None and the empty text mean no section.

    Raises:
        ValidationError: as ``check_name``.
    """
    return None if section is None or (isinstance(section, str) and not section) else check_name(section, "section")


def name_hash(kind: str, name: str) -> str:
    """The first 12 hex digits of sha256(kind NUL name)."""
    return hashlib.sha256(f"{kind}\0{name}".encode("utf-8", "surrogatepass")).hexdigest()[:12]


def slug(kind: str, name: str) -> str:
    """A plot's name as part of a path or a tag key: readable, ASCII, different for different (kind, name)."""
    stem = _NO_SLUG.sub("-", name.lower())[:40]
    return f"{stem if stem.strip('-') else 'plot'}-{name_hash(kind, name)}"


def part_path(kind: str, slug: str, writer: str, n: int) -> str:
    """The artifact path of a part file."""
    return f"ext/{kind}/{slug}/{writer}-{n}.json"


def tag_key(slug: str, writer: str) -> str:
    """The key of the tag that covers a writer's parts of a plot."""
    return f"{TAG_PREFIX}{slug}.{writer}"


def mirror_key(name: str, field: str) -> str:
    """The MLflow metric key of a Series field or of a Curve's metric: ``<name>/<field>``, mended where refused.

    Different (name, field) give different keys: whatever was mended, cut or ambiguous ends in ``-x`` and 8 hex digits.
    """
    plain = f"{name}/{field}"
    key = _normal(_NO_KEY.sub("_", plain))
    if key == plain and len(key) <= MIRROR_LIMIT and "/" not in field and not _ESCAPED.search(key):
        return key
    digest = hashlib.sha256(f"{name}\0{field}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{key[: MIRROR_LIMIT - 10]}-x{digest}"


def _normal(key: str) -> str:
    """A key that is its own normalised path: no empty, ``.`` or ``..`` step, none that begins with ``..``."""
    steps = ["_" * max(len(step), 1) if step in ("", ".", "..") else step for step in key.split("/")]
    if steps[0].startswith(".."):
        steps[0] = "__" + steps[0][2:]
    return "/".join(steps)
