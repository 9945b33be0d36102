"""Settings: where they come from, what they take, and that the documented table is the real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlflow_ext.errors import ValidationError
from mlflow_ext.settings import Settings, changed, read_settings, table


def test_the_environment_wins_over_the_env_file_and_that_over_the_default(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MLFLOW_EXT_MIRROR=last\nMLFLOW_EXT_OFFLINE=true\nOTHER=1\n")
    settings = read_settings({"MLFLOW_EXT_MIRROR": "none"}, tmp_path)
    assert (settings.mirror, settings.offline, settings.upload_interval) == ("none", True, 0.8)
    assert changed(settings, {"mirror": "all"}).mirror == "all"
    assert read_settings({}, tmp_path / "empty") == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MLFLOW_EXT_MIRROR", "some"),
        ("MLFLOW_EXT_SPOOL_MAX_BYTES", "-1"),
        ("MLFLOW_EXT_UPLOAD_INTERVAL", "0"),
        ("MLFLOW_EXT_EXIT_TIMEOUT", "soon"),
        ("MLFLOW_EXT_OFFLINE", "maybe"),
        ("MLFLOW_EXT_SPOOL_DIR", ""),
    ],
)
def test_a_wrong_value_names_its_variable_and_what_it_takes(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=rf"{name} must be .+, got '{value}'"):
        read_settings({name: value}, tmp_path)


def test_an_unknown_setting_names_the_known_ones() -> None:
    with pytest.raises(ValidationError, match="mirror"):
        changed(Settings(), {"miror": "all"})


def test_every_setting_is_documented() -> None:
    page = Path(__file__).parents[3].joinpath("docs", "settings.md").read_text()
    for name, variable, _, _ in table():
        assert f"`{name}` | `{variable}`" in page
