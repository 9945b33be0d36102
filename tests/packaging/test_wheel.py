import email.parser
import re
import tarfile
import zipfile
from pathlib import PurePosixPath

import pytest

from mlflow_ext.primitives import KINDS

pytestmark = pytest.mark.packaging

# what a training machine gets with `pip install mlflow-ext`
LIGHT = {
    "click",
    "mlflow-skinny",
    "numpy",
    "nvidia-ml-py",
    "orjson",
    "psutil",
    "pydantic",
    "python-dotenv",
    "requests",
    "rich",
}


@pytest.fixture(scope="module")
def names(built):
    with zipfile.ZipFile(built.wheel) as wheel:
        return set(wheel.namelist())


@pytest.fixture(scope="module")
def metadata(built):
    with zipfile.ZipFile(built.wheel) as wheel:
        path = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        return email.parser.Parser().parsestr(wheel.read(path).decode())


@pytest.mark.parametrize("package", ["mlflow_ext", "mlflow_ext_ui", "mlflow_ext_server"])
def test_the_wheel_holds_each_package_and_says_that_it_is_typed(names, package):
    assert {f"{package}/__init__.py", f"{package}/py.typed"} <= names


def test_the_wheel_holds_everything_that_is_no_python(names):
    suffixes = {PurePosixPath(name).suffix for name in names if name.startswith("mlflow_ext_ui/assets/")}
    assert {".css", ".js", ".woff2", ".svg"} <= suffixes
    assert "mlflow_ext_server/link.js" in names
    page = "mlflow_ext_server/api/page"
    assert {f"{page}/template/page.html", f"{page}/static/page.css", f"{page}/static/page.js"} <= names
    assert any(name.startswith("mlflow_ext_server/migrations/versions/e001") for name in names)


@pytest.mark.parametrize("kind", KINDS)
def test_the_wheel_holds_schema_and_figure_of_each_kind(names, kind):
    assert {f"mlflow_ext/primitives/{kind}.py", f"mlflow_ext_ui/figures/{kind}.py"} <= names


def test_the_wheel_holds_nothing_else(names):
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "mlflow_ext",
        "mlflow_ext_ui",
        "mlflow_ext_server",
    }
    assert not [name for name in names if "__pycache__" in name]


def test_the_sdist_holds_what_a_build_needs_and_no_more(built):
    with tarfile.open(built.sdist) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    assert {"pyproject.toml", "README.md", "sdk", "dash_app", "extension"} <= tops
    assert not tops & {"tests", "benchmarks", ".venv", ".demo"}


def test_without_an_extra_only_light_packages_are_needed(metadata):
    needed = {
        re.match(r"[\w.-]+", line)[0].lower()
        for line in metadata.get_all("Requires-Dist")
        if "extra ==" not in line.partition(";")[2]
    }
    assert needed == LIGHT


def test_the_server_extra_is_declared(metadata):
    assert "server" in metadata.get_all("Provides-Extra")
