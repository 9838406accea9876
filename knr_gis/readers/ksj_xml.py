"""国土数値情報 GML, element by element: names, references, rings and coordinates."""

import itertools
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knr_gis.errors import ReadError
from knr_gis.readers.sniff import head

HREF = "{http://www.w3.org/1999/xlink}href"
FAMILIES = {
    "Point": "Point", "Curve": "LineString", "LineString": "LineString",
    "Surface": "Polygon", "Polygon": "Polygon",
}  # fmt: skip
_RING_PARTS = ("exterior", "interior")

Ring = tuple[str, ...]  # ids of the curves that make it
Patch = tuple[Ring, tuple[Ring, ...]]  # outer ring, holes
Points = NDArray[np.float64]  # shape (n, 2): longitude, latitude


def elements(path: Path, name: str) -> Iterator[tuple[str, ET.Element]]:
    """Yield the children of the root one by one, with their local name; each is forgotten after use."""
    if b"<!DOCTYPE" in head(path):
        raise ReadError("read_vector.gml_broken", path=name, reason="DOCTYPE")
    try:
        events = ET.iterparse(path, events=("start", "end"))  # noqa: S314  no DTD, so no entities
        _, root = next(events)
        depth = 0
        for event, element in events:
            depth += 1 if event == "start" else -1
            if event == "end" and depth == 0:
                yield local_name(element), element
                root.clear()
    except (ET.ParseError, ValueError) as error:
        raise ReadError("read_vector.gml_broken", path=name, reason=error) from error


def patches_of(surface: ET.Element) -> list[Patch]:
    """Return the rings of each patch of a surface as ids of curves."""
    patches: list[Patch] = []
    counter = itertools.count()
    for patch in (part for part in surface.iter() if local_name(part) in ("PolygonPatch", "Polygon")):
        rings: dict[str, list[Ring]] = {side: [] for side in _RING_PARTS}
        for side in (part for part in patch if local_name(part) in _RING_PARTS):
            rings[local_name(side)].append(_ring_of(side, element_id(surface), counter))
        if rings["exterior"]:
            patches.append((rings["exterior"][0], tuple(rings["interior"])))
    return patches


def _ring_of(side: ET.Element, surface: str, counter: Iterator[int]) -> Ring:
    """Return the curves of a ring; coordinates written in place get an id of their own."""
    curves = []
    for part in side.iter():
        if part.get(HREF):
            curves.append(target_of(part.get(HREF)))
        elif local_name(part) == "posList":
            curves.append(f"{surface}#{next(counter)}")
    return tuple(curves)


def points_of(kind: str, element: ET.Element, name: str) -> Iterator[tuple[str, Points]]:
    """
    Yield the coordinates that stand in an element, under the id of its curve.

    Raises
    ------
    ReadError
        If they are no pairs of numbers.
    """
    shape = element_id(element)
    is_areal = FAMILIES[kind] == "Polygon"
    kinds = ("posList",) if is_areal else ("posList", "pos")
    texts = [part.text or "" for part in element.iter() if local_name(part) in kinds]
    if is_areal:
        yield from ((f"{shape}#{n}", _parsed(text, shape, name)) for n, text in enumerate(texts))
    elif texts:
        yield shape, _parsed(" ".join(texts), shape, name)


def _parsed(text: str, shape: str, name: str) -> Points:
    """Return ``(longitude, latitude)`` rows of a list that is written latitude first."""
    try:
        numbers = np.array(text.split(), dtype=np.float64).reshape(-1, 2)
    except ValueError as error:
        raise ReadError("read_vector.gml_unresolved", path=name, id=shape) from error
    if not np.isfinite(numbers).all() or len(numbers) == 0:
        raise ReadError("read_vector.gml_unresolved", path=name, id=shape)
    return np.ascontiguousarray(numbers[:, ::-1])


def local_name(element: ET.Element) -> str:
    """Return the tag of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def namespace(element: ET.Element) -> str:
    """Return ``"gml"`` for elements of GML itself, ``"app"`` for those of a data set."""
    return "gml" if "opengis.net/gml" in element.tag else "app"


def element_id(element: ET.Element) -> str:
    """Return the ``gml:id`` of an element, empty if it has none."""
    return next((v for k, v in element.attrib.items() if k.rpartition("}")[2] == "id"), "")


def target_of(href: str | None) -> str:
    """Return the id that a reference such as ``"#sf1"`` names."""
    return (href or "").rpartition("#")[2]
