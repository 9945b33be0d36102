import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_ext.errors import ValidationError
from mlflow_ext_server.query import FilterError, ambiguous_keys, parse
from mlflow_ext_server.query.node import (
    And,
    Attribute,
    Between,
    Compare,
    Dataset,
    In,
    Like,
    Metric,
    Not,
    Null,
    Or,
    Order,
    Param,
    Tag,
)
from mlflow_ext_server.query.syntax import MAX_CONDITIONS, MAX_LENGTH, MAX_ORDERS, parse_orders

LOSS = Metric("loss")
A, B, C = (Compare(Param(key), "=", "x") for key in "abc")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", And(())),
        (" \n", And(())),
        ("metrics.loss < 0.2", Compare(LOSS, "<", 0.2)),
        ("metric.loss>=-1E-3", Compare(LOSS, ">=", -0.001)),
        ("METRICS.loss == +.5", Compare(LOSS, "=", 0.5)),
        ("`metrics`.`a ``b` <> 5.", Compare(Metric("a `b"), "!=", 5.0)),
        ("metrics.val/loss < 1", Compare(Metric("val/loss"), "<", 1.0)),
        ("metrics.a-b:c.d<-1", Compare(Metric("a-b:c.d"), "<", -1.0)),
        ("metrics.loss = -Infinity", Compare(LOSS, "=", -1.7976931348623157e308)),
        ("params.lr = '0.1'", Compare(Param("lr"), "=", "0.1")),
        ('parameters.lr = "it\'s"', Compare(Param("lr"), "=", "it's")),
        ("param.lr = 'it''s'", Compare(Param("lr"), "=", "it''s")),  # as in MLflow: nothing is taken away
        (r"param.lr = 'a\'b'", Compare(Param("lr"), "=", r"a\'b")),
        (r'param.lr = "a\"b"', Compare(Param("lr"), "=", r"a\"b")),
        ('params."k" = "v"', Compare(Param("k"), "=", "v")),
        ('param.lr = `it\'s "so" ```', Compare(Param("lr"), "=", 'it\'s "so" `')),
        ("params.lr < 1", Compare(Param("lr"), "<", 1)),
        ("tags.mlflow.user != 'me'", Compare(Tag("mlflow.user"), "!=", "me")),
        ("params.in = 'a'", Compare(Param("in"), "=", "a")),
        ("status = failed", Compare(Attribute("status"), "=", "FAILED")),
        ("`Run name` = 'x'", Compare(Attribute("run_name"), "=", "x")),
        ("run.name LIKE 'x%'", Like(Attribute("run_name"), "x%")),
        ("project not ilike 'x%'", Like(Attribute("experiment_name"), "x%", ignore_case=True, negated=True)),
        ("created >= '1970-01-02'", Compare(Attribute("start_time"), ">=", 86_400_000)),
        ("end_time = '1970-01-01T01:00:00.5+01:00'", Compare(Attribute("end_time"), "=", 500)),
        ("experiment_id = '7'", Compare(Attribute("experiment_id"), "=", 7)),
        ("run_id IN ('a', \"b\",)", In(Attribute("run_id"), ("a", "b"))),
        ("metrics.loss NOT IN (1, 2)", In(LOSS, (1.0, 2.0), negated=True)),
        ("duration between 1 and 2.5", Between(Attribute("duration"), 1, 2.5)),
        ("metrics.loss NOT BETWEEN -1 AND 1", Between(LOSS, -1.0, 1.0, negated=True)),
        ("dataset.digest IS NULL", Null(Dataset("digest"))),
        ("tags.`a b` is  NOT\nnull", Null(Tag("a b"), negated=True)),
        ("params.a='x' OR params.b='x' AND params.c='x'", Or((A, And((B, C))))),
        ("(params.a='x' OR params.b='x')AND params.c='x'", And((Or((A, B)), C))),
        ("NOT params.a='x' AND params.b='x'", And((Not(A), B))),
        ("NOT (params.a='x' AND params.b='x')", Not(And((A, B)))),
        ("NOT NOT NOT params.a='x'", Not(A)),
        ("params.a='x'AND(params.b='x')", And((A, B))),
    ],
)
def test_a_text_means(text, expected):
    assert parse(text) == expected


