"""What every kind of primitive keeps, whatever it is: a new kind is covered without an edit here."""

from __future__ import annotations

import doctest
import json
import pickle

import orjson
import pytest

from mlflow_ext.errors import ValidationError
from mlflow_ext.primitives import KINDS, Primitive, identical, primitive_class
from mlflow_ext.store_format import Version, decode_part, encode_part

pytestmark = pytest.mark.parametrize("cls", KINDS.values(), ids=KINDS.keys())


def refuse_constant(word: str) -> float:
    raise AssertionError(f"JSON is not strict: {word}")


def test_class_is_found_by_kind_in_any_case(cls):
    assert primitive_class(cls.kind) is primitive_class(cls.kind.upper()) is primitive_class(cls.__name__) is cls


def test_example_is_a_frozen_one_of_its_kind(cls):
    example = cls.example()
    assert isinstance(example, Primitive)
    assert example == cls.example()
    with pytest.raises(ValidationError, match="can't be changed") as caught:
        example.metadata = {}
    assert caught.value.field == "metadata"


def test_data_survives_before_and_after_json_exactly(cls):
    example = cls.example()
    assert cls.from_data(example.to_data()) == example
    assert cls.from_data(json.loads(example.to_json(), parse_constant=refuse_constant)) == example


def test_data_survives_a_part_file_with_its_metadata(cls):
    metadata = {"seed": 3, "best": float("-inf"), "mark": {"$float": "NaN"}, "nested": [{"nan": float("nan")}]}
    original = cls.from_data(cls.example().to_data(), metadata)
    version = Version(seq=4, step=None, logged_at=1790000000000, data=original.to_data(), metadata=original.metadata)
    part = decode_part(
        encode_part(kind=cls.kind, name="p", section=None, writer="0f3a9c11", part=0, versions=[version])
    )
    assert part.primitive(part.versions[0]) == original
    assert identical(original.metadata, metadata)


def test_ready_json_may_stand_in_a_part_as_a_fragment(cls):
    example = cls.example()
    version = Version(seq=0, step=2, logged_at=5, data=orjson.Fragment(example.to_json()))
    part = decode_part(encode_part(kind=cls.kind, name="p", section="s", writer="0f3a9c11", part=1, versions=[version]))
    assert part.primitive(part.versions[0]) == example


def test_rows_have_a_plain_value_for_every_column(cls):
    columns, rows = cls.example().rows()
    assert rows
    assert len(set(columns)) == len(columns)
    for row in rows:
        assert type(row) is tuple
        assert len(row) == len(columns)
        assert all(value is None or type(value) in (bool, int, float, str) for value in row)


def test_it_pickles_and_has_a_short_repr(cls):
    example = cls.example()
    assert pickle.loads(pickle.dumps(example)) == example
    assert repr(example).startswith(f"{cls.__name__}(")
    assert len(repr(example)) < 1000


def test_arguments_may_be_given_by_position_or_name_but_not_both(cls):
    data = cls.example().to_data()
    first = cls.positional[0]
    with pytest.raises(ValidationError, match="given twice") as caught:
        cls(data.get(first), **{first: data.get(first)})
    assert caught.value.field == first
    with pytest.raises(ValidationError, match=r"by position.* name them: "):
        cls(*range(20))


def test_missing_and_unknown_arguments_are_named(cls):
    with pytest.raises(ValidationError, match="it takes ") as caught:
        cls()
    assert caught.value.field
    with pytest.raises(ValidationError, match="there is no bogus") as caught:
        cls(**cls.from_data(cls.example().to_data()).to_data(), bogus=1)
    assert caught.value.field == "bogus"
    assert "pydantic" not in str(caught.value)


@pytest.mark.parametrize("metadata", [[1], "text", {"s": {1, 2}}, {"b": b"x"}, {"o": object()}, {"x": 2**64}])
def test_metadata_that_cannot_be_stored_is_refused(cls, metadata):
    with pytest.raises(ValidationError) as caught:
        cls.from_data(cls.example().to_data(), metadata)
    assert caught.value.field.startswith("metadata")


@pytest.mark.parametrize(
    "junk", [None, 3, "x", [], {}, [[]], {"a": 1}, True, [None], ["NaN"], {"$float": "NaN"}, 1e999]
)
def test_hostile_data_in_any_field_gives_our_error_or_a_primitive(cls, junk):
    data = json.loads(cls.example().to_json())
    for key in data:
        try:
            made = cls.from_data({**data, key: junk})
        except ValidationError as error:
            assert error.field  # noqa: PT017
        else:
            assert cls.from_data(json.loads(made.to_json(), parse_constant=refuse_constant)) == made


@pytest.mark.parametrize("data", [None, 3, "x", [], {1: 2}, {}, {"metadata": {}}])
def test_data_of_another_shape_is_refused(cls, data):
    with pytest.raises(ValidationError, match=cls.__name__):
        cls.from_data(data)


def test_pydantic_validation_speaks_as_the_constructor_does(cls):
    with pytest.raises(ValidationError, match="it takes "):
        cls.model_validate({})
    with pytest.raises(ValidationError):
        cls.model_validate_json("{}")
    assert cls.model_validate(cls.example()) == cls.example()


def test_the_documented_example_runs(cls):
    documented = doctest.DocTestFinder(recurse=False).find(cls, cls.__name__, globs={cls.__name__: cls})[0]
    assert documented.examples
    assert doctest.DocTestRunner().run(documented).failed == 0


def test_json_schema_names_every_stored_field(cls):
    schema = cls.model_json_schema()
    assert set(cls.example().to_data()) <= set(schema["properties"])
