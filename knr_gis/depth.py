"""Inundation depth: labels as published, the standard classes, their colours."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from knr_gis.texts import say

_NUMBER = r"(\d+(?:\.\d+)?)\s*(?:m|メートル)?"
_LOWER = re.compile(_NUMBER + r"\s*(?:以上|超|を超え|より大)")
_UPPER = re.compile(_NUMBER + r"\s*(?:未満|以下|まで|より小)")
_RANGE = re.compile(_NUMBER + r"\s*(?:~|-|－|–|—|−|から|to)\s*" + _NUMBER)
_FROM = re.compile(_NUMBER + r"\s*(?:~|-|から)\s*$")
_UP_TO = re.compile(r"^\s*(?:~|-)\s*" + _NUMBER)
_TILDES = str.maketrans(dict.fromkeys("〜～∼˜∿", "~"))


@dataclass(frozen=True)
class DepthClass:
    """A half-open depth class ``lower_m <= depth < upper_m`` (None: no upper bound) and its colour."""

    lower_m: float
    upper_m: float | None
    color: str

    @property
    def label(self) -> str:
        """The class in the words of the published maps."""
        return depth_label(self.lower_m, self.upper_m)


@cache
def standard_classes() -> tuple[DepthClass, ...]:
    """
    Return the eight detailed classes, shallowest first.

    Source: 洪水浸水想定区域図作成マニュアル（第4版）表-7.2 for the colours; the outer limit of
    0.01 m is that of 津波浸水想定.
    """
    text = Path(__file__).with_name("depth_classes.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)["classes"]
    return tuple(DepthClass(row["lower_m"], row.get("upper_m"), row["color"]) for row in rows)


def parse_depth_label(label: str) -> tuple[float | None, float | None]:
    """
    Return ``(depth_min_m, depth_max_m)`` of a label such as ``"0.3m以上 ～ 1m未満"``.

    A bound that the label does not name is None; an unreadable label gives ``(None, None)``.
    """
    text = unicodedata.normalize("NFKC", label).translate(_TILDES).replace(",", "")
    pair = _RANGE.search(re.sub(r"以上|未満|以下|超", "", text))
    if pair:
        first, second = float(pair[1]), float(pair[2])
        return min(first, second), max(first, second)
    lower = _LOWER.search(text) or _FROM.search(text)
    upper = _UPPER.search(text) or _UP_TO.search(text)
    return (float(lower[1]) if lower else None), (float(upper[1]) if upper else None)


def depth_label(lower_m: float | None, upper_m: float | None) -> str:
    """Return the label of a class in one spelling, whatever spelling was published."""
    if lower_m is None and upper_m is None:
        return say("depth.unknown")
    if upper_m is None:
        return say("depth.from", lower=f"{lower_m:g}")
    if lower_m is None or lower_m == 0:
        return say("depth.below", upper=f"{upper_m:g}")
    return say("depth.range", lower=f"{lower_m:g}", upper=f"{upper_m:g}")
