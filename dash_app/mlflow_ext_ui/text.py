"""Numbers, counts, durations and names as the words a person reads; and names as plotly must be given them."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timezone

MISSING = "–"
MINUS = "−"
INFINITY = "∞"

_ENTITIES = str.maketrans({char: f"&#{ord(char)};" for char in "&<>$%\"'"} | {"\r": " ", "\n": " ", "\t": " "})
_NARROW = frozenset("iljtfrI.,:;'|!()[]{}/\\- `")
_WIDE = frozenset("mwMW@%&—–")
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # the order of letters around
_FAR = 1e4
_SMALLEST, _LARGEST = 1e-3, 1e6
_FRACTION = re.compile(r"[+-]?\d{1,15}\.\d+([eE][+-]?\d{1,3})?")
_READABLE = 9  # characters of a fraction that is shown whole
_UNITS = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def literal(text: object) -> str:
    """A name as plotly shows it unchanged.

    plotly reads a subset of HTML, entities, ``%{...}`` templates and ``$...$`` formulas in its texts; each character
    that opens one of these becomes a numeric entity, which plotly turns back only after it looked for them.
    """
    return str(text).translate(_ENTITIES)


def one_line(name: str) -> str:
    """A name as it stands in a row, as ``oneLine`` of assets/first.js: any text can be one, also one of nothing."""
    if not any(unicodedata.category(char)[0] not in "CZ" for char in name):
        return "(invisible name)"
    kept = (char for char in name if char not in _TURNS)
    return "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in kept)


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters, the middle replaced by one ellipsis; a name's end tells runs apart and is kept."""
    if len(text) <= limit:
        return text
    if limit <= 1:
        return "…"[:limit]
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail]}…{text[len(text) - tail :]}"


def width(text: str, size: float = 11) -> float:
    """Estimated width in pixels of ``text`` in Inter at ``size`` pixels; errs on the wide side."""
    units = 0.0
    for char in text:
        if char in _NARROW:
            units += 0.34
        elif char in _WIDE or ord(char) >= 0x2E80:
            units += 1.0
        elif char.isupper():
            units += 0.70
        else:
            units += 0.60
    return units * size


def fit(text: str, pixels: float, size: float = 11) -> str:
    """``text`` shortened in its middle until it fits into ``pixels``."""
    if width(text, size) <= pixels:
        return text
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(shorten(text, middle), size) <= pixels else (low, middle - 1)
    return shorten(text, low)


def number(value: float | None, digits: int = 4) -> str:
    """A value with ``digits`` significant digits: "0.07413", "18,610", "1.2e−7", "NaN", "–" when missing."""
    if value is None:
        return MISSING
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return INFINITY if value > 0 else MINUS + INFINITY
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e9 or size < 1e-4:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        if "." in mantissa:
            mantissa = mantissa.rstrip("0").rstrip(".")
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    decimals = max(0, digits - 1 - math.floor(math.log10(size)))
    text = f"{value:,.{decimals}f}"
    if float(value).is_integer() and "." in text:
        text = text.split(".")[0]
    return text.replace("-", MINUS)


def param(value: str) -> str:
    """A param as it was logged, but a fraction of many digits with six that count: "0.02455046699" as "0.0245505"."""
    if not _FRACTION.fullmatch(value) or len(value) <= _READABLE:
        return value
    short = f"{float(value):.6g}"
    return short if len(short) < len(value) else value


def fixed(value: float, decimals: int, *, signed: bool = False) -> str:
    """A value of a column that shares its decimals: "97.8", "+1.7", "−0.4"; what rounds to zero has no sign."""
    if not math.isfinite(value):
        return number(value)
    if float(f"{value:.{decimals}f}") == 0:
        return f"{0:.{decimals}f}"
    return f"{value:{'+' if signed else ''},.{decimals}f}".replace("-", MINUS)


