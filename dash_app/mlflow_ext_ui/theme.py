"""The tokens that figures need, the plotly template and the colour scales; the style sheet holds the same values."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

Theme = Literal["light", "dark"]

FONT = '"Inter Variable",Inter,system-ui,sans-serif'
TRANSPARENT = "rgba(0,0,0,0)"
GRAPH_CONFIG: dict[str, bool] = {
    "displayModeBar": False,
    "showSendToCloud": False,
    "displaylogo": False,
    "responsive": True,
}

TOKENS: dict[Theme, dict[str, str]] = {
    "light": {
        "surface": "#FFFFFF", "raised": "#FFFFFF", "sunken": "#F3F4F7", "line": "#E3E5EA", "line-2": "#CDD1D9",
        "grid": "#EBEDF1", "text": "#1B1E24", "text-2": "#4B5260", "text-3": "#616977",
        "accent": "#2C56C4", "good": "#0B6E4A",
        "warn": "#8A5200", "warn-soft": "#FBF0DC",
    },
    "dark": {
        "surface": "#17191D", "raised": "#1E2126", "sunken": "#1C1F24", "line": "#292D34", "line-2": "#3E444E",
        "grid": "#24272D", "text": "#E7E9ED", "text-2": "#B3B8C2", "text-3": "#8D94A1",
        "accent": "#8FB0FF", "good": "#57C99A",
        "warn": "#E2AE55", "warn-soft": "#33280F",
    },
}  # fmt: skip

RUN_COLORS: tuple[str, ...] = (
    "#3270D6", "#D9660B", "#0F9B82", "#A785CD", "#16708D", "#C33122", "#6B6653", "#0795FD", "#8B8755", "#B93A97",
    "#9150BC", "#5892A9", "#EE5761", "#C43264", "#B970EA", "#E159A2", "#517227", "#4F950F", "#6D7AC2", "#BE777C",
)  # fmt: skip

# Labels and groups within one run: none is a run's colour, all reach 3:1 on both canvases.
LABEL_COLORS: tuple[str, ...] = (
    "#4878B0", "#C4632E", "#3B8F5A", "#9A6BB8", "#B08212", "#C25573", "#2F8F9D", "#8C6D5A", "#74822F", "#6F7686",
)  # fmt: skip
LABEL_SYMBOLS: tuple[str, ...] = (
    "circle", "square", "diamond", "triangle-up", "cross", "pentagon", "triangle-down", "star-diamond", "hexagram", "x",
)  # fmt: skip

SEQUENTIAL: dict[Theme, tuple[str, ...]] = {
    "light": ("#F3F6FC", "#CFDCF5", "#9DB9EC", "#6590DD", "#3A68C6", "#22449A", "#122A66"),
    "dark": ("#1B2436", "#21386B", "#2C54A6", "#4A7BD3", "#76A0EA", "#98B9F2", "#B7CFF8"),
}
DIVERGING: dict[Theme, tuple[str, ...]] = {
    "light": ("#9A3D00", "#D2762E", "#EDB98A", "#F4F4F5", "#9CC4DE", "#3F86B5", "#0B4F7D"),
    "dark": ("#FFB783", "#D9782F", "#7E4519", "#24272D", "#1F4F73", "#3D8CC2", "#A5D6F8"),
}

RAW_ALPHA: dict[Theme, float] = {"light": 0.22, "dark": 0.34}
INTERVAL_ALPHA = 0.16
FILL_ALPHA = 0.28
LINE_WIDTH = 1.75


def run_color(slot: int) -> str:
    """The colour of a run's slot; slots above 19 start again."""
    return RUN_COLORS[slot % len(RUN_COLORS)]


def rgba(color: str, alpha: float) -> str:
    """``#RRGGBB`` with an opacity from 0 to 1."""
    red, green, blue = _channels(color)
    return f"rgba({red},{green},{blue},{alpha:g})"


def scale(colors: Sequence[str]) -> list[list[Any]]:
    """Evenly spaced colours as a plotly colour scale."""
    return [[i / (len(colors) - 1), color] for i, color in enumerate(colors)]


def at(colors: Sequence[str], share: float) -> str:
    """The colour at ``share`` (0 to 1, clipped) of evenly spaced colours, as plotly interpolates them."""
    position = min(max(share, 0.0), 1.0) * (len(colors) - 1)
    i = min(int(position), len(colors) - 2)
    weight = position - i
    pairs = zip(_channels(colors[i]), _channels(colors[i + 1]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * weight):02X}" for a, b in pairs)


def ink(background: str) -> str:
    """Black or white, whichever has the higher contrast on ``background`` (WCAG 2.2 relative luminance)."""
    luminance = _luminance(background)
    return "#FFFFFF" if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 else "#000000"


def contrast(a: str, b: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


def template(theme: Theme) -> dict[str, Any]:
    """The plotly template as plain JSON; a theme switch replaces it in a figure's layout. Treat as read-only."""
    return _template(theme)


@cache
def _template(theme: Theme) -> dict[str, Any]:
    token = TOKENS[theme]
    caption = {"size": 11, "color": token["text-3"], "family": FONT}
    axis = {
        "zeroline": False,
        "ticks": "",
        "tickfont": caption,
        "title": {"font": caption, "standoff": 4},
        "automargin": False,
        "ticklabelstandoff": 3,
        "exponentformat": "SI",
        "gridcolor": token["grid"],
        "gridwidth": 1,
        "linecolor": token["line-2"],
        "linewidth": 1,
    }
    solid = {"showbackground": False, "zeroline": False, "showspikes": False, "tickfont": caption, "nticks": 5}
    solid |= {"title": {"font": caption}, "gridcolor": token["line"], "linecolor": token["line-2"], "showline": True}
    layout = {
        "font": {"family": FONT, "size": 11, "color": token["text-2"]},
        "paper_bgcolor": TRANSPARENT,
        "plot_bgcolor": TRANSPARENT,
        "colorway": list(RUN_COLORS),
        "margin": {"l": 42, "r": 12, "t": 4, "b": 26, "pad": 0},
        "xaxis": axis | {"showgrid": False, "showline": True, "nticks": 6},
        "yaxis": axis | {"showgrid": True, "showline": False, "nticks": 5},
        "scene": {"xaxis": solid, "yaxis": solid, "zaxis": solid, "bgcolor": TRANSPARENT},
        "showlegend": False,
        "hovermode": "closest",
        "hoverdistance": 24,
        "hoverlabel": {
            "bgcolor": token["raised"],
            "bordercolor": token["line-2"],
            "font": {"size": 11, "color": token["text"], "family": FONT},
            "align": "left",
        },
        "annotationdefaults": {"font": {"size": 11, "color": token["text-2"], "family": FONT}, "showarrow": False},
        "colorscale": {"sequential": scale(SEQUENTIAL[theme]), "diverging": scale(DIVERGING[theme])},
        "dragmode": "zoom",
    }
    return {"layout": layout}


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in _channels(color))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
