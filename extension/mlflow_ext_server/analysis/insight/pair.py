"""Metrics of training and validation that belong together, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable

_TRAIN = frozenset({"train", "training", "tr"})
_HELD_OUT = {"val": 0, "valid": 0, "validation": 0, "dev": 1, "eval": 2, "evaluation": 2, "test": 3, "testing": 3}
_WORD = re.compile(r"[a-z]+|[0-9]+")


def pairs(names: Iterable[str]) -> list[tuple[str, str]]:
    """Training metrics with those of validation that else have the same words, in their order.

    train/loss and val/loss, loss_train and loss_val, epoch/train/acc and epoch/valid/acc, trainLoss and valLoss; and a
    bare loss beside val_loss, as Keras has it. A training metric with several takes that of validation, then dev, eval
    and test.
    """
    trained: dict[tuple[str, ...], str] = {}
    bare: dict[tuple[str, ...], str] = {}
    held: dict[tuple[str, ...], list[tuple[int, str]]] = {}
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
    for rest, candidates in held.items():
        train = trained.get(rest) or bare.get(rest)
        if train is not None:
            found.append((train, min(candidates)[1]))
    return found


def _words(name: str) -> list[str]:
    return _WORD.findall(re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).lower())
