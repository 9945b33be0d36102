from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from mlflow_ext_server.writing.audit import DETAIL_BYTES, stored_detail

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=5),
    max_leaves=20,
)


def test_what_was_given_is_kept():
    assert json.loads(stored_detail({"name": "a", "tags": {"b": "c", "d": None}})) == {
        "name": "a",
        "tags": {"b": "c", "d": None},
    }


def test_secrets_are_not_kept():
    text = stored_detail({"tags": {"DB_PASSWORD": "hunter2", "api-key": "hunter2", "aws.Secret": "hunter2", "x": "y"}})
    assert "hunter2" not in text
    assert json.loads(text)["tags"]["x"] == "y"


def test_long_values_are_cut():
    assert len(stored_detail({"note": "x" * 8000})) < 400


def test_many_tags_leave_their_first_names():
    detail = json.loads(stored_detail({"note": "n", "tags": {f"key{at:03}": "v" * 250 for at in range(100)}}))
    assert detail["note"] == "n"
    assert detail["tags"][:2] == ["key000", "key001"]


@given(st.dictionaries(st.sampled_from(["name", "tags", "note", "status"]), JSON))
def test_it_always_fits_and_is_json(detail: dict):
    text = stored_detail(detail)
    assert len(text.encode()) <= DETAIL_BYTES
    assert isinstance(json.loads(text), dict)