def aligned(values: Sequence[float | None]) -> list[str]:
    """Values with the same decimals; one far from the others, such as a diverged run's, is written by itself."""
    sizes = sorted(abs(value) for value in values if value is not None and math.isfinite(value) and value)
    middle = sizes[(len(sizes) - 1) // 2] if sizes else 0.0
    if not _SMALLEST <= middle < _LARGEST:
        return [number(value) for value in values]
    usual = [size for size in sizes if size < middle * _FAR]
    whole = all(size == int(size) for size in usual)
    decimals = 0 if whole else max(0, 3 - math.floor(math.log10(middle)))
    least = 0.0 if whole else 10.0 ** (1 - decimals)
    return [
        fixed(value, decimals)
        if value is not None and (value == 0 or least <= abs(value) < middle * _FAR)
        else number(value)
        for value in values
    ]


def signed(value: float | None, digits: int = 3) -> str:
    """A change with its sign: "+0.0123", "−1.4", "0"."""
    return ("+" if value is not None and value > 0 else "") + number(value, digits)


def count(n: int) -> str:
    """A count in full: "12,000"."""
    return f"{n:,}".replace("-", MINUS)


def compact(value: float) -> str:
    """A number in three significant digits with k, M, G: "48.2k", "221k", "0.75"."""
    for unit, suffix in _UNITS:
        if abs(value) >= unit * 0.9995:
            return f"{value / unit:.3g}".replace("-", MINUS) + suffix
    return f"{value:.3g}".replace("-", MINUS)


def badge(n: int) -> str:
    """A count where room is short: in full below 100,000, then "221k"."""
    return count(n) if abs(n) < 100_000 else compact(n)


def shown(part: int, total: int, noun: str = "point") -> str:
    """What a plot shows of what there is: "600 points", or "4,632 of 221k" when thinned."""
    return plural(total, noun) if part >= total else f"{badge(part)} of {badge(total)}"


def plural(n: int, noun: str, many: str | None = None) -> str:
    """A count with its noun: "1 run", "12,000 points"."""
    return f"{count(n)} {noun if n == 1 else many or noun + 's'}"


def duration(seconds: float | None, *, running: bool = False) -> str:
    """A span of time: "38 ms", "2.4 s", "48 min", "1 h 42 min", "3 d 4 h"; a running one ends in "…"."""
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    text = _span(abs(seconds))
    return (MINUS if seconds < 0 and text != "0 s" else "") + text + ("…" if running else "")


def _span(seconds: float) -> str:
    if seconds == 0:
        return "0 s"
    if seconds < 0.9995:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 59.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return _two(minutes, 60, "h", "min")
    return _two(round(seconds / 3600), 24, "d", "h")


def _two(n: int, per: int, large: str, small: str) -> str:
    whole, rest = divmod(n, per)
    return f"{whole} {large} {rest} {small}" if rest else f"{whole} {large}"


def ago(then_ms: int | None, now_ms: int) -> str:
    """How long ago: "12 s ago", "3 d ago", after a week "14 Nov", in another year "14 Nov 2024" (UTC)."""
    if then_ms is None:
        return MISSING
    seconds = max(0, now_ms - then_ms) // 1000
    if seconds <= 7 * 86_400:
        spans = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
        return next((f"{seconds // span} {unit} ago" for span, unit in spans if seconds >= span), "now")
    then = datetime.fromtimestamp(then_ms / 1000, timezone.utc)
    now = datetime.fromtimestamp(now_ms / 1000, timezone.utc)
    return f"{then.day} {then:%b}" + ("" if then.year == now.year else f" {then.year}")


def size(n: int) -> str:
    """Bytes: "512 B", "1.1 MB", "28.6 GB"."""
    value, unit = float(n), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 999.5 or unit == "TB":
            break
        value /= 1000
    return f"{n} B" if unit == "B" else f"{value:.1f}".removesuffix(".0") + f" {unit}"


def tick(value: float) -> str:
    """A value beside an axis, as short as it goes: "0.001", "1e−4", "64", "2.5k"."""
    if value == 0:
        return "0"
    if abs(value) >= 1e4 or abs(value) < 1e-3:
        if 1e4 <= abs(value) < 1e15:
            return compact(value)
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}".replace("-", MINUS)
    return f"{value:.6g}".replace("-", MINUS)
