"""Answers for a person: tables as wide as the terminal, short ids and times on it, everything in full elsewhere."""

from __future__ import annotations

import os
import shutil
import textwrap
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import IO, Any, NamedTuple

import click

_SHORT_ID = 8
_GAP = 2


class Column(NamedTuple):
    """A column of a table.

    Args:
        title: at its head.
        right: aligned so.
        extra: where there is no room it is left out, the highest first; 0 always stays.
        cut: where there is no room its texts are cut to so many signs before a column goes; 0 never cuts.
    """

    title: str
    right: bool = False
    extra: int = 0
    cut: int = 0


class Screen:
    """Where an answer is shown.

    Args:
        file: written to.
        width: columns of the terminal; None asks the file.
    """

    def __init__(self, file: IO[str], width: int | None = None) -> None:
        self._file = file
        self.terminal = width is not None or file.isatty()
        self.width = width or (shutil.get_terminal_size().columns if self.terminal else 10_000)

    def line(self, text: str) -> None:
        """One line."""
        click.echo(clean(text), file=self._file)

    def fact(self, label: str, text: str, width: int = 12) -> None:
        """A text beside its label, broken into lines on a terminal; ``width`` is the label's."""
        if self.terminal:
            room = max(self.width - width - 1, 20)
            lines = textwrap.wrap(clean(text), room, break_long_words=False, break_on_hyphens=False)
            text = ("\n" + " " * (width + 1)).join(lines)
            click.echo(f"{clean(label):{width}} {text}", file=self._file)
        else:
            self.line(f"{label:{width}} {text}")

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        """A table; where the terminal is narrow extra columns go, then texts are cut.

        Args:
            columns: their titles.
            rows: one text per column.
        """
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        cells = [[clean(cell) for cell in row] for row in rows]
        kept = self._kept(columns, cells)
        table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
        for index in kept:
            column = columns[index]
            table.add_column(
                Text(column.title),
                justify="right" if column.right else "left",
                no_wrap=column.cut == 0,
                overflow="ellipsis",
            )
        for row in cells:
            table.add_row(*(Text(row[index], no_wrap=True, overflow="ellipsis") for index in kept))
        console = Console(file=self._file, width=self.width, highlight=False)
        if self.terminal:
            console.print(table)
        else:
            with console.capture() as captured:
                console.print(table)
            for line in captured.get().splitlines():
                click.echo(line.rstrip(), file=self._file)
        if len(kept) < len(columns):
            missing = ", ".join(columns[index].title for index in range(len(columns)) if index not in kept)
            self.line(f"Not shown: {missing} (no room; --csv shows all).")

    def _kept(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[int]:
        """Which columns find room."""
        from rich.cells import cell_len

        def need(index: int) -> int:
            longest = max(cell_len(text) for text in (columns[index].title, *(row[index] for row in rows)))
            return _GAP + (min(longest, columns[index].cut or longest))

        kept = list(range(len(columns)))
        while sum(need(index) for index in kept) - _GAP > self.width:
            extra = [index for index in kept if columns[index].extra]
            if not extra:
                break
            kept.remove(max(extra, key=lambda index: (columns[index].extra, index)))
        return kept

    def id(self, text: str) -> str:
        """An id: MLflow's long ones by their start on a terminal, where commands take that too."""
        return text[:_SHORT_ID] if self.terminal and len(text) == 32 else text

    def time(self, ms: int | None) -> str:
        """A time in ms since the epoch, in local time."""
        if ms is None:
            return ""
        at = datetime.fromtimestamp(ms / 1000).astimezone()
        if not self.terminal:
            return at.isoformat(timespec="seconds")
        this_year = at.year == datetime.now().year
        return at.strftime("%b %d %H:%M" if this_year else "%Y-%m-%d")


def clean(text: str) -> str:
    """A text in one line that can't command a terminal: signs of control are written out."""
    if text.isprintable():
        return text
    return "".join(_shown(sign) for sign in text)


def _shown(sign: str) -> str:
    if sign in "\n\r\t":
        return " "
    return sign if unicodedata.category(sign)[0] != "C" else sign.encode("unicode_escape").decode()


def duration(ms: int | None) -> str:
    """A duration in its two largest units."""
    if ms is None:
        return ""
    seconds = ms / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"


def value(number: Any) -> str:
    """A metric to six digits; nothing for none."""
    return "" if number is None else f"{float(number):.6g}"


def home(path: str) -> str:
    """A path with ``~`` for the home folder."""
    folder = os.path.expanduser("~")
    return "~" + path[len(folder) :] if path.startswith(folder + os.sep) else path
