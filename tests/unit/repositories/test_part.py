"""Parts read back: what a tag may name, and in whose name files are fetched."""

from __future__ import annotations

import json
from contextvars import ContextVar

import pytest

from mlflow_ext.errors import NotFound, ValidationError
from mlflow_ext.store_format import SERIES_PART_POINTS, PlotTag, Version, encode_part
from mlflow_ext_server.repositories.part import Held, PartRepository

WRITER = "aabbccdd"
WORKSPACE: ContextVar[str] = ContextVar("WORKSPACE", default="none")


class Files:
    """A backend that holds some parts of any plot; remembers what it was asked for, and where."""

    def __init__(self, *texts: bytes) -> None:
        self._texts = texts
        self.asked: list[int] = []
        self.workspaces: set[str] = set()

    def artifact(self, _artifact_uri: str, path: str, _limit: int = 0) -> bytes:
        number = int(path.rpartition("-")[2].removesuffix(".json"))
        self.asked.append(number)
        self.workspaces.add(WORKSPACE.get())
        if number >= len(self._texts):
            raise NotFound(path)
        return self._texts[number]


def part(number: int = 0) -> bytes:
    data = {"index": "step", "index_values": [number], "fields": {"loss": [0.5]}}
    version = Version(seq=number, step=None, logged_at=number, data=data)
    return encode_part(kind="series", name="s", section=None, writer=WRITER, part=number, versions=[version])


def held(parts: int, points: int, kind: str = "series", claimed: int = 0) -> Held:
    tag = PlotTag(kind=kind, name="s", writer=WRITER, parts=parts, points=points, bytes=claimed)
    return Held("run", "uri", tag, json.dumps([parts, points]))


@pytest.mark.parametrize(
    ("kind", "parts", "points"),
    [
        ("series", 3, SERIES_PART_POINTS - 1),
        ("series", 2_000_000, 2),
        ("series", 2_000_000, 10**18),
        ("matrix", 2, 1),
        ("matrix", 2, 0),
    ],
)
def test_a_tag_that_names_more_parts_than_its_points_can_fill_is_damaged_and_nothing_is_fetched(kind, parts, points):
    files = Files()
    repository = PartRepository(files)  # type: ignore[arg-type]
    for read in (repository.parts, repository.newest, repository.series):
        with pytest.raises(ValidationError, match=f"{parts} parts"):
            read([held(parts, points, kind)])
    assert files.asked == []


def test_as_many_parts_as_the_points_can_fill_are_read():
    files = Files(part(0), part(1), part(2))
    repository = PartRepository(files)  # type: ignore[arg-type]
    assert repository.series([held(3, SERIES_PART_POINTS)]).x.tolist() == [0, 1, 2]
    assert sorted(files.asked) == [0, 1, 2]


def test_little_is_asked_for_beyond_the_first_part_that_is_missing():
    files = Files(part(0), part(1))
    with pytest.raises(NotFound):
        PartRepository(files).parts([held(5_000, 10**18)])  # type: ignore[arg-type]
    assert len(files.asked) <= 8


def test_every_part_is_fetched_in_the_workspace_of_the_request():
    files = Files(part(0), part(1), part(2))
    token = WORKSPACE.set("team-a")
    try:
        PartRepository(files).parts([held(3, SERIES_PART_POINTS)])  # type: ignore[arg-type]
    finally:
        WORKSPACE.reset(token)
    assert files.workspaces == {"team-a"}


@pytest.mark.parametrize("claimed", [0, -(10**9), 10**18])
@pytest.mark.parametrize("read", ["parts", "newest", "series"])
def test_the_cache_weighs_what_was_read_and_not_what_tags_claim(read: str, claimed: int):
    files = Files(part(0))
    repository = PartRepository(files, cache_bytes=3 * len(part(0)))  # type: ignore[arg-type]
    tags = [held(1, points, claimed=claimed) for points in (1, 2, 3, 4)]
    for one in (*tags, *tags[:0:-1]):
        getattr(repository, read)([one])
    assert len(files.asked) == 4  # the last three are kept
    getattr(repository, read)([tags[0]])
    assert len(files.asked) == 5  # the first is not


def test_all_parts_of_a_writer_are_weighed_together():
    files = Files(part(0), part(1), part(2))
    repository = PartRepository(files, cache_bytes=5 * len(part(0)))  # type: ignore[arg-type]
    first, second = held(3, SERIES_PART_POINTS), held(3, SERIES_PART_POINTS + 1)
    for one in (first, second, second, first):
        repository.series([one])
    assert len(files.asked) == 9
