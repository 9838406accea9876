"""OpenStreetMap in its three spellings: the same street must come out of each."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knr_gis.errors import ReadError
from knr_gis.layers import Layer, Source
from knr_gis.readers import ReadRequest
from knr_gis.readers.osm import read_osm
from knr_gis.readers.osm_tags import (
    access_note,
    kilometres_per_hour,
    layer_filters,
    may_pass,
    metres,
    one_way,
    one_way_cycle,
    road_columns,
)
from knr_gis.schema import canonical_columns
from knr_gis.style import Style

SAMPLES = Path(__file__).parents[2].parent / "shared" / "data" / "samples_not_region"
real = pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/data is not there")
SOURCE = Source("", "", "", (), "", "", "")


def request(path: Path, layer_id: str = "roads", **options: Any) -> ReadRequest:
    layer = Layer(layer_id, "transport", "line", ("osm",), layer_id, layer_id, SOURCE, (), (), (), Style(""))
    return ReadRequest(path, layer, **options)


# A cross: way 10 runs east through the shared node 2, way 11 (one-way, against its drawing) runs north of it.
NODES = {1: (144.38, 42.98), 2: (144.39, 42.98), 3: (144.40, 42.98), 4: (144.39, 42.99)}
WAYS: dict[int, tuple[list[int], dict[str, str]]] = {
    10: ([1, 2, 3], {"highway": "residential", "name": "幣舞, 通り", "width": "5.5 m"}),
    11: ([2, 4], {"highway": "tertiary", "oneway": "-1", "maxspeed": "40"}),
    12: ([1, 4], {"railway": "rail"}),
}


def as_xml(*, sign: int = 1, ways_first: bool = False) -> str:
    nodes = "".join(f'<node id="{sign * n}" lon="{x}" lat="{y}"/>' for n, (x, y) in NODES.items())
    ways = "".join(
        f'<way id="{sign * w}">'
        + "".join(f'<nd ref="{sign * n}"/>' for n in refs)
        + "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
        + "</way>"
        for w, (refs, tags) in WAYS.items()
    )
    body = ways + nodes if ways_first else nodes + ways
    return f'<?xml version="1.0"?><osm version="0.6">{body}</osm>'


def as_json(*, geometry: bool) -> str:
    def point(number: int) -> dict[str, float]:
        return {"lon": NODES[number][0], "lat": NODES[number][1]}

    ways = [
        {"type": "way", "id": w, "nodes": refs, "tags": tags}
        | ({"geometry": [point(n) for n in refs]} if geometry else {})
        for w, (refs, tags) in WAYS.items()
    ]
    nodes = [] if geometry else [{"type": "node", "id": n, **point(n)} for n in NODES]
    return json.dumps({"version": 0.6, "elements": ways + nodes})


SPELLINGS = {
    "sorted.osm": as_xml(),
    "editor.osm": as_xml(sign=-1),
    "ways_first.osm": as_xml(ways_first=True),
    "geometry.json": as_json(geometry=True),
    "nodes.json": as_json(geometry=False),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_gives_the_same_streets(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(SPELLINGS[name], encoding="utf-8")
    roads = read_osm(request(path)).data
    by_class = roads.set_index("road_class")
    assert list(by_class.geometry["residential"].coords) == [NODES[1], NODES[2], NODES[3]]
    assert list(by_class.geometry["tertiary"].coords) == [NODES[4], NODES[2]]  # turned round
    assert by_class["road_name"]["residential"] == "幣舞, 通り"
    assert by_class["width_m"]["residential"] == 5.5
    assert by_class["oneway"].to_dict() == {"residential": False, "tertiary": True}
    assert by_class["speed_kmh"]["tertiary"] == 40
    sign = -1 if name == "editor.osm" else 1
    assert set(roads.osm_id) == {f"way/{sign * 10}", f"way/{sign * 11}"}
    assert roads.crs.to_epsg() == 4326


def test_the_box_keeps_touching_ways_whole(tmp_path: Path) -> None:
    path = tmp_path / "cross.osm"
    path.write_text(SPELLINGS["sorted.osm"], encoding="utf-8")
    roads = read_osm(request(path, bounds=(144.392, 42.97, 144.394, 42.985))).data
    assert list(roads.road_class) == ["residential"]  # no vertex of it lies in the box, yet it crosses it
    assert len(roads.geometry[0].coords) == 3


def test_missing_nodes_split_a_way_and_are_counted(tmp_path: Path) -> None:
    nodes = {1: (144.0, 43.0), 2: (144.1, 43.0), 4: (144.3, 43.0), 5: (144.4, 43.0)}
    ways = [{"type": "way", "id": 7, "nodes": [1, 2, 3, 4, 5], "tags": {"highway": "path"}}]
    points = [{"type": "node", "id": n, "lon": x, "lat": y} for n, (x, y) in nodes.items()]
    path = tmp_path / "cut.json"
    path.write_text(json.dumps({"elements": ways + points}))
    result = read_osm(request(path))
    assert [list(line.coords) for line in result.data.geometry] == [
        [nodes[1], nodes[2]],
        [nodes[4], nodes[5]],
    ]
    assert [(f.code, f.values) for f in result.findings] == [("osm_incomplete", {"count": 1})]
    assert "1 件" in result.findings[0].message


def test_a_multipolygon_has_its_hole(tmp_path: Path) -> None:
    def ring(low: float, high: float) -> list[dict[str, float]]:
        corners = [(low, low), (high, low), (high, high), (low, high), (low, low)]
        return [{"lon": 144 + x, "lat": 43 + y} for x, y in corners]

    members = [
        {"type": "way", "ref": 1, "role": "outer", "geometry": ring(0.0, 0.3)},
        {"type": "way", "ref": 2, "role": "inner", "geometry": ring(0.1, 0.2)},
    ]
    tags = {"type": "multipolygon", "landuse": "farmland", "ref:JP_fude": "0136-1"}
    path = tmp_path / "field.json"
    path.write_text(
        json.dumps({"elements": [{"type": "relation", "id": 5, "tags": tags, "members": members}]})
    )
    fields = read_osm(request(path, "farmland")).data
    assert fields.osm_id.tolist() == ["relation/5"]
    assert fields.polygon_id.tolist() == ["0136-1"]
    assert fields.geometry[0].area == pytest.approx(0.09 - 0.01)
    with pytest.raises(ReadError, match="farmland"):
        read_osm(request(path, "farmland", bounds=(150.0, 40.0, 151.0, 41.0)))


def test_a_relation_without_its_ways_is_counted(tmp_path: Path) -> None:
    tags = {"type": "multipolygon", "building": "yes"}
    members = [{"type": "way", "ref": 1, "role": "outer"}]
    path = tmp_path / "half.json"
    path.write_text(
        json.dumps({"elements": [{"type": "relation", "id": 5, "tags": tags, "members": members}]})
    )
    with pytest.raises(ReadError, match="位置の情報がありません"):
        read_osm(request(path, "buildings"))


BROKEN = {
    "empty.osm.pbf": ("", "空のファイル"),
    "page.osm": ("<html><body>404</body></html>", "読めません"),
    "cut.osm": (as_xml()[:200], "読めません"),
    "text.osm.pbf": ("hello", "読めません"),
    "cut.json": (as_json(geometry=True)[:200], "読めません"),
    "other.json": ('{"type": "FeatureCollection", "features": []}', "elements がありません"),
    "strange.json": ('{"elements": [{"type": "way"}]}', "形が"),
    "timeout.json": ('{"elements": [], "remark": "runtime error: Query timed out"}', "途中で止まった"),
    "nothing.json": ('{"elements": []}', "当たるものがありません"),
    "places.json": (
        '{"elements": [{"type": "way", "id": 1, "nodes": [1, 2], "tags": {"highway": "path"}}]}',
        "位置の情報がありません",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_bad_file_is_one_clear_line(name: str, tmp_path: Path) -> None:
    text, sentence = BROKEN[name]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReadError, match=sentence) as caught:
        read_osm(request(path))
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_layer_names_those_that_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="roads, farmland"):
        read_osm(request(tmp_path / "x.osm", "lodging"))


@pytest.mark.parametrize(
    ("tags", "walk", "cycle", "drive"),
    [
        ({"highway": "motorway"}, False, False, True),
        ({"highway": "motorway", "foot": "yes", "access": "yes"}, False, False, True),
        ({"highway": "trunk", "motorroad": "yes"}, False, False, True),
        ({"highway": "trunk"}, True, True, True),
        ({"highway": "steps", "bicycle": "yes"}, True, False, False),
        ({"highway": "footway"}, True, False, False),
        ({"highway": "footway", "bicycle": "yes"}, True, True, False),
        ({"highway": "residential", "access": "private"}, False, False, False),
        ({"highway": "residential", "access": "no", "foot": "yes"}, True, False, False),
        ({"highway": "residential", "foot": "no"}, False, True, True),
        ({"highway": "residential", "vehicle": "no", "bicycle": "yes"}, True, True, False),
        ({"highway": "track"}, True, True, False),
        ({"highway": "track", "motor_vehicle": "yes"}, True, True, True),
        ({"highway": "track", "motor_vehicle": "agricultural"}, True, True, False),
        ({"highway": "service", "access": "destination"}, True, True, True),
        ({"highway": "cycleway", "bicycle": "dismount"}, True, False, False),
        ({"highway": "construction"}, False, False, False),
        ({"highway": "trail"}, None, None, None),
        ({"highway": "trail", "foot": "designated"}, True, None, None),
    ],
)
def test_who_may_pass(
    tags: dict[str, str], walk: bool | None, cycle: bool | None, drive: bool | None
) -> None:
    assert [may_pass(tags, mode) for mode in ("walk", "cycle", "drive")] == [walk, cycle, drive]


@pytest.mark.parametrize(
    ("tags", "car", "bicycle"),
    [
        ({}, False, False),
        ({"oneway": "yes"}, True, True),
        ({"oneway": "-1"}, True, True),
        ({"oneway": "yes", "oneway:bicycle": "no"}, True, False),
        ({"oneway": "reversible"}, None, None),
        ({"junction": "roundabout"}, True, True),
        ({"highway": "motorway"}, True, True),
        ({"highway": "motorway", "oneway": "no"}, False, False),
    ],
)
def test_one_way(tags: dict[str, str], car: bool | None, bicycle: bool | None) -> None:
    full = {"highway": "residential"} | tags
    assert (one_way(full), one_way_cycle(full)) == (car, bicycle)


def test_sizes_and_speeds() -> None:
    assert [metres(t) for t in ("3.5", "3,5", "4 m", "10'")] == [3.5, 3.5, 4.0, pytest.approx(3.048)]
    assert all(math.isnan(metres(t)) for t in (None, "", "narrow", "3-4"))
    assert kilometres_per_hour("30 mph") == pytest.approx(48.28032)
    assert math.isnan(kilometres_per_hour("JP:urban"))


def test_seasons_are_kept_as_text() -> None:
    tags = {"highway": "path", "seasonal": "summer", "motor_vehicle:conditional": "no @ (Nov-Apr)"}
    assert access_note(tags) == "motor_vehicle:conditional=no @ (Nov-Apr); seasonal=summer"
    assert may_pass(tags, "walk") is True


def test_all_columns_are_canonical() -> None:
    names = {n for rule in layer_filters().values() for n in rule["columns"]}
    assert names | set(road_columns({"highway": "path"})) <= set(canonical_columns())


@given(
    highway=st.sampled_from(["motorway", "steps", "footway", "track", "residential", "trail"]),
    access=st.sampled_from(["yes", "no", "private", "destination"]),
)
def test_general_access_never_opens(highway: str, access: str) -> None:
    for mode in ("walk", "cycle", "drive"):
        without = may_pass({"highway": highway}, mode)
        assert may_pass({"highway": highway, "access": access}, mode) in (without, False)


@real
@pytest.mark.real_data
def test_real_pbf() -> None:
    result = read_osm(request(SAMPLES / "osm" / "Helsinki.osm.pbf"))
    roads = result.data
    assert roads.osm_id.nunique() <= 2650
    assert result.findings[0].values["count"] == 191  # ways that the extract cut, counted by pyosmium alone
    assert roads.geom_type.eq("LineString").all()
    assert (roads.road_class == "steps").sum() == roads.stairs.sum() > 100
    assert not roads.loc[roads.stairs, "cycle"].any()
    buildings = read_osm(request(SAMPLES / "osm" / "Helsinki.osm.pbf", "buildings")).data
    assert len(buildings) > 400
    assert buildings.geometry.is_valid.all()


@real
@pytest.mark.real_data
@pytest.mark.parametrize("n_bytes", [0, 10, 1000, 342_555, 685_109])
def test_truncated_real_pbf(n_bytes: int, tmp_path: Path) -> None:
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes((SAMPLES / "osm" / "Helsinki.osm.pbf").read_bytes()[:n_bytes])
    with pytest.raises(ReadError, match=r"cut\.osm\.pbf"):
        read_osm(request(path))


@real
@pytest.mark.real_data
def test_real_overpass_and_box() -> None:
    path = SAMPLES / "osm" / "otemachi_overpass_raw.json"
    roads = read_osm(request(path)).data
    elements = json.loads(path.read_text())["elements"]
    assert len(roads) == len(elements) == 3928
    first = [(p["lon"], p["lat"]) for p in elements[0]["geometry"]]
    assert list(roads.geometry[0].coords) == first
    box = (139.765, 35.685, 139.768, 35.688)
    inside = read_osm(request(path, bounds=box)).data
    assert len(inside) == len(roads.cx[box[0] : box[2], box[1] : box[3]]) > 100


@real
@pytest.mark.real_data
def test_real_fields() -> None:
    fields = read_osm(request(SAMPLES / "farmland" / "chofu_fude.osm", "farmland")).data
    assert len(fields) == 1884  # 1,882 rings and two multipolygons
    assert fields.polygon_id.str.fullmatch(r"[-0-9a-zA-Z]+").all()
    assert fields.geometry.is_valid.all()


@real
@pytest.mark.real_data
@pytest.mark.parametrize("layer_id", ["roads", "buildings"])
def test_a_real_file_of_another_place_is_said_to_be_elsewhere(layer_id: str) -> None:
    """Some of its ways have no position; the others show that the file as a whole does."""
    kushiro = (143.6, 42.75, 146.5, 44.45)
    with pytest.raises(ReadError, match="対象範囲"):
        read_osm(request(SAMPLES / "osm" / "Helsinki.osm.pbf", layer_id, bounds=kushiro))
