"""Figures that no global state of matplotlib knows, and what their texts have in common."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, PALE = "#1a1a1a", "#c8c8c8"
"""Of texts and lines, and of what stands back: records of no group, groups that are not told apart."""
SMALL, MEDIUM = 7.0, 9.0
"""Sizes of fonts, in points."""
FONTS = (
    "DejaVu Sans",
    "Noto Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans CJK KR",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "Yu Gothic",
    "PingFang SC",
    "Hiragino Sans",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Arial Unicode MS",
)
"""The first of them that has a character draws it."""


def new_figure(width: float, height: float) -> "tuple[Figure, Any]":
    """Make an empty figure of a size in inches, and axes in it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


@cache
def fonts() -> list[str]:
    """List the fonts of `FONTS` that are installed."""
    from matplotlib.font_manager import fontManager

    installed = set(fontManager.get_font_names())
    return [font for font in FONTS if font in installed]


def plain(size: float = SMALL, **more: Any) -> dict[str, Any]:
    """Return how a text from the data is drawn: as it is, a ``$`` begins no formula."""
    return {"fontsize": size, "fontfamily": fonts(), "parse_math": False, "color": INK, **more}


def title(axes: Any, text: str) -> None:
    """Write what a figure shows above it."""
    axes.set_title(text, loc="left", pad=8, **plain(MEDIUM))


def below(axes: Any, text: str) -> None:
    """Write what the x axis shows below it."""
    axes.set_xlabel(text, fontsize=SMALL, color=INK)


def names_beside(axes: Any, places: Iterable[float], names: Sequence[str], right: bool = False) -> None:
    """Write names along the y axis, without marks."""
    axes.set_yticks(list(places), names, **plain())
    if right:
        axes.yaxis.tick_right()
    axes.tick_params(axis="y", length=0)


def without_frame(axes: Any, *sides: str) -> None:
    """Take lines of the frame away, all of them where none is named, and make the others thin."""
    for side, line in axes.spines.items():
        line.set_visible(bool(sides) and side not in sides)
        line.set_linewidth(0.6)
    axes.tick_params(width=0.6, labelsize=SMALL, color=INK, labelcolor=INK)


def count_along(axes: Any) -> None:
    """Let the x axis show whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.xaxis.set_major_formatter("{x:,.0f}")
