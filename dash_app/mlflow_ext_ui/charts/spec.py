"""What a chart is, and its text in the address: ``line~1~last~Losses~train/loss~val/loss``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

from mlflow_ext.errors import ValidationError
from mlflow_ext_ui.column import Column

Kind = Literal["line", "bar", "scatter"]
Statistic = Literal["last", "min", "max"]
KINDS: tuple[Kind, ...] = get_args(Kind)
STATISTICS: tuple[Statistic, ...] = get_args(Statistic)
MOST = 12
MOST_FIELDS = 8
PREFIX = "o:"
SECTION = "Own charts"
_LONGEST = 250
_ID = re.compile(r"[a-z0-9]{1,8}")
_SEPARATOR = "~"


class Chart(NamedTuple):
    """A chart of one's own.

    ``kind``: metrics of all runs over steps, bars of metrics per run, or a dot per run. ``id`` stays when it is
    changed. ``statistic``: which value of a metric bars and dots show. ``fields``: 1 to 8 metrics; of a scatter x and y
    as columns, such as ``params.lr`` and ``metrics.acc``. ``title``: empty for one made of the fields.
    """

    kind: Kind
    id: str
    statistic: Statistic
    title: str
    fields: tuple[str, ...]

    @property
    def key(self) -> str:
        """The key of its card."""
        return PREFIX + self.id

    @property
    def columns(self) -> tuple[Column, ...]:
        """What it shows, as columns."""
        if self.kind != "scatter":
            return tuple(Column("metrics", name) for name in self.fields)
        return tuple(column for column in map(Column.parse, self.fields) if column is not None)

    @property
    def name(self) -> str:
        """The title of its card."""
        keys = [column.key for column in self.columns]
        made = " against ".join(reversed(keys)) if self.kind == "scatter" else ", ".join(keys)
        return self.title or made

    @property
    def text(self) -> str:
        """As the address has it."""
        return _SEPARATOR.join(map(_escape, (self.kind, self.id, self.statistic, self.title, *self.fields)))


def parse(text: str) -> Chart:
    """The chart that a text of an address means.

    Raises:
        ValidationError: it means none; the message says why.
    """
    kind, id, statistic, title, *fields = [*map(_plain, text.split(_SEPARATOR)), "", "", "", ""][: _parts(text)]
    if kind not in KINDS:
        raise ValidationError(f"There is no kind of chart {kind[:40]!r}; take one of {_listed(KINDS)}.", field="chart")
    if not _ID.fullmatch(id):
        raise ValidationError(f"A chart is numbered by 1 to 8 letters and digits, not {id[:40]!r}.", field="chart")
    if statistic not in STATISTICS:
        known = _listed(STATISTICS)
        raise ValidationError(f"A chart shows {known} of a metric, not {statistic[:40]!r}.", field="chart")
    names = tuple(dict.fromkeys(name for name in fields if name)) if kind != "scatter" else tuple(fields)
    _check(kind, title, names)
    return Chart(kind, id, statistic, title, names)


def texts(given: Sequence[str]) -> tuple[str, ...]:
    """What of an address is a chart, in its own spelling: each id once, the last that it names, 12 at most."""
    found: dict[str, Chart] = {}
    for text in given:
        try:
            chart = parse(text)
        except ValidationError:  # an address is taken as far as it goes; the routes that draw say what is wrong
            continue
        found[chart.id] = chart
    return tuple(chart.text for chart in list(found.values())[:MOST])


def _check(kind: str, title: str, names: tuple[str, ...]) -> None:
    if kind == "scatter":
        columns = [Column.parse(name) for name in names]
        if len(columns) != 2 or any(one is None or one.kind not in ("metrics", "params") for one in columns):
            raise ValidationError(
                f"A scatter takes two columns such as params.lr and metrics.acc, not {_listed(names)[:120]}.",
                field="chart",
            )
    elif not 1 <= len(names) <= MOST_FIELDS:
        raise ValidationError(f"A chart takes 1 to {MOST_FIELDS} metrics, not {len(names)}.", field="chart")
    longest = max((title, *names), key=len)
    if len(longest) > _LONGEST:
        raise ValidationError(
            f"Names in a chart have at most {_LONGEST} characters; {longest[:40]!r}… has {len(longest)}.", field="chart"
        )


def _parts(text: str) -> int:
    return max(4, text.count(_SEPARATOR) + 1)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _escape(part: str) -> str:
    return part.replace("%", "%25").replace(_SEPARATOR, "%7E")


def _plain(part: str) -> str:
    return part.replace("%7E", _SEPARATOR).replace("%25", "%")
