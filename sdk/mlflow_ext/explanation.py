"""What pydantic found wrong with a request, in words for whoever sent it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, Tag
from pydantic.fields import FieldInfo

_EXTRA = "extra_forbidden"
_OWN = "Value error, "  # what pydantic puts before the words of our own validators
_SHOWN = 12
_KEY = "[key]"  # what pydantic puts behind a key of a dict that is wrong itself
Place = Sequence[int | str]


def explained(errors: Sequence[Mapping[str, Any]], annotation: Any = None, inside: Place = ()) -> tuple[str, str]:
    """The field at fault, dotted, and what is wrong with it; of several an unknown one first, as it explains the rest.

    Args:
        errors: pydantic's, one at least.
        annotation: the type that was read, whose fields an unknown one may mean.
        inside: what stands in each error's place before that type.
    """
    first = next((error for error in errors if error["type"] == _EXTRA), errors[0])
    place, message = list(first["loc"]), str(first["msg"]).removeprefix(_OWN)
    if first["type"] == _EXTRA:
        message = unknown(str(place[-1]), _names(annotation, place[len(inside) : -1]))
    tags = {*_tags(annotation), _KEY}
    return ".".join(str(part) for part in place if part not in tags), message


def unknown(name: str, known: Sequence[str]) -> str:
    """What to say of a field that there is not."""
    near = get_close_matches(name, known, 1)
    if near:
        return f"unknown field; did you mean {near[0]}?"
    return f"unknown field; taken are {', '.join(known)}" if 0 < len(known) <= _SHOWN else "unknown field; leave it out"


def _names(annotation: Any, place: Place) -> list[str]:
    """The names of the fields at a place; an index, a key or a tag leads on to the same models."""
    models = list(_models(annotation))
    for part in place:
        named = [item for model in models for item in model.model_fields.items()]
        fields = [field for name, field in named if part in _called(name, field)]
        models = [inner for field in fields for inner in _models(field.annotation)] or models
    return sorted({name for model in models for name in model.model_fields})


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _called(name: str, field: FieldInfo) -> tuple[object, ...]:
    return name, *getattr(field.validation_alias, "choices", (field.validation_alias,))


def _tags(annotation: Any) -> Iterator[str]:
    """The tags of a union, which stand in pydantic's places but in nobody's request."""
    for inner in get_args(annotation):
        if isinstance(inner, Tag):
            yield inner.tag
        yield from _tags(inner)
