"""What MLflow records of runs, as things by which they differ."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_ext_server.analysis.insight.difference import Recorded
from mlflow_ext_server.analysis.insight.patch import MOST_LINES, excerpt, summary, unified
from mlflow_ext_server.analysis.insight.provenance import Dataset, Unknown, comparable, recorded
from mlflow_ext_server.analysis.insight.requirement import packages, python

PATCH = """diff --git a/train.py b/train.py
--- a/train.py
+++ b/train.py
@@ -1,2 +1,2 @@
-lr = 1
+lr = 2
+wd = 0
 x
"""


def made(tags=None, datasets=(), found=None, system=(), params=None) -> Recorded:
    return recorded("r", 1.0, params or {"p": "1"}, tags or {}, datasets, found, system)


def test_requirements_are_read_as_pip_reads_them():
    text = """# made by hand
-r other.txt
--extra-index-url https://example.org
numpy==2.4.6
Scikit_Learn==1.9.1  # a comment
torch[cuda]==2.9.0+cu130; python_version >= "3.10"
rich>=13,<16
bare
url @ https://example.org/a.whl#sha256=ab
hashed==1.0 --hash=sha256:00
long==\\
  2.0
"""
    assert packages(text) == {
        "numpy": "2.4.6",
        "scikit-learn": "1.9.1",
        "torch": "2.9.0+cu130",
        "rich": ">=13,<16",
        "bare": "any version",
        "url": "@ https://example.org/a.whl#sha256=ab",
        "hashed": "1.0",
        "long": "2.0",
    }


@pytest.mark.parametrize(
    "text", ["python: 3.11.7\n", "dependencies:\n- python=3.11.7\n- pip<=26\n", "- python==3.11.7"]
)
def test_the_version_of_python_is_found_in_either_file(text):
    assert python(text) == "3.11.7"
    assert python("channels:\n- pythonic=1\n") is None


@settings(deadline=None)
@given(st.text())
def test_any_text_is_read_as_requirements(text):
    assert all(name and version for name, version in packages(text).items())
    python(text)
    summary(text)
    excerpt(text)


@pytest.mark.parametrize("text", ["\n" * 250_000, " " * 250_000, "- " * 125_000, "a[" * 125_000, "python" * 40_000])
def test_files_that_are_made_to_be_slow_are_read_all_the_same(text: str):
    assert python(text) is None
    assert len(packages(text)) <= 1


def test_a_patch_is_counted_and_told_from_another():
    assert summary(PATCH).startswith("+2 −1 in 1 file (")
    assert summary(PATCH) != summary(PATCH.replace("wd", "xd"))
    assert summary("") == "none"


def test_long_texts_are_cut_and_say_by_how_much():
    found = excerpt("\n".join(str(i) for i in range(MOST_LINES + 7)))
    assert (len(found.lines), found.cut) == (MOST_LINES, 7)
    assert excerpt("y" * 9000).lines[0].endswith("…")
    assert unified("a\nb", "a\nc", ("A", "B")).lines == ("--- A", "+++ B", "@@ -1,2 +1,2 @@", " a", "-b", "+c")
    assert unified("a", "a", ("A", "B")).lines == ()


def test_tags_of_mlflow_become_code_and_data_and_hardware():
    found = made(
        {
            "mlflow.source.git.commit": "abc",
            "mlflow.source.git.dirty": "false",
            "mlflow.source.name": "train.py",
            "mlflow.user": "ann",
            "mlflow.runName": "r",
            "team": "vision",
            "gpu_name": "H200",
        },
        [Dataset("iris", "1f", "training"), Dataset("held", "2e", "training"), Dataset("x", "3", None)],
        {"numpy": "2"},
        ["system/gpu_0_utilization_percentage", "system/gpu_1_power_usage_watts", "system/cpu_utilization_percentage"],
    )
    assert found.code == {"commit": "abc", "script": "train.py", "uncommitted changes": "none"}
    assert found.data == {"training": "held (2e), iris (1f)", "dataset": "x (3)"}
    assert found.hardware == {"gpu_name": "H200", "GPUs measured": "2", "nodes measured": "1"}
    assert found.tag == {"mlflow.user": "ann", "team": "vision"}
    two = made(system=["system/n0/gpu_0_a", "system/n1/gpu_0_a"]).hardware
    assert two == {"GPUs measured": "2", "nodes measured": "2"}


def test_what_is_recorded_of_one_run_alone_is_unknown_and_not_a_difference():
    one = made(
        {"mlflow.source.git.commit": "a", "mlflow.source.name": "x.py"}, [Dataset("d", "1", None)], {"numpy": "2"}
    )
    other = made({"mlflow.source.name": "y.py"}, found={"numpy": "2", "rich": "1"})
    a, b, unknown = comparable(one, other)
    assert (a.code, b.code) == ({"script": "x.py"}, {"script": "y.py"})
    assert (a.data, b.data) == ({}, {})
    assert b.package == {"numpy": "2", "rich": "1"}
    assert set(unknown) == {
        Unknown("code", "commit", "b"),
        Unknown("code", "uncommitted changes", "both"),
        Unknown("data", None, "b"),
        Unknown("hardware", None, "both"),
    }