def test_nan_is_a_value_of_metrics():
    found = parse("metrics.loss = nan")
    assert isinstance(found, Compare)
    assert isinstance(found.value, float)
    assert math.isnan(found.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metrics.loss.min < 1", Metric("loss", "min", ambiguous=True)),
        ("metrics.a.b.max < 1", Metric("a.b", "max", ambiguous=True)),
        ("metrics.`a b`.count < 1", Metric("a b", "count")),
        ('metrics."loss".last < 1', Metric("loss", "last")),
        ('metrics."loss.min" < 1', Metric("loss.min")),
        ("metrics.min < 1", Metric("min")),
        ("metrics.loss.Min < 1", Metric("loss.Min")),
        ("metrics.loss.minimum < 1", Metric("loss.minimum")),
    ],
)
def test_a_suffix_is_an_aggregate(text, expected):
    found = parse(text)
    assert isinstance(found, Compare)
    assert found.field == expected


def test_ambiguous_keys_are_those_that_unquoted_aggregates_spell():
    condition = parse("NOT (metrics.a.min < 1 OR metrics.`b`.max IN (1)) AND metrics.c.count IS NULL")
    assert ambiguous_keys(condition, ["metrics.d.mean DESC", "metrics.e"]) == {"a.min", "c.count", "d.mean"}


REFUSED = [
    # text, column, what the message says
    ("metrics.loss", 13, "expected a comparison"),
    ("metrics.loss <", 15, "expected a number, or a text in quotes, got the end"),
    ("metrics.loss < 1 metrics.acc > 2", 18, "expected AND, OR or the end, got 'metrics.acc'"),
    ("metrics.loss < 1 AND", 21, "expected a field such as metrics.loss, got the end"),
    ("(metrics.loss < 1", 18, "expected a closing parenthesis"),
    ("metrics.loss < 1)", 17, "expected the end, got ')'"),
    ("metrics.loss < 1and status = 'x'", 16, "got '1and'"),
    ("metrics.loss = 0x10", 16, "got '0x10'"),
    ("metrics. loss < 1", 8, "got '.'"),
    ("metrics.loss < 'x'", 16, "expected a number, without quotes"),
    ("metrics.loss < abc", 16, "expected a number, got abc"),
    ("metrics.loss < NaN", 16, "NaN is not compared with <"),
    ("metrics.loss BETWEEN 1 AND NaN", 28, "NaN is no end of a range"),
    ("metrics.loss BETWEEN 1 OR 2", 24, "expected AND, got 'OR'"),
    ("metrics.loss LIKE 'x'", 1, "LIKE goes with text"),
    ('metrics."loss".mim < 1', 1, "did you mean 'min'?"),
    ('metrics."" < 1', 1, "a key is missing"),
    ('params."lr".min < 1', 1, "only metrics take .min"),
    ("params.lr = abc", 13, "text stands in quotes: 'abc'"),
    ("params.lr = NULL", 13, "IS NULL"),
    ("params.lr < 'a'", 11, "text is not compared with <"),
    ("params.lr LIKE 5", 16, "a pattern stands in quotes"),
    ("params.lr IN ('a', 1)", 20, "all numbers or all texts"),
    ("params.lr IN ()", 15, "got ')'"),
    ("params.lr BETWEEN '1' AND 2", 19, "without quotes"),
    ("params.lr = NaN", 13, "only metrics are compared with NaN"),
    ("params.lr < 1e999", 13, "too large"),
    ("run_name BETWEEN 'a' AND 'b'", 1, "this field is text"),
    ("run_name = 5", 12, "expected text in quotes, got the number 5"),
    ("metrik.loss < 1", 1, "did you mean 'metric'?"),
    ("stauts = 'x'", 1, "did you mean 'status'?"),
    ("loss < 1", 1, "metrics, params and tags are written metrics.loss"),
    ("attributes.nothing = 'x'", 1, "a run has no attribute 'nothing'"),
    ("dataset.size = 'x'", 1, "dataset.name, dataset.digest or dataset.context"),
    ("status = RUNING", 10, "expected RUNNING, SCHEDULED"),
    ("start_time > '2026-13-01'", 14, "ISO 8601"),
    ("start_time > ''", 14, "ISO 8601"),
    ("experiment_id = 'x'", 17, "whole number"),
    ("experiment_id = 1.5", 17, "whole number"),
    ("params.a = 'x", 12, "the quote ' is not closed"),
    ("params.a = 'x' ; DROP", 16, "got ';'"),
    ("params.a = '\0'", 13, "no database stores"),
    ("params.a = '\ud800'", 13, "no database stores"),
]


