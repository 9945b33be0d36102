"""The header: all that a later process needs, and no credential."""

from __future__ import annotations

import os

import pytest

from mlflow_ext.spool.header import Header, bare_uri


@pytest.mark.parametrize(
    ("uri", "bare"),
    [
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("https://ann:secret@host:8443/base", "https://host:8443/base"),
        ("postgresql://ann:secret@host/db?password=secret", "postgresql://host/db"),
        ("sqlite:////data/mlflow.db", "sqlite:////data/mlflow.db"),
        ("sqlite:///mlflow.db", f"sqlite:///{os.path.abspath('mlflow.db')}"),
        ("databricks", "databricks"),
        ("databricks://profile", "databricks://profile"),
        ("file:///data/mlruns", "file:///data/mlruns"),
    ],
)
def test_an_address_is_stored_without_credentials_and_as_an_absolute_path(uri: str, bare: str) -> None:
    assert bare_uri(uri) == bare


def test_a_header_survives_its_line() -> None:
    header = Header("http://a:b@host", "0f3a9c11", local_key="local-1", run_name="ü", tags={"a": "b"}, start_time=5)
    again = Header.parse(header.line())
    assert again is not None
    assert again.tracking_uri == "http://host"
    assert (again.run_key, again.run_name, again.tags, again.start_time) == ("local-1", "ü", {"a": "b"}, 5)
    assert b"a:b" not in header.line()


@pytest.mark.parametrize("line", [b"", b"[]", b"{}", b'{"mlflow_ext_spool": 2}', b"no json"])
def test_what_is_no_header_of_this_version_is_not_read(line: bytes) -> None:
    assert Header.parse(line) is None
