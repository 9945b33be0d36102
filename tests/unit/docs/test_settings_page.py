import re
from pathlib import Path

import pytest

from mlflow_ext import settings as sdk
from mlflow_ext_server import settings as server

PAGE = (Path(__file__).parents[3] / "docs" / "settings.md").read_text()


@pytest.mark.parametrize("row", sdk.table(), ids=lambda row: row[1])
def test_each_setting_of_the_sdk_has_its_row(row):
    name, variable, default, _ = row
    shown = "per-user state folder" if default == "None" else default
    assert f"| `{name}` | `{variable}` | {shown} |" in PAGE


NUMBERS = [server.MAX_BODY_BYTES, server.UI_THREADS, server.PAGE_LIMIT, server.ALERT_SECONDS, server.RETRY_SECONDS]
LISTS = [server.ALLOW, server.ALLOW_PRIVATE]


@pytest.mark.parametrize("variable", [*NUMBERS, *LISTS])
def test_each_setting_of_the_server_has_its_row(variable):
    default = server.ServerSettings()
    value = {
        server.MAX_BODY_BYTES: default.max_body_bytes,
        server.UI_THREADS: default.ui_threads,
        server.PAGE_LIMIT: default.page_limit,
        server.ALERT_SECONDS: default.alert_seconds,
        server.RETRY_SECONDS: default.webhook_retry_seconds,
        server.ALLOW: "none",
        server.ALLOW_PRIVATE: "none",
    }[variable]
    assert f"| `{variable}` | {value} |" in PAGE


def test_the_page_names_no_setting_that_does_not_exist():
    known = {row[1] for row in sdk.table()} | {*NUMBERS, *LISTS}
    assert set(re.findall(r"MLFLOW_EXT_\w+", PAGE)) == known
