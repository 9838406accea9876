"""From the colours of hazard-map tiles to depth classes."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knr_gis.depth import DepthClass, standard_classes
from knr_gis.errors import ReadError
from knr_gis.findings import Finding

Pixels = NDArray[np.uint8]
Colours = NDArray[np.int64]


@dataclass(frozen=True)
class Legend:
    """
    What the colours of a set of tiles mean.

    Parameters
    ----------
    known
        Colours as ``0xRRGGBB``, sorted.
    number
        For each of them its place in ``classes``, counted from 1.
    classes
        Depth classes; the last is None and stands for colours that are not known.
    """

    known: Colours
    number: NDArray[np.uint8]
    classes: list[DepthClass | None]


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("tile_colours.toml").read_text(encoding="utf-8"))


def _rows(name: str) -> list[DepthClass]:
    return [DepthClass(row["lower_m"], row.get("upper_m"), row["color"]) for row in _table()[name]]


def detailed_legend() -> list[DepthClass]:
    """Return the eight classes, the deepest in the manual's colour and in the portal's."""
    return [*standard_classes(), *_rows("portal")]


def standard_legend() -> list[DepthClass]:
    """Return the six classes, the deepest in the manual's colour and in the portal's."""
    return [*_rows("standard"), *_rows("portal")]


def _code(color: str) -> int:
    return int(color.removeprefix("#"), 16)


def _codes(pixels: Pixels) -> Colours:
    """Return colours as ``0xRRGGBB``; -1 where a pixel is fully transparent."""
    wide = pixels.astype(np.int64)
    return np.where(wide[..., 3] == 0, -1, wide[..., 0] * 65536 + wide[..., 1] * 256 + wide[..., 2])


def count_colours(tiles: Iterable[Pixels]) -> dict[int, int]:
    """Return how many pixels each colour has; transparent pixels are left out."""
    counts: dict[int, int] = {}
    for pixels in tiles:
        colours, numbers = np.unique(_codes(pixels), return_counts=True)
        for colour, number in zip(colours.tolist(), numbers.tolist(), strict=True):
            counts[colour] = counts.get(colour, 0) + number
    counts.pop(-1, None)
    return counts


def choose_legend(counts: dict[int, int], file: str, layer_id: str) -> tuple[Legend, list[Finding]]:
    """
    Return the legend of a set of tiles, and what was noticed about their colours.

    Two colours mean different classes in the two published legends. Where no colour betrays the
    detailed one, the wider classes of the standard one are used, which are true under both.

    Raises
    ------
    ReadError
        If there is no inundation, or if no colour is that of a legend.
    """
    if not counts:
        raise ReadError("read_raster.all_dry", file=file)
    only_detailed = {_code(c.color) for c in detailed_legend()} - {_code(c.color) for c in standard_legend()}
    detailed = any(_match(colour, only_detailed) is not None for colour in counts)
    legend = detailed_legend() if detailed else standard_legend()
    matches = {colour: _match(colour, {_code(c.color) for c in legend}) for colour in counts}
    if not any(match is not None for match in matches.values()):
        shown = ", ".join(f"#{colour:06x}" for colour in sorted(counts, key=lambda c: -counts[c])[:3])
        raise ReadError("read_raster.tiles.no_legend", file=file, colors=shown)
    return _legend(matches, legend), _findings(counts, matches, layer_id, detailed=detailed)


def _match(colour: int, known: set[int]) -> int | None:
    """Return the known colour that is the same, or the nearest within the tolerance, or None."""
    if colour in known:
        return colour
    nearest = min(known, key=lambda other: _distance(colour, other), default=None)
    near = nearest is not None and _distance(colour, nearest) <= _table()["tolerance"]
    return nearest if near else None


def _distance(one: int, other: int) -> int:
    """Return the largest difference of a channel."""
    return max(abs((one >> shift & 255) - (other >> shift & 255)) for shift in (16, 8, 0))


def _legend(matches: dict[int, int | None], classes: list[DepthClass]) -> Legend:
    place = {_code(c.color): number for number, c in enumerate(classes, 1)}
    known = np.array(sorted(matches), dtype=np.int64)
    unknown = len(classes) + 1
    number = [unknown if (m := matches[c]) is None else place[m] for c in known.tolist()]
    return Legend(known, np.array(number, dtype=np.uint8), [*classes, None])


def _findings(
    counts: dict[int, int], matches: dict[int, int | None], layer_id: str, *, detailed: bool
) -> list[Finding]:
    near = sum(counts[c] for c, match in matches.items() if match not in (c, None))
    unknown = {c: counts[c] for c, match in matches.items() if match is None}
    ambiguous = {_code(c.color) for c in _rows("standard")[:2]}
    findings = []
    if not detailed and ambiguous & {m for m in matches.values() if m is not None}:
        findings.append(Finding("tiles_legend_ambiguous", layer_id))
    if near:
        findings.append(Finding("tiles_colour_near", layer_id, "info", values={"count": near}))
    if unknown:
        shown = ", ".join(f"#{c:06x}" for c in sorted(unknown, key=lambda c: -unknown[c])[:3])
        values = {"count": sum(unknown.values()), "colors": shown}
        findings.append(Finding("tiles_colour_unknown", layer_id, values=values))
    return findings


def to_classes(pixels: Pixels, legend: Legend) -> NDArray[np.uint8]:
    """Return for each pixel the number of its class: 0 outside, counted from 1 in ``legend.classes``."""
    codes = _codes(pixels)
    place = np.searchsorted(legend.known, codes).clip(max=len(legend.known) - 1)
    return np.where(codes == -1, 0, legend.number[place]).astype(np.uint8)
