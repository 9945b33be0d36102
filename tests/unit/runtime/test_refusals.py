"""Whatever a caller hands over, what can't be taken is a ValidationError that names the argument."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import mlflow_ext as ext
from mlflow_ext.artifact import store_artifact
from mlflow_ext.config import checked_config
from mlflow_ext.delivery import flush
from mlflow_ext.entry import Context, name_and_data, write
from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe
from mlflow_ext.run import Run
from mlflow_ext.runtime import Address, Runtime
from mlflow_ext.settings import Settings, changed
from mlflow_ext.spool.header import Header
from mlflow_ext.spool.session import Session
from mlflow_ext.start import init

HUGE = 10**5000


class Broken:
    """Raises whatever is asked of it."""

    def _raise(self, *_: Any) -> Any:
        raise RuntimeError("broken")

    __repr__ = __str__ = __float__ = __index__ = __array__ = __len__ = __iter__ = __eq__ = __fspath__ = _raise  # type: ignore[assignment]
    __hash__ = object.__hash__
    shape = property(_raise)


class BrokenFloat:
    def __float__(self) -> float:
        raise KeyError("broken")


class BrokenMapping(Broken, Mapping[str, Any]):
    __getitem__ = Broken._raise
    __iter__ = Broken._raise
    __len__ = Broken._raise


class BrokenLater(Mapping[str, Any]):
    def __getitem__(self, key: str) -> Any:
        raise RuntimeError("broken")

    def __iter__(self) -> Iterator[str]:
        return iter(["loss"])

    def __len__(self) -> int:
        return 1


def log(session: Session, data: Any, name: Any = "a", **context: Any) -> None:
    write(lambda: session, *name_and_data(name, data, None, None), Context(**context))


FACTS: dict[str, Any] = {"role": "output", "artifact_type": None, "metadata": None}
DATA = {"loss": 1.0}
CALLS: dict[str, tuple[Callable[[Session], Any], str]] = {
    "name": (lambda live: log(live, DATA, Broken()), "name"),
    "data": (lambda live: log(live, Broken()), "data"),
    "mapping": (lambda live: log(live, BrokenMapping()), "data"),
    "lookup": (lambda live: log(live, BrokenLater()), "data"),
    "value": (lambda live: log(live, {"loss": Broken()}), "data"),
    "number": (lambda live: log(live, {"loss": BrokenFloat()}), "data.loss"),
    "cell": (lambda live: log(live, [1.0, Broken()]), "data[1]"),
    "key": (lambda live: log(live, {Broken(): 1.0}), "data"),
    "section": (lambda live: log(live, DATA, section=Broken()), "section"),
    "step": (lambda live: log(live, DATA, step=Broken()), "step"),
    "step of lists": (lambda live: log(live, {"loss": [1.0]}, step=Broken()), "step"),
    "step of a version": (lambda live: log(live, [1.0], step=Broken()), "step"),
    "huge step": (lambda live: log(live, DATA, step=HUGE), "step"),
    "huge step of a version": (lambda live: log(live, [1.0], step=HUGE), "step"),
    "huge value": (lambda live: log(live, {"loss": HUGE}), "data.loss"),
    "metadata": (lambda live: log(live, DATA, metadata=BrokenMapping()), "metadata"),
    "metadata's value": (lambda live: log(live, DATA, metadata={"a": Broken()}), "metadata.a"),
    "run_id": (lambda live: Runtime().session(Broken()), "run_id"),  # type: ignore[arg-type]
    "huge run_id": (lambda live: Runtime().session(HUGE), "run_id"),  # type: ignore[arg-type]
    "config": (lambda live: checked_config(BrokenMapping()), "config"),
    "config's value": (lambda live: checked_config({"a": Broken()}), "config.a"),
    "tags": (lambda live: init(tags=BrokenMapping()), "tags"),
    "tag": (lambda live: init(tags={"a": Broken()}), "tags.a"),
    "reserved tag": (lambda live: init(tags={"mlflow.ext.run.alias": "x"}), "tags.mlflow.ext.run.alias"),
    "surrogate in a tag": (lambda live: init(tags={"a": "\ud800"}), "tags.a"),
    "NUL in a tag": (lambda live: init(tags={"a": "\0"}), "tags.a"),
    "project": (lambda live: init(project=Broken()), "project"),  # type: ignore[arg-type]
    "status": (lambda live: Run(Address("a", "")).finish(Broken()), "status"),  # type: ignore[arg-type]
    "path": (lambda live: store_artifact(lambda: live, "a", Broken(), FACTS), "path"),
    "long path": (lambda live: store_artifact(lambda: live, "a", "y" * 5000, FACTS), "path"),
    "role": (lambda live: store_artifact(lambda: live, "a", ".", {**FACTS, "role": Broken()}), "role"),
    "timeout": (lambda live: flush("x"), "timeout"),  # type: ignore[arg-type]
    "no timeout": (lambda live: flush(float("nan")), "timeout"),
    "spool_dir": (lambda live: changed(Settings(), {"spool_dir": "a\0b"}), "spool_dir"),
    "setting": (lambda live: changed(Settings(), {"mirror": Broken()}), "mirror"),
    "count": (lambda live: changed(Settings(), {"spool_max_bytes": float("inf")}), "spool_max_bytes"),
    "primitive": (lambda live: ext.Matrix(["a"], ["b"], Broken()), "values"),
    "primitive's metadata": (lambda live: ext.Matrix(["a"], ["b"], [[1]], metadata=BrokenMapping()), "metadata"),
    "field": (lambda live: ext.Series("epoch", {"loss": [Broken()]}), "fields.loss[0]"),
    "index": (lambda live: ext.Series(Broken(), {"loss": [1.0]}), "index"),  # type: ignore[arg-type]
    "index of a DataFrame": (
        lambda live: log(live, pd.DataFrame({"a": [1]}, index=pd.Index(["z"], name="a"))),
        "data",
    ),
}


@pytest.mark.parametrize("what", CALLS)
def test_what_can_not_be_taken_is_refused_by_name(session: Session, what: str) -> None:
    call, field = CALLS[what]
    before = session.writer.end
    with pytest.raises(ValidationError) as caught:
        call(session)
    assert caught.value.field == field
    assert session.writer.end == before


def test_describing_never_raises() -> None:
    assert describe(Broken()) == "a value of type Broken"
    assert describe(BrokenMapping()) == "a value of type BrokenMapping"
    assert describe(HUGE) == "a value of type int"


def test_a_session_whose_header_can_not_be_written_leaves_no_file(tmp_path: Path) -> None:
    header = Header("http://server.test", "0f3a9c11", local_key="local-1", tags={"a": "\ud800"})
    with pytest.raises(TypeError):
        Session(tmp_path, header, max_bytes=1 << 40, mirror="all", wake=lambda: None)
    assert list(tmp_path.iterdir()) == []
