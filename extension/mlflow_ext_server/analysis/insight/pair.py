"""Metrics of training and validation that belong together, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

_TRAIN = frozenset({"train", "training", "tr"})
_HELD_OUT = {"val": 0, "valid": 0, "validation": 0, "dev": 1, "eval": 2, "evaluation": 2, "test": 3, "testing": 3}
_OFTEN = frozenset({"epoch", "step"})
_Words = tuple[str, ...]
_Held = TypeVar("_Held", str, tuple[int, str])
_WORD = re.compile(r"[a-z]+|[0-9]+")


def pairs(names: Iterable[str]) -> list[tuple[str, str]]:
    """Training metrics with those of validation that else have the same words, in their order.

    train/loss and val/loss, loss_train and loss_val, epoch/train/acc and epoch/valid/acc, trainLoss and valLoss; and a
    bare loss beside val_loss, as Keras has it. A training metric with several takes that of validation, then dev, eval
    and test. Where none has the same words, "epoch" and "step" count for nothing: Lightning has train_loss_epoch and
    train_loss_step beside val_loss.
    """
    trained: dict[_Words, str] = {}
    bare: dict[_Words, str] = {}
    held: dict[_Words, list[tuple[int, str]]] = {}
    for name in names:
        if name.startswith("system/"):
            continue
        words = _words(name)
        rest = tuple(word for word in words if word not in _TRAIN and word not in _HELD_OUT)
        ranks = [_HELD_OUT[word] for word in words if word in _HELD_OUT]
        if not rest:
            continue
        if ranks and not _TRAIN.intersection(words):
            held.setdefault(rest, []).append((min(ranks), name))
        elif not ranks:
            (trained if _TRAIN.intersection(words) else bare).setdefault(rest, name)
    found = []
    paired: dict[_Words, int] = {}
    for rest, candidates in held.items():
        train = trained.get(rest) or bare.get(rest)
        if train is not None:
            rank, name = min(candidates)
            found.append((train, name))
            paired[_metric(rest)] = min(rank, paired.get(_metric(rest), rank))
    loose = _alike(bare) | _alike(trained)
    for metric, (rank, name) in _alike({rest: min(candidates) for rest, candidates in held.items()}).items():
        if metric in loose and rank < paired.get(metric, rank + 1):
            found.append((loose[metric], name))
    return found


def _alike(names: Mapping[_Words, _Held]) -> dict[_Words, _Held]:
    """One of those that differ in how often they are logged alone: rather no step, then of epochs, then the first.

    Of ranked ones the lowest rank comes before that.
    """
    found: dict[_Words, _Held] = {}
    for rest in sorted(names, key=lambda words: (_rank(names[words]), "step" in words, "epoch" not in words)):
        found.setdefault(_metric(rest), names[rest])
    return found


def _rank(name: str | tuple[int, str]) -> int:
    return 0 if isinstance(name, str) else name[0]


def _metric(rest: _Words) -> _Words:
    """The words without those of how often it is logged."""
    return tuple(word for word in rest if word not in _OFTEN) or rest


def _words(name: str) -> list[str]:
    return _WORD.findall(re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).lower())
