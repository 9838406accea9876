"""The three spellings of OpenStreetMap data (PBF, XML, Overpass JSON) as one stream for pyosmium."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import osmium

from knr_gis.errors import ReadError

_PLAIN = frozenset("_-.:/")
Point = tuple[float, float]
_COMPRESSED = (b"\x1f\x8b", b"BZh")


@dataclass(frozen=True)
class OsmSource:
    """
    An input of ``osmium.FileProcessor``.

    Parameters
    ----------
    data
        Sorted objects with positive identifiers.
    renumbered
        True where the identifiers are ours (see ``_number``), not those of the file.
    """

    data: Any
    renumbered: bool

    def original(self, number: int) -> int:
        """Return the identifier that the file states."""
        if not self.renumbered:
            return number
        return -(number // 2) if number % 2 else number // 2


def open_osm(path: Path) -> OsmSource:
    """
    Return a file in a form that pyosmium can stream.

    XML is sorted and renumbered, since editors write negative numbers and Overpass writes ways
    before their nodes; JSON is rewritten. A PBF is read as it is, from the disk.

    Raises
    ------
    ReadError
        If the file is empty, no OpenStreetMap data, or an Overpass answer that broke off.
    """
    with path.open("rb") as file:
        head = file.read(64)
    if not head.strip():
        raise ReadError("read_osm.empty", file=path.name)
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return _rewritten(*_from_json(_load_json(path), path.name))
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") or head.startswith(_COMPRESSED):
        return _rewritten(*_from_xml(path))
    return OsmSource(osmium.io.File(str(path), "pbf"), renumbered=False)


def _rewritten(nodes: Iterable[str], ways: Iterable[str], relations: Iterable[str]) -> OsmSource:
    """Return lines of OPL text (one object each) as an input of pyosmium."""
    text = "\n".join([*nodes, *ways, *relations, ""])
    return OsmSource(osmium.io.FileBuffer(text.encode(), "opl"), renumbered=True)


def _from_xml(path: Path) -> tuple[list[str], list[str], list[str]]:
    """Return the objects of an XML file as OPL lines: nodes, ways, relations."""
    lines: dict[str, list[str]] = {"n": [], "w": [], "r": []}
    for thing in osmium.FileProcessor(str(path)):
        kind = thing.type_str()
        head = f"{kind}{_number(thing.id)} T{_tags(dict(thing.tags))}"
        lines[kind].append(head + _XML_BODIES[kind](thing))
    return lines["n"], lines["w"], lines["r"]


def _node_body(node: Any) -> str:
    return f" x{node.location.lon:.7f} y{node.location.lat:.7f}" if node.location.valid() else ""


def _way_body(way: Any) -> str:
    return " N" + ",".join(f"n{_number(node.ref)}" for node in way.nodes)


def _relation_body(relation: Any) -> str:
    members = (f"{m.type}{_number(m.ref)}@{_escape(m.role)}" for m in relation.members)
    return " M" + ",".join(members)


_XML_BODIES = {"n": _node_body, "w": _way_body, "r": _relation_body}


def _number(number: int) -> int:
    """Return a positive identifier that no other object of the file has."""
    return 2 * abs(number) + (number < 0)


def _load_json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise ReadError("read_osm.broken", file=path.name, reason=error) from error
    if "error" in str(document.get("remark", "")):
        raise ReadError("read_osm.overpass_remark", file=path.name, reason=document["remark"])
    if not isinstance(document.get("elements"), list):
        raise ReadError("read_osm.no_elements", file=path.name)
    return dict(document)


def _from_json(document: dict[str, Any], file: str) -> tuple[list[str], list[str], list[str]]:
    """Return the elements of an Overpass answer as OPL lines; nodes are numbered by position."""
    try:
        return _JsonElements(document["elements"]).lines()
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ReadError("read_osm.bad_element", file=file, reason=repr(error)) from error


class _JsonElements:
    """
    Elements of one Overpass answer.

    A way carries its points either as ``geometry`` (``out geom``) or as ``nodes`` that refer to
    node elements. Nodes are numbered by position, so that both give the same junctions.
    """

    def __init__(self, elements: list[dict[str, Any]]) -> None:
        self._ids: dict[Point, int] = {}
        self._at = {e["id"]: (e["lon"], e["lat"]) for e in elements if e["type"] == "node" and "lon" in e}
        self._elements = elements
        self._ways: dict[int, str] = {}

    def lines(self) -> tuple[list[str], list[str], list[str]]:
        """Return nodes, ways and relations."""
        for way in self._of("way"):
            self._add_way(way["id"], self._points(way), way.get("tags", {}))
        relations = [self._relation(r) for r in self._of("relation")]
        nodes = [f"n{number} x{x:.7f} y{y:.7f}" for (x, y), number in self._ids.items()]
        return nodes, list(self._ways.values()), relations

    def _of(self, kind: str) -> Iterator[dict[str, Any]]:
        return (e for e in self._elements if e["type"] == kind)

    def _points(self, way: dict[str, Any]) -> list[Point | None]:
        """Return the points of a way; None stands for a point that the answer does not give."""
        if "geometry" in way:
            return [None if p is None else (p["lon"], p["lat"]) for p in way["geometry"]]
        return [self._at.get(number) for number in way.get("nodes", ())]

    def _add_way(self, number: int, points: list[Point | None], tags: dict[str, str]) -> None:
        if _number(number) not in self._ways:
            refs = ",".join(f"n{self._node(p)}" for p in points)
            self._ways[_number(number)] = f"w{_number(number)} T{_tags(tags)} N{refs}"

    def _node(self, point: Point | None) -> int:
        """Return the number of a position; an unknown position has the number of no node."""
        if point is None:
            return _NOWHERE
        return self._ids.setdefault((float(point[0]), float(point[1])), len(self._ids) + 1)

    def _relation(self, relation: dict[str, Any]) -> str:
        members = [m for m in relation.get("members", ()) if m["type"] == "way"]
        for member in members:
            if "geometry" in member:
                self._add_way(member["ref"], self._points(member), {})
        refs = ",".join(f"w{_number(m['ref'])}@{_escape(m.get('role', ''))}" for m in members)
        return f"r{_number(relation['id'])} T{_tags(relation.get('tags', {}))} M{refs}"


_NOWHERE = 10**15


def _tags(tags: dict[str, str]) -> str:
    return ",".join(f"{_escape(key)}={_escape(str(value))}" for key, value in tags.items())


def _escape(text: str) -> str:
    """Return text as OPL wants it: everything but letters and digits as ``%hex%``."""
    return "".join(c if c.isalnum() or c in _PLAIN else f"%{ord(c):x}%" for c in text)
