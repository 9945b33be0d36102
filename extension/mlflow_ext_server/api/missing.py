"""What an answer on many runs says of those that it can't tell of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence


def missing(asked: Sequence[str], known: Mapping[str, str], unreadable: Collection[str]) -> list[str]:
    """The ids, as they were asked, that are unknown or may not be read; each once.

    Args:
        asked: MLflow's ids and runs' own.
        known: MLflow's id of each id that is known.
        unreadable: those of MLflow's ids that may not be read.
    """
    return [one for one in dict.fromkeys(asked) if one not in known or known[one] in unreadable]
