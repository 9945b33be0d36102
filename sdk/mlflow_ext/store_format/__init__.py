"""The stored format, version 1 (docs/format.md): names, part files, tags, and the rule by which readers merge."""

from __future__ import annotations

from mlflow_ext.store_format.merge import MergedSeries, merge_series
from mlflow_ext.store_format.name import (
    ALIAS_TAG,
    COMMAND_TAG,
    DATASET_TAG,
    INDEX_PREFIXES,
    LOCAL_ID_TAG,
    NOTE_TAG,
    TAG_PREFIX,
    check_name,
    check_section,
    is_reserved,
    mirror_key,
    part_path,
    slug,
    tag_key,
)
from mlflow_ext.store_format.part import FORMAT_VERSION, NewerFormat, Part, Version, decode_part, encode_part
from mlflow_ext.store_format.tag import TAG_BYTES, PlotTag, TagGlance, glance

SERIES_PART_POINTS = 50_000
"""Points in a full part of a Series."""

BUNDLE_BYTES = 1_000_000
"""About how large a bundle of versions grows."""

__all__ = [
    "ALIAS_TAG",
    "BUNDLE_BYTES",
    "COMMAND_TAG",
    "DATASET_TAG",
    "FORMAT_VERSION",
    "INDEX_PREFIXES",
    "LOCAL_ID_TAG",
    "NOTE_TAG",
    "SERIES_PART_POINTS",
    "TAG_BYTES",
    "TAG_PREFIX",
    "MergedSeries",
    "NewerFormat",
    "Part",
    "PlotTag",
    "TagGlance",
    "Version",
    "check_name",
    "check_section",
    "decode_part",
    "encode_part",
    "glance",
    "is_reserved",
    "merge_series",
    "mirror_key",
    "part_path",
    "slug",
    "tag_key",
]
