"""How a layer looks: one description that web map, print map and legend all follow."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from knr_gis.definitions import Table, require_choice, require_keys
from knr_gis.texts import in_words

MARKERS = ("circle", "square", "triangle", "diamond", "cross", "star")
DASHES = ("solid", "dash", "dot")


@dataclass(frozen=True)
class StyleClass:
    """
    One entry of a legend.

    Parameters
    ----------
    value
        Value of the style column as text; ``"true"``/``"false"`` for flags.
    lower, upper
        Half-open range ``lower <= number < upper`` for numeric columns; None = unbounded.
    """

    label_ja: str
    label_en: str
    color: str
    value: str | None = None
    lower: float | None = None
    upper: float | None = None
    dash: str = "solid"
    marker: str | None = None

    @property
    def label(self) -> str:
        """Its text in the legend, in the language of the run."""
        return in_words(self.label_ja, self.label_en)

    def covers(self, value: Any) -> bool:
        """Tell whether a value of the style column belongs to this class; what is missing, to none."""
        if value is None or value is pd.NA or value != value:  # noqa: PLR0124  NaN is not equal to itself
            return False
        if self.value is not None:
            text = str(value).lower() if isinstance(value, bool | np.bool_) else str(value)
            return text == self.value
        try:
            number = float(value)
        except (TypeError, ValueError):  # text in a column of numeric classes
            return False
        above = self.lower is None or number >= self.lower
        return above and (self.upper is None or number < self.upper)


@dataclass(frozen=True)
class Style:
    """
    Appearance of one layer.

    Parameters
    ----------
    color
        Colour (``#rrggbb``) of features that no class covers.
    opacity
        Opacity of the fill, 0 to 1.
    weight
        Width of lines and outlines in pixels (points on paper).
    radius
        Radius of point symbols in pixels.
    order
        Drawing order; higher lies on top.
    column
        Column that the classes look at; empty for a single symbol.
    label
        Column written beside the feature on print maps; empty for none.
    other_ja, other_en
        What it means that no class covers a feature (``深さ不明``); empty for "other or unknown".
    """

    color: str
    opacity: float = 0.6
    weight: float = 1.0
    radius: float = 5.0
    dash: str = "solid"
    marker: str = "circle"
    order: int = 0
    column: str = ""
    label: str = ""
    classes: tuple[StyleClass, ...] = ()
    other_ja: str = ""
    other_en: str = ""

    @property
    def other(self) -> str:
        """What it means that no class covers a feature, in the language of the run; maybe empty."""
        return in_words(self.other_ja, self.other_en)

    def class_numbers(self, values: Iterable[Any]) -> list[int]:
        """Return the position of the first class that covers each value; -1 where none does."""
        known: dict[tuple[type, Any], int] = {}
        numbers = []
        for value in values:
            key = (type(value), value)  # True and 1 are one key without their type
            if key not in known:
                known[key] = next((n for n, c in enumerate(self.classes) if c.covers(value)), -1)
            numbers.append(known[key])
        return numbers


def darker(color: str) -> str:
    """Return the colour ``#rrggbb`` at 62 % of its brightness; other notations are returned as they are."""
    if len(color) != 7 or not color.startswith("#"):
        return color
    return "#" + "".join(f"{round(int(color[i : i + 2], 16) * 0.62):02x}" for i in (1, 3, 5))


def parse_style(table: Table, where: str) -> Style:
    """Return the style of a ``[style]`` table; raise DefinitionError on a bad key or choice."""
    fields = (
        "opacity",
        "weight",
        "radius",
        "dash",
        "marker",
        "order",
        "column",
        "label",
        "classes",
        "other_ja",
        "other_en",
    )
    require_keys(table, where, required=("color",), optional=fields)
    require_choice(table.get("dash", "solid"), DASHES, where, "dash")
    require_choice(table.get("marker", "circle"), MARKERS, where, "marker")
    classes = tuple(_parse_class(entry, f"{where}.classes") for entry in table.get("classes", ()))
    return Style(**{**table, "classes": classes})


def _parse_class(table: Table, where: str) -> StyleClass:
    optional = ("value", "lower", "upper", "dash", "marker")
    require_keys(table, where, required=("ja", "en", "color"), optional=optional)
    rest = {key: value for key, value in table.items() if key not in ("ja", "en")}
    return StyleClass(label_ja=table["ja"], label_en=table["en"], **rest)
