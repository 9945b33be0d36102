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

    def artifact(self, _artifact_uri: str, path: str) -> bytes:
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


def held(parts: int, points: int, kind: str = "series") -> Held:
    tag = PlotTag(kind=kind, name="s", writer=WRITER, parts=parts, points=points)
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