@pytest.mark.parametrize(("text", "column", "message"), REFUSED)
def test_what_is_refused_says_where_and_why_and_what_works(text, column, message):
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert isinstance(caught.value, ValidationError)
    assert caught.value.field == "filter"
    assert caught.value.column == column
    first, shown, caret, example = str(caught.value).split("\n")
    assert first.startswith(f"filter, column {column}: ")
    assert message in first
    assert caret.index("^") == column + 1
    assert shown[2:] == "".join(sign if sign.isprintable() else " " for sign in text)
    parse(example.removeprefix("This works: "))


def test_the_caret_stands_under_the_place_of_a_long_text():
    text = "params.a = 'x' AND " * 50 + "params.b ~ 1" + " AND params.a = 'x'" * 50
    with pytest.raises(FilterError) as caught:
        parse(text)
    _, shown, caret, _ = str(caught.value).split("\n")
    assert shown[caret.index("^")] == "~"
    assert len(shown) < 120


@pytest.mark.parametrize(
    "text",
    [
        "params.a = '" + "x" * MAX_LENGTH + "'",
        " OR ".join(["name=''"] * (MAX_CONDITIONS + 1)),
        "(" * 4000 + "name = 'x'" + ")" * 3900,
        "(" * MAX_LENGTH,
        "NOT (" * 1000 + "name = 'x'" + ")" * 1000,
        "NOT " * 1999,
        '"' * (MAX_LENGTH - 1),
        '\\"' * 4000,
        "metrics." * 1000,
        'metrics."' + '\\"' * 3900,
        "metrics.a < " + "1" * 7000 + "x",
        "x" * 7000 + " = 1",
        "x" * 7000 + ".y = 1",
        "run_name = " + "1" * 7000,
        "params.lr = " + "x" * 7000,
        "`" * 7999,
        "name IN (" + "'a'," * 1900,
    ],
    ids=lambda text: text[:10],
)
def test_what_outgrows_the_bounds_is_refused_without_recursion(text):
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert len(str(caught.value)) < 1000


def test_parentheses_may_nest_and_not_may_repeat_within_the_bounds():
    assert parse("(" * 20 + "params.a = 'x'" + ")" * 20) == A
    assert parse("NOT " * 1990 + "params.a = 'x'") == A


WORDS = [
    "metrics.a", "params.`b`", 'tags."c"', "status", "name", "(", ")", ",", "NOT", "AND", "OR", "IN", "LIKE", "BETWEEN",
    "IS", "NULL", "=", "<", "1", "-2.5", "'x'", '"y"', "NaN", "FAILED", "'", "`",
]  # fmt: skip


@settings(deadline=None)
@given(st.text(max_size=100) | st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))
def test_any_text_is_a_condition_or_a_filter_error(text):
    try:
        parse(text)
    except FilterError as problem:
        assert 1 <= problem.column <= len(text) + 1  # noqa: PT017


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metrics.loss", Order(LOSS)),
        ("metrics.loss.min ASC", Order(Metric("loss", "min", ambiguous=True))),
        (" metrics.`a b`.max desc ", Order(Metric("a b", "max"), descending=True)),
        ("params.desc Desc", Order(Param("desc"), descending=True)),
        ("created", Order(Attribute("start_time"))),
        ("duration DESC", Order(Attribute("duration"), descending=True)),
    ],
)
def test_a_sort_key_means(text, expected):
    assert parse_orders([text]) == (expected,)


@pytest.mark.parametrize(
    ("texts", "column", "message"),
    [
        ([""], 1, "expected a field"),
        (["metrics.loss down"], 14, "expected ASC, DESC or the end, got 'down'"),
        (["start_time, end_time"], 11, "got ','"),
        (["dataset.name"], 1, "can't be ordered by their datasets"),
        (["start_time", "created DESC"], 1, "earlier sort key"),
        ([f"params.p{i}" for i in range(MAX_ORDERS + 1)], 1, "more than"),
        (["x" * (MAX_LENGTH + 1)], MAX_LENGTH + 1, "too many"),
    ],
)
def test_a_sort_key_that_is_refused_says_where_and_why(texts, column, message):
    with pytest.raises(FilterError, match=r"^order_by, column") as caught:
        parse_orders(texts)
    assert caught.value.field == "order_by"
    assert caught.value.column == column
    assert message in str(caught.value)
    parse_orders([str(caught.value).split("This works: ")[1]])
