"""The stored format: names, parts, tags, and the rule by which readers merge."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mlflow.utils.validation import _validate_metric, _validate_tag_name

from mlflow_ext.encoding import dumps, float_text
from mlflow_ext.errors import MlflowExtError, ValidationError
from mlflow_ext.primitives import KINDS, Matrix, identical
from mlflow_ext.store_format import (
    TAG_BYTES,
    NewerFormat,
    Part,
    PlotTag,
    Version,
    check_name,
    check_section,
    decode_part,
    encode_part,
    glance,
    merge_series,
    mirror_key,
    part_path,
    slug,
    tag_key,
)

nan, inf = float("nan"), float("inf")
WRITER = "0f3a9c11"
NAME = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=250)
TRICKY = st.text(st.sampled_from("ab/.-_ :é#\n\\~"), min_size=1, max_size=12)
NUMBER = st.integers(-(2**53), 2**53) | st.floats()


# Names


@pytest.mark.parametrize("name", ["a", "é 漢字 \U0001f600", "a/b/../c", "<script>", " ", "a\nb\t", "." * 250, "\u202e"])
def test_any_text_is_a_name_and_stays_as_it_is(name):
    assert check_name(name) == name
    assert check_section(name) == name


@pytest.mark.parametrize("name", ["", "a" * 251, "a\0b", "\ud800", None, 3, b"a", ["a"]])
def test_what_cannot_be_a_name_is_refused(name):
    with pytest.raises(ValidationError) as caught:
        check_name(name)
    assert caught.value.field == "name"


def test_no_section_is_a_section():
    assert check_section(None) is check_section("") is None
    with pytest.raises(ValidationError, match="section"):
        check_section(3)


@settings(deadline=None)
@given(NAME, st.sampled_from(list(KINDS)))
def test_slug_is_ascii_and_fits_path_and_tag_key(name, kind):
    made = slug(kind, name)
    assert re.fullmatch(r"[a-z0-9_-]{1,40}-[0-9a-f]{12}", made)
    _validate_tag_name(tag_key(made, WRITER))
    assert len(tag_key(made, WRITER)) <= 250
    assert part_path(kind, made, WRITER, 12) == f"ext/{kind}/{made}/{WRITER}-12.json"


def test_slug_stays_as_documented():
    assert slug("series", "Training Loss") == "training-loss-" + slug("series", "Training Loss")[-12:]
    assert slug("matrix", "漢字").startswith("plot-")
    assert slug("matrix", "a") != slug("series", "a")


# Mirrored metrics


@settings(deadline=None)
@given(st.tuples(NAME | TRICKY, NAME | TRICKY), st.tuples(NAME | TRICKY, NAME | TRICKY))
@example(("a", "b/c"), ("a/b", "c"))
@example(("a", "b?"), ("a", "b_"))
@example(("a", "b?"), ("a", mirror_key("a", "b?")[2:]))
@example(("..", "a"), ("__", "a"))
@example(("a" * 250, "b"), ("a" * 250, "c"))
def test_mirror_keys_pass_mlflow_and_differ_as_their_names_do(one, other):
    for pair in (one, other):
        _validate_metric(mirror_key(*pair), 0.5, 0, 0)
        assert len(mirror_key(*pair)) <= 250
    assert (one == other) == (mirror_key(*one) == mirror_key(*other))


def test_plain_names_mirror_as_they_are():
    assert mirror_key("training", "loss") == "training/loss"
    assert mirror_key("val/top 5", "acc.mean_é") == "val/top 5/acc.mean_é"
    assert re.fullmatch(r"a_b/c-x[0-9a-f]{8}", mirror_key("a?b", "c"))


# Parts


def one(data, **changes):
    return Version(**{"seq": 7, "step": 3, "logged_at": 1790000000000, "data": data, **changes})


def encoded(*versions, kind="matrix", **changes):
    head = {"kind": kind, "name": "confusion", "section": "Evaluation", "writer": WRITER, "part": 0}
    return encode_part(**{**head, **changes}, versions=versions)


def test_one_version_stands_at_the_top():
    stored = json.loads(encoded(one(Matrix.example().to_data(), metadata={"best": nan})))
    assert list(stored)[:5] == ["mlflow_ext", "kind", "name", "section", "writer"]
    assert (stored["mlflow_ext"], stored["seq"], stored["step"], stored["part"]) == (1, 7, 3, 0)
    assert stored["metadata"] == {"best": {"$float": "NaN"}}
    assert stored["data"]["values"][0] == [19, 1, 0]


def test_several_versions_share_a_file_and_keep_their_sections():
    first, second = one({"a": 1}, section="Evaluation"), one({"a": 2}, seq=8, section="Other", metadata={"b": inf})
    stored = json.loads(encoded(first, second))
    assert "data" not in stored
    part = decode_part(encoded(first, second))
    assert [version.seq for version in part.versions] == [7, 8]
    assert [version.section or part.section for version in part.versions] == ["Evaluation", "Other"]
    assert part.versions[1].metadata == {"b": inf}


def test_a_part_without_versions_is_refused():
    with pytest.raises(ValidationError):
        encoded()


def test_bare_nan_in_a_part_is_refused():
    with pytest.raises(ValidationError, match="NaN"):
        encoded(one({"values": [[nan]]}))


def test_a_newer_major_version_is_told_apart():
    newer = encoded(one({})).replace(b'"mlflow_ext":1', b'"mlflow_ext":2')
    with pytest.raises(NewerFormat, match="upgrade") as caught:
        decode_part(newer)
    assert isinstance(caught.value, MlflowExtError)


def test_later_additions_within_the_version_are_read_over():
    extended = encoded(one({})).replace(b'"mlflow_ext":1', b'"mlflow_ext":1,"later":true')
    assert decode_part(extended) == decode_part(encoded(one({})))


@pytest.mark.parametrize(
    "change",
    [
        {"mlflow_ext": None},
        {"mlflow_ext": True},
        {"mlflow_ext": 0},
        {"kind": "pie"},
        {"kind": None},
        {"name": 3},
        {"section": 3},
        {"writer": "../../etc"},
        {"writer": None},
        {"part": "0"},
        {"seq": None},
        {"seq": 1.5},
        {"step": "a"},
        {"logged_at": True},
        {"data": []},
        {"metadata": []},
        {"metadata": "x"},
        {"versions": []},
        {"versions": {}},
        {"versions": [3]},
        {"versions": [{}]},
    ],
)
def test_a_damaged_part_is_refused_with_the_reason(change):
    stored = {**json.loads(encoded(one({}))), **change}
    with pytest.raises(ValidationError):
        decode_part(json.dumps(stored))


@pytest.mark.parametrize("text", [b"", b"[]", b"3", b"null", b"{}", b"\xff", b'{"mlflow_ext":1}'])
def test_what_is_no_part_is_refused(text):
    with pytest.raises(ValidationError):
        decode_part(text)


# Tags

TRIPLE = st.none() | st.tuples(*[st.none() | NUMBER] * 3)
COUNT = st.integers(0, 2**53)
TAGS = st.builds(
    PlotTag,
    kind=st.sampled_from(list(KINDS)),
    name=NAME,
    writer=st.just(WRITER),
    section=st.none() | NAME,
    parts=COUNT,
    bytes=COUNT,
    points=COUNT,
    at=COUNT,
    index=st.none()
    | st.tuples(NAME, *[NUMBER.filter(np.isfinite) | st.just("2026-01-01T00:00:00.123456789+00:00")] * 2),
    fields=st.dictionaries(NAME, TRIPLE, max_size=8),
    step=st.none() | st.tuples(*[st.none() | st.integers(-(2**63), 2**63 - 1)] * 2),
    metric=st.none() | st.tuples(NAME, NUMBER),
)


@settings(deadline=None)
@given(TAGS)
@example(PlotTag("series", "\x01" * 250, WRITER, "\x01" * 250, index=("\x01" * 250, 1, 2), fields={"\x01" * 250: None}))
@example(PlotTag("curve", "\U0001f600" * 250, WRITER, step=(0, 1), metric=("\U0001f600" * 250, nan)))
def test_a_tag_fits_and_is_parsed_back_as_far_as_it_tells(tag):
    text = tag.to_json()
    assert len(text.encode()) <= TAG_BYTES
    again = PlotTag.parse(tag.key, text)
    assert (again.kind, again.writer, again.slug) == (tag.kind, tag.writer, tag.slug)
    assert (again.parts, again.bytes, again.points, again.at) == (tag.parts, tag.bytes, tag.points, tag.at)
    assert tag.name.startswith(again.name)
    assert again.name_complete == (again.name == tag.name)
    assert again.step == tag.step
    if again.index:
        assert identical(again.index[1:], tag.index[1:])
    for name, triple in again.fields.items():
        assert triple is None or identical(triple, tag.fields[name])
    assert again.more == (len(again.fields) < len(tag.fields))
    if again.hash is None:
        assert (again.name, again.section) == (tag.name, tag.section)
    else:
        assert again.fields == {}


def test_a_tag_that_fits_is_told_whole():
    tag = PlotTag(
        "series", "training", WRITER, "s", 1, 5120, 200, 1790000000000, ("epoch", 1, 200), {"loss": (nan, -inf, 0.5)}
    )
    assert identical(vars(PlotTag.parse(tag.key, tag.to_json())), vars(tag))
    assert json.loads(tag.to_json())["fields"] == {"loss": ["NaN", "-Infinity", 0.5]}


def test_triples_go_first_then_fields_and_the_tag_says_so():
    many = {f"field {i}": (0.123456789, 0.1, 0.2) for i in range(16)}
    parsed = PlotTag.parse(
        "mlflow.ext.p." + slug("series", "a") + "." + WRITER, PlotTag("series", "a", fields=many).to_json()
    )
    assert list(parsed.fields) == list(many)
    assert not parsed.more
    assert parsed.fields["field 0"] is not None
    assert parsed.fields["field 15"] is None
    more = {f"field {i}": (0.1, 0.1, 0.2) for i in range(100)}
    parsed = PlotTag.parse(parsed.key, PlotTag("series", "a", fields=more, writer=WRITER).to_json())
    assert parsed.more
    assert list(parsed.fields) == list(more)[: len(parsed.fields)]
    assert set(parsed.fields.values()) == {None}
    assert len(parsed.fields) > 10


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "null",
        "[]",
        "3",
        "{}",
        '{"v":1}',
        '{"v":"1","kind":"series","name":"a"}',
        '{"v":0,"kind":"a","name":"b"}',
    ]
    + [
        json.dumps({"v": 1, "kind": "series", "name": "a", "parts": bad, "bytes": 1, "points": 1, "at": 1})
        for bad in (-1, "1", 1.5, True, None)
    ]
    + [
        json.dumps({"v": 1, "kind": "series", "name": "a", "section": 3, "parts": 1, "bytes": 1, "points": 1, "at": 1}),
        "[" * 9000,
        '"\ud800"',
    ],
)
def test_hostile_tag_values_are_none_of_ours(value):
    assert PlotTag.parse(tag_key(slug("series", "a"), WRITER), value) is None
    assert glance(tag_key(slug("series", "a"), WRITER), value) is None


@pytest.mark.parametrize(
    "key", ["", "mlflow.ext.p.", "mlflow.note", "mlflow.ext.p.a.b", f"mlflow.ext.p.A-{'0' * 12}.{WRITER}", None]
)
def test_hostile_tag_keys_are_none_of_ours(key):
    assert PlotTag.parse(key, PlotTag("series", "a", WRITER).to_json()) is None
    assert key is None or glance(key, PlotTag("series", "a", WRITER).to_json()) is None


def test_odd_details_of_a_tag_are_left_out():
    odd = {
        "index": [1, 2],
        "fields": {"a": [1, "x", True], "b": 3},
        "step": ["a", 1],
        "metric": ["AUC", "high"],
        "hash": 3,
    }
    plain = {"v": 1, "kind": "series", "name": "a", "parts": 1, "bytes": 1, "points": 1, "at": 1, **odd}
    tag = PlotTag.parse(tag_key(slug("series", "a"), WRITER), json.dumps(plain))
    assert (tag.index, tag.step, tag.metric, tag.hash) == (None, None, None, None)
    assert tag.fields == {"a": (1, None, None), "b": None}


def test_a_newer_tag_tells_its_version():
    tag = PlotTag.parse(tag_key(slug("series", "a"), WRITER), '{"v":2,"kind":"series","name":"a","parts":[]}')
    assert (tag.version, tag.name, tag.parts) == (2, "a", 0)


A_KEY = tag_key(slug("series", "a"), WRITER)
ODD_VALUES = st.none() | st.booleans() | st.integers(-1, 3) | st.floats() | st.text(max_size=3) | st.just({"a": None})
ODD_TAGS = st.fixed_dictionaries(
    {"v": st.sampled_from([1, 1, 1, 2, 0, True, "1"]), "kind": st.text(max_size=3), "name": st.text(max_size=3)}
    | {key: st.integers(0, 3) | ODD_VALUES for key in ("parts", "bytes", "points", "at")},
    optional={key: ODD_VALUES for key in ("section", "fields", "more", "hash", "index")},
)


@settings(deadline=None)
@given(st.one_of(TAGS.map(lambda tag: (tag.key, tag.to_json())), ODD_TAGS.map(lambda odd: (A_KEY, json.dumps(odd)))))
def test_a_glance_sees_what_parsing_sees(stored):
    whole, seen = PlotTag.parse(*stored), glance(*stored)
    if whole is None:
        assert seen is None
        return
    cut = whole.more or whole.hash is not None
    told = (whole.slug, whole.kind, whole.name, whole.section, whole.points, whole.at, tuple(whole.fields), cut)
    assert seen == told


# Merging


def part(index_values, writer=WRITER, n=0, index="step", logged_at=1, seq=0, metadata=None, calls=None, **fields):
    data = {"index": index, "index_values": index_values, "fields": fields}
    if calls is not None:
        data["calls"] = calls
    return Part("series", "a", None, writer, n, (Version(seq, None, logged_at, data, metadata),))


def columns(merged):
    return {
        name: [None if gone else value for value, gone in zip(values.tolist(), missing.tolist(), strict=True)]
        for name, (values, missing) in merged.fields.items()
    }


def test_parts_of_one_writer_follow_each_other():
    merged = merge_series([part([3, 4], n=1, seq=1, a=[0.3, "NaN"], b=[1, None]), part([1, 2], a=["Infinity", 0.2])])
    assert merged.x.tolist() == [1, 2, 3, 4]
    assert identical(columns(merged), {"a": [inf, 0.2, 0.3, nan], "b": [None, None, 1.0, None]})
    assert np.isnan(merged.fields["b"][0][0])
    assert (merged.index, merged.x_text, merged.left_out) == ("step", None, ())


def test_later_values_replace_earlier_ones_field_by_field_and_missing_ones_replace_none():
    early = part([1, 2], logged_at=10, a=[1, 2], b=[5, 6])
    late = part([2, 1], writer="ffffffff", logged_at=20, a=[None, 9], b=["NaN", None])
    merged = merge_series([late, early])
    assert identical(columns(merged), {"a": [9.0, 2.0], "b": [5.0, nan]})
    assert merged.logged_at.tolist() == [20, 20]


def test_calls_give_each_point_its_time():
    merged = merge_series([part([1, 2, 3], logged_at=30, calls=[[0, 10, 1], [1, 30, 2]], a=[1, 2, 3])])
    assert merged.logged_at.tolist() == [10, 30, 30]
    again = part([3], writer="00000000", logged_at=20, a=[7])
    assert columns(merge_series([again, part([3], logged_at=5, calls=[[0, 5, 1]], a=[1])])) == {"a": [7.0]}


def test_points_that_nobody_numbered_count_on():
    merged = merge_series([part(None, a=[1, 2]), part(None, n=1, a=[3])])
    assert merged.x.tolist() == [0, 1, 2]


def test_metadata_is_that_of_the_last_call_that_gave_one():
    parts = [part([1], logged_at=5, metadata={"a": 1}, a=[1]), part([2], n=1, logged_at=9, a=[1])]
    assert merge_series([*parts, part([0], writer="00000000", logged_at=7, metadata={"a": 2}, a=[1])]).metadata == {
        "a": 2
    }


@pytest.mark.parametrize(
    "index",
    [
        [2**53, 2**53 + 1, 2**53 + 2],
        [2**53 + 2, 2**53 + 1, 2**53, 2**53 + 1],
        [2**53 + 1, 0.5, 2**64 - 1, 2.0**53, 2**64 - 2],
    ],
)
def test_whole_numbers_that_a_float_can_not_tell_apart_stay_points_of_their_own(index):
    merged = merge_series([part(index, a=list(range(len(index))))])
    latest = {value: place for place, value in enumerate(index)}
    assert columns(merged)["a"] == [latest[value] for value in sorted(latest)]
    assert merged.x.tolist() == [float(value) for value in sorted(latest)]


def test_another_index_is_left_out_and_named():
    first = part([1], index="epoch", logged_at=1, a=[1])
    parts = [
        first,
        part([100], writer="ffffffff", logged_at=2, a=[2]),
        part(["2026-01-01"], index="epoch", n=1, logged_at=3, a=[3]),
    ]
    merged = merge_series(parts)
    assert (merged.index, columns(merged), merged.left_out) == ("epoch", {"a": [1.0]}, ("step", "time"))


def test_times_are_ordered_as_the_clock_does():
    zoned = ["2026-01-01T02:30:00+02:00", "2026-01-01T00:00:00Z", "2026-01-01T00:30:00.5+00:00"]
    merged = merge_series([part(zoned, a=[1, 2, 3])])
    assert merged.x_text == (zoned[1], zoned[0], zoned[2])
    assert merged.x.tolist() == [0, 1, 2]
    assert columns(merged) == {"a": [2, 1, 3]}


def test_the_same_moment_is_one_point_however_it_is_written():
    merged = merge_series(
        [part(["2026-01-01T01:00+01:00"], a=[1]), part(["2026-01-01T00:00:00.000Z"], n=1, seq=1, b=[2])]
    )
    assert columns(merged) == {"a": [1.0], "b": [2.0]}


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 10**7), st.sampled_from([0, 60, -330]), st.sampled_from([0, 5, 250000])), max_size=6
    )
)
def test_times_of_any_offset_sort_alike(moments):
    start = datetime(2026, 1, 1)
    times = [
        (start + timedelta(seconds=second, microseconds=micro)).replace(tzinfo=timezone(timedelta(minutes=offset)))
        for second, offset, micro in moments
    ]
    texts = [time.isoformat() for time in times]
    merged = merge_series([part(texts, a=list(range(len(texts))))])
    assert [datetime.fromisoformat(text) for text in merged.x_text or ()] == sorted(set(times))


POINTS = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.integers(0, 2),
        st.integers(0, 2),
        st.integers(0, 3),
        st.none() | st.floats(),
        st.none() | st.floats(),
    ),
    max_size=20,
)


@settings(deadline=None)
@given(POINTS)
def test_merging_follows_the_written_rule(points):
    parts = []
    for n, (x, logged_at, writer, seq, a, b) in enumerate(points):
        fields = {
            name: [value if value is None or np.isfinite(value) else float_text(value)]
            for name, value in (("a", a), ("b", b))
        }
        parts.append(part([x], writer=f"{writer:08x}", n=n, logged_at=logged_at, seq=seq * 100 + n, **fields))
    expected: dict = {}
    for x, _, _, _, a, b in sorted(
        ((x, at, w, seq * 100 + n, a, b) for n, (x, at, w, seq, a, b) in enumerate(points)), key=lambda item: item[:4]
    ):
        row = expected.setdefault(x, [None, None])
        row[:] = [new if new is not None else old for new, old in zip((a, b), row, strict=True)]
    if not parts:
        return
    merged = merge_series(parts)
    assert merged.x.tolist() == sorted(expected)
    got = columns(merged)
    assert identical(
        [list(row) for row in zip(got["a"], got["b"], strict=True)], [expected[x] for x in sorted(expected)]
    )


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"index": "i", "fields": {}},
        {"index": 3, "fields": {"a": []}},
        {"index": "i", "fields": {"a": [1], "b": []}},
        {"index": "i", "fields": {"a": "x"}},
        {"index": "i", "fields": {"a": [1]}, "index_values": []},
        {"index": "i", "fields": {"a": [1]}, "index_values": "a"},
        {"index": "i", "fields": {"a": [1]}, "index_values": [None]},
        {"index": "i", "fields": {"a": [1]}, "index_values": ["NaN"]},
        {"index": "i", "fields": {"a": [1]}, "index_values": ["2026-13-01"]},
        {"index": "i", "fields": {"a": [1, 2]}, "index_values": [1, "NaN"]},
        {"index": "i", "fields": {"a": [1, 2]}, "index_values": ["2026-01-01", 1]},
        {"index": "i", "fields": {"a": [1]}, "calls": []},
        {"index": "i", "fields": {"a": [1]}, "calls": [[0, 0, 2]]},
        {"index": "i", "fields": {"a": [1]}, "calls": [[0, 0, 2], [0, 0, -1]]},
        {"index": "i", "fields": {"a": [1]}, "calls": [[0, 0.5, 1]]},
        {"index": "i", "fields": {"a": [1]}, "calls": 3},
    ],
)
def test_a_damaged_series_is_refused(data):
    with pytest.raises(ValidationError):
        merge_series([Part("series", "a", None, WRITER, 0, (Version(0, None, 0, data),))])


def test_other_kinds_and_no_parts_are_refused():
    with pytest.raises(ValidationError):
        merge_series([])
    with pytest.raises(ValidationError):
        merge_series([Part("matrix", "a", None, WRITER, 0, (Version(0, None, 0, {}),))])


def test_empty_parts_merge_to_an_empty_series():
    merged = merge_series([part([], a=[])])
    assert merged.x.tolist() == []
    assert columns(merged) == {"a": []}


def test_what_is_written_is_what_is_merged():
    values = np.array([0.1, nan, -inf])
    data = {
        "index": "i",
        "index_values": np.arange(3),
        "fields": {"a": [0.1, "NaN", "-Infinity"]},
        "calls": [[0, 5, 3]],
    }
    read = decode_part(
        encode_part(kind="series", name="a", section=None, writer=WRITER, part=0, versions=[Version(0, None, 5, data)])
    )
    assert identical(merge_series([read]).fields["a"][0], values)
    assert dumps(data)
