"""The bundled sample: laws that its files keep, read without our own readers."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import geopandas as gpd
import jismesh.utils as ju
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "layers" / "sample"
METRES = 6681
Frames = dict[str, gpd.GeoDataFrame]
TOWNS_ON_THE_COAST = {"01206", "01661", "01662", "01663", "01668", "01223", "01691", "01693", "01694"}
# Who touches whom (the marsh is one point where four meet).
NEIGHBOURS = {
    "釧路市": "釧路町 標茶町 弟子屈町 鶴居村 白糠町",
    "釧路町": "釧路市 厚岸町 標茶町 鶴居村",
    "厚岸町": "釧路町 浜中町 標茶町 別海町",
    "浜中町": "厚岸町 根室市 別海町",
    "標茶町": "釧路市 釧路町 厚岸町 弟子屈町 鶴居村 別海町 中標津町",
    "弟子屈町": "釧路市 標茶町 鶴居村 中標津町",
    "鶴居村": "釧路市 釧路町 標茶町 弟子屈町",
    "白糠町": "釧路市",
    "根室市": "浜中町 別海町",
    "別海町": "厚岸町 浜中町 標茶町 根室市 中標津町 標津町",
    "中標津町": "標茶町 弟子屈町 別海町 標津町",
    "標津町": "別海町 中標津町 羅臼町",
    "羅臼町": "標津町",
}


def catalogue() -> dict[str, str]:
    table = tomllib.loads((SAMPLE / "sample.toml").read_text(encoding="utf-8"))
    return {name: entry["file"] for name, entry in table["layers"].items()}


VECTORS = sorted(name for name, file in catalogue().items() if file.endswith(".geojson"))
TABLES = sorted(name for name, file in catalogue().items() if file.endswith(".csv"))
# The zones of the sample carry their own arrival.
NO_SAMPLE = {
    "energy_candidates",
    "flood_inundation",
    "landslide_zones",
    "energy_points",
    "road_closures",
    "siting_candidates",
    "tsunami_arrival",
    "tsunami_arrival_grid",
    "tsunami_inundation_before",
}
PLACELESS = {
    "municipal_population", "population_projection", "population_mesh_projection", "train_legs", "visitors",
}  # fmt: skip
# Positions, and the mesh code as its publisher calls it, are read by name.
READ_BY_NAME = {
    "latitude", "longitude", "KEY_CODE", "start_latitude", "start_longitude", "end_latitude", "end_longitude",
    "via",
}  # fmt: skip
PLACED = [name for name in TABLES if name not in PLACELESS]


def degrees(name: str) -> gpd.GeoDataFrame:
    path = SAMPLE / catalogue()[name]
    if path.suffix == ".geojson":
        return gpd.read_file(path)
    table = pd.read_csv(path, encoding="utf-8-sig")
    if "via" in table:
        return gpd.GeoDataFrame(table, geometry=[course(row) for _, row in table.iterrows()], crs=4326)
    return gpd.GeoDataFrame(
        table, geometry=gpd.points_from_xy(table["longitude"], table["latitude"]), crs=4326
    )


def course(row: pd.Series) -> shapely.LineString:
    """The line of a row: start, points between, end."""
    between = [] if pd.isna(row["via"]) else [pair.split(",")[::-1] for pair in row["via"].split(";")]
    start, end = ([row[f"{end}_longitude"], row[f"{end}_latitude"]] for end in ("start", "end"))
    return shapely.LineString([[float(x), float(y)] for x, y in (start, *between, end)])


@pytest.fixture(scope="module")
def frames() -> Frames:
    names = [*VECTORS, *PLACED]
    return {name: degrees(name).to_crs(METRES) for name in names}


@pytest.fixture(scope="module")
def land(frames: Frames) -> shapely.Geometry:
    return frames["municipalities"].union_all()


@pytest.fixture(scope="module")
def zone(frames: Frames) -> shapely.Geometry:
    return frames["tsunami_inundation"].union_all()


def test_every_layer_has_a_file_and_every_file_a_layer() -> None:
    layers = {path.stem for path in (ROOT / "layers").glob("*.toml")}
    files = catalogue()
    assert layers - NO_SAMPLE == set(files)
    listed = {*files.values(), "README.md", "sample.toml"}
    assert listed == {path.name for path in SAMPLE.iterdir()}


def test_the_sample_stays_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) < 5_000_000


def test_the_sample_says_what_it_is() -> None:
    table = tomllib.loads((SAMPLE / "sample.toml").read_text(encoding="utf-8"))
    assert "模式データ" in table["statement"]["ja"]
    assert "模式データ" in (SAMPLE / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*VECTORS, *TABLES])
def test_columns_are_canonical(name: str) -> None:
    canonical = set(tomllib.loads((ROOT / "knr_gis" / "columns.toml").read_text(encoding="utf-8")))
    path = SAMPLE / catalogue()[name]
    if name in VECTORS:
        columns = set().union(
            *(f["properties"] for f in json.loads(path.read_text(encoding="utf-8"))["features"])
        )
    else:
        columns = set(pd.read_csv(path, encoding="utf-8-sig").columns) - READ_BY_NAME
    assert columns <= canonical


@pytest.mark.parametrize("name", [*VECTORS, *TABLES])
def test_required_columns_are_filled(name: str) -> None:
    required = tomllib.loads((ROOT / "layers" / f"{name}.toml").read_text(encoding="utf-8"))["required"]
    path = SAMPLE / catalogue()[name]
    frame = gpd.read_file(path) if name in VECTORS else pd.read_csv(path, encoding="utf-8-sig")
    frame = frame.rename(columns={"KEY_CODE": "mesh_code"})
    for column in required:
        missing = frame[column].isna()
        # Suppressed meshes have no number: that is what suppressed means.
        allowed = frame.get("suppressed", pd.Series(False, index=frame.index)).astype(bool)
        assert not (missing & ~allowed).any()


@pytest.mark.parametrize("name", [*VECTORS, *PLACED])
def test_geometries_are_valid_and_inside_the_box(name: str) -> None:
    west, south, east, north = tomllib.loads((ROOT / "region.toml").read_text(encoding="utf-8"))["bounds"]
    frame = degrees(name)
    assert len(frame) > 0
    assert frame.is_valid.all()
    assert not frame.is_empty.any()
    assert frame.within(shapely.box(west, south, east, north)).all()


@pytest.mark.parametrize("name", VECTORS)
def test_coordinates_have_at_most_six_decimals(name: str) -> None:
    coords = shapely.get_coordinates(degrees(name).geometry.values)
    assert np.array_equal(coords, np.round(coords, 6))


def test_municipalities_are_those_of_the_region(frames: Frames) -> None:
    region = tomllib.loads((ROOT / "region.toml").read_text(encoding="utf-8"))["municipalities"]
    found = frames["municipalities"].set_index("muni_code")[["name", "name_en", "bureau"]].to_dict("index")
    assert found == {m["code"]: {"name": m["ja"], "name_en": m["en"], "bureau": m["bureau"]} for m in region}


def test_municipalities_partition_the_land(frames: Frames, land: shapely.Geometry) -> None:
    assert frames["municipalities"].area.sum() == pytest.approx(land.area, abs=1.0)
    assert not any(part.interiors for part in shapely.get_parts(land))


def test_municipalities_have_their_true_neighbours(frames: Frames) -> None:
    shapes = frames["municipalities"].set_index("name").geometry
    found = {
        a: {b for b in shapes.index if b != a and shapes[a].distance(shapes[b]) < 1} for a in shapes.index
    }
    assert found == {name: set(names.split()) for name, names in NEIGHBOURS.items()}


def test_coast_and_inland_towns(frames: Frames) -> None:
    assert set(frames["coastline"]["muni_code"]) == TOWNS_ON_THE_COAST
    assert frames["coastline"].length.min() > 10_000


def test_onbetsu_is_an_exclave_beyond_shiranuka(frames: Frames) -> None:
    shapes = frames["municipalities"].set_index("name").geometry
    parts = sorted(shapely.get_parts(shapes["釧路市"]), key=lambda p: p.centroid.x)
    assert len(parts) == 2
    onbetsu = frames["settlements"].set_index("name").geometry["音別"]
    assert parts[0].contains(onbetsu)
    assert parts[0].distance(parts[1]) > 10_000


def test_municipal_offices_lie_in_their_municipality(frames: Frames) -> None:
    offices = frames["facilities"][frames["facilities"]["facility_type"] == "town_hall"]
    joined = offices.sjoin(frames["municipalities"][["name", "geometry"]], lsuffix="office", rsuffix="town")
    assert len(offices) == len(joined) == 13
    stems = joined["name_office"].str.replace(r"(市役所|町役場|村役場)$", "", regex=True)
    assert list(stems) == list(joined["name_town"].str[:-1])


def test_settlements_lie_in_their_municipality(frames: Frames) -> None:
    towns = frames["municipalities"][["muni_code", "geometry"]]
    joined = frames["settlements"].sjoin(towns, lsuffix="own", rsuffix="found")
    assert list(joined["muni_code_own"]) == list(joined["muni_code_found"])
    assert len(joined) == len(frames["settlements"])


@pytest.mark.parametrize(
    "name",
    ["evacuation_sites", "shelters", "evacuation_buildings", "facilities", "lodging", "service_points",
     "tourism_spots", "settlements", "stations", "roadside_stations", "heritage", "farmland", "buildings"],
)  # fmt: skip
def test_features_stand_on_dry_land(frames: Frames, name: str, land: shapely.Geometry) -> None:
    dry = land.difference(frames["lakes"].union_all()).buffer(0.5)
    shapely.prepare(dry)
    assert frames[name].within(dry).all()


def test_lakes_lie_on_the_land(frames: Frames, land: shapely.Geometry) -> None:
    lakes = frames["lakes"]
    share = lakes.intersection(land).area / lakes.area
    assert (share > 0.9).all()


def test_inundation_classes_do_not_overlap_and_stay_on_land(
    frames: Frames, land: shapely.Geometry, zone: shapely.Geometry
) -> None:
    zones = frames["tsunami_inundation"]
    assert zones.area.sum() == pytest.approx(zone.area, abs=0.01)
    # Rounding to six decimals (0.1 m) moves the shore by some hundred square metres in 300 km.
    assert zone.difference(land).area < 2000
    assert zone.intersection(frames["lakes"].union_all()).area < 2000
    assert len(zones) < 500


def test_inundation_has_the_standard_classes_and_arrivals(frames: Frames) -> None:
    zones = frames["tsunami_inundation"]
    table = tomllib.loads((ROOT / "knr_gis" / "depth_classes.toml").read_text(encoding="utf-8"))["classes"]
    standard = {(row["lower_m"], row.get("upper_m", -1.0)) for row in table}
    found = set(zip(zones["depth_min_m"], zones["depth_max_m"].fillna(-1.0), strict=True))
    assert found <= standard
    assert len(found) >= 7
    assert zones["arrival_min"].between(15, 90).all()
    # Water is seen first where it is deepest: within a stretch arrival grows towards the shallow edge.
    stretch = zones[zones["name"] == "釧路港西"].sort_values("depth_min_m")
    assert stretch["arrival_min"].is_monotonic_decreasing


def test_inundation_reaches_every_coastal_town_and_no_other(frames: Frames, zone: shapely.Geometry) -> None:
    towns = frames["municipalities"].set_index("muni_code")
    wet_ha = towns.intersection(zone).area / 1e4
    assert set(wet_ha.index[wet_ha > 50]) == TOWNS_ON_THE_COAST
    assert set(wet_ha.index[wet_ha > 1]) == TOWNS_ON_THE_COAST


def network() -> nx.Graph:
    graph = nx.Graph()
    for row in degrees("roads").itertuples():
        graph.add_edge(row.geometry.coords[0], row.geometry.coords[-1], walk=row.walk)
    return graph


def test_roads_are_one_network_but_for_the_hut(frames: Frames) -> None:
    parts = sorted(nx.connected_components(network()), key=len)
    assert len(parts) == 2
    hut = degrees("settlements").set_index("name").geometry["ペキン浜番屋（模式）"]
    lon, lat = next(iter(parts[0]))
    assert abs(lon - hut.x) < 0.01
    assert abs(lat - hut.y) < 0.01
    assert len(frames["roads"]) < 6000


def test_those_on_foot_reach_everything_too(frames: Frames) -> None:
    graph = network()
    graph.remove_edges_from([(a, b) for a, b, walk in graph.edges(data="walk") if not walk])
    sizes = sorted((len(part) for part in nx.connected_components(graph)), reverse=True)
    walkable = frames["roads"]["walk"].astype(bool)
    assert sizes[0] > 0.97 * sum(sizes)
    assert (~walkable).sum() < 60


def test_roads_have_bridges_stairs_and_narrow_streets(frames: Frames, land: shapely.Geometry) -> None:
    roads = frames["roads"]
    assert roads["bridge"].sum() > 50
    assert roads["stairs"].sum() > 50
    assert (roads["width_m"] < 3).sum() > 200
    assert not (roads["stairs"] & roads["drive"]).any()
    wet = frames["rivers"].union_all()
    main = roads[roads["road_name"].notna()]
    assert not main[~main["bridge"]].crosses(wet).any()
    # What is no bridge lies on the land.
    ground = roads[~roads["bridge"]]
    off = ground.length - ground.intersection(land.buffer(30)).length
    assert off.max() < 1


@pytest.mark.parametrize("number", [38, 44, 240, 241, 243, 244, 272, 274, 334, 335, 391, 392])
def test_national_roads_are_there(frames: Frames, number: int) -> None:
    roads = frames["roads"]
    named = roads[roads["road_name"] == f"国道{number}号"]
    assert named.length.sum() > 5000
    assert set(named["road_class"]) == {"国道"}


def test_main_roads_join_all_towns(frames: Frames) -> None:
    main = frames["roads"][frames["roads"]["road_name"].notna()].union_all()
    offices = frames["facilities"][frames["facilities"]["facility_type"] == "town_hall"]
    assert offices.distance(main).max() < 1500


def test_places_lie_on_the_road_network(frames: Frames) -> None:
    tree = shapely.STRtree(frames["roads"].geometry.values)
    for name in (
        "settlements",
        "tourism_spots",
        "lodging",
        "service_points",
        "stations",
        "evacuation_sites",
        "shelters",
    ):
        _, away = tree.query_nearest(frames[name].geometry.values, return_distance=True, all_matches=False)
        assert away.max() < 100, name


def test_ages_sum_to_persons(frames: Frames) -> None:
    meshes = frames["population"]
    known = meshes[~meshes["suppressed"].astype(bool)]
    parts = known[["age_0_14_persons", "age_15_64_persons", "age_65_plus_persons"]]
    assert (parts.sum(axis=1) == known["persons"]).all()
    assert (parts >= 0).all().all()
    assert (known["age_75_plus_persons"] <= known["age_65_plus_persons"]).all()
    hidden = meshes[meshes["suppressed"].astype(bool)]
    assert 5 <= len(hidden) <= 40
    assert hidden[["persons", *parts.columns]].isna().all().all()


def test_meshes_are_true_500_m_meshes() -> None:
    meshes = degrees("population")
    assert len(meshes) < 3000
    assert meshes["mesh_code"].is_unique
    assert meshes["mesh_code"].str.fullmatch(r"6[3-6]4[345]\d{4}[1-4]").all()
    centres = meshes.geometry.apply(lambda g: shapely.box(*g.bounds).centroid)
    codes = np.array(ju.to_meshcode(centres.y.values, centres.x.values, 4)).astype(str)
    assert list(codes) == list(meshes["mesh_code"])


def test_people_of_each_town_sum_to_its_total(frames: Frames) -> None:
    path = SAMPLE / catalogue()["municipal_population"]
    totals = pd.read_csv(path, dtype={"muni_code": str}, encoding="utf-8-sig").set_index("muni_code")[
        "persons"
    ]
    meshes = frames["population"]
    centres = meshes.set_geometry(meshes.centroid).sjoin(frames["municipalities"][["muni_code", "geometry"]])
    assert centres.groupby("muni_code")["persons"].sum().astype(int).to_dict() == totals.to_dict()


AGES = ["age_0_14_persons", "age_15_64_persons", "age_65_plus_persons"]


def plain(name: str) -> pd.DataFrame:
    return pd.read_csv(
        SAMPLE / catalogue()[name], dtype={"muni_code": str, "KEY_CODE": str}, encoding="utf-8-sig"
    )


def test_the_region_loses_some_28_percent_in_20_years_and_grows_older() -> None:
    table = plain("population_projection")
    assert len(table) == 13 * 5
    assert (table[AGES].sum(axis=1) == table["persons"]).all()
    assert (table["age_75_plus_persons"] <= table["age_65_plus_persons"]).all()
    first, last = (table[table["year"] == year].set_index("muni_code") for year in (2025, 2045))
    assert 0.27 < 1 - last["persons"].sum() / first["persons"].sum() < 0.29
    assert (
        last["age_65_plus_persons"] / last["persons"] > first["age_65_plus_persons"] / first["persons"]
    ).all()
    assert (
        first["persons"].to_dict()
        == plain("municipal_population").set_index("muni_code")["persons"].to_dict()
    )


def test_the_later_mesh_adds_up_to_the_later_towns(frames: Frames) -> None:
    cells = plain("population_mesh_projection")
    assert set(cells["year"]) == {2045}
    assert np.allclose(cells[AGES].sum(axis=1), cells["persons"], atol=0.01)
    today = frames["population"].set_geometry(frames["population"].centroid)
    towns = today.sjoin(frames["municipalities"][["muni_code", "geometry"]]).set_index("mesh_code")[
        "muni_code"
    ]
    sums = cells.groupby(cells["KEY_CODE"].map(towns))["persons"].sum()
    projected = plain("population_projection").query("year == 2045").set_index("muni_code")["persons"]
    assert np.allclose(sums.sort_index(), projected.sort_index(), rtol=0.002)


def test_visitors_come_only_while_a_place_is_open(frames: Frames) -> None:
    visitors, spots = plain("visitors"), frames["tourism_spots"]
    months = spots.set_index("name")["months_open"].map(lambda text: {int(m) for m in text.split(",")})
    assert all(month in months[name] for name, month in zip(visitors["name"], visitors["month"], strict=True))
    assert (visitors["persons_present"] >= visitors["persons_night"]).all()
    assert 3 <= len(set(spots["name"]) - set(visitors["name"])) <= 8  # unknown, not 0
    by_month = visitors.groupby("month")["persons_present"].sum()
    assert by_month.idxmax() == 8
    assert (visitors["confirmed_on"] == "要確認").all()


def test_evacuation_sites_show_every_case(frames: Frames, zone: shapely.Geometry) -> None:
    sites = frames["evacuation_sites"]
    inside = sites.intersects(zone)
    tsunami = sites["tsunami"].astype(bool)
    assert len(sites) >= 40
    assert sites["site_id"].is_unique
    assert (tsunami & inside).sum() >= 5
    assert (tsunami & ~inside).sum() >= 40
    assert (~tsunami).sum() >= 5
    assert 5 <= sites["capacity_persons"].isna().sum() <= 40
    assert sites["floor_height_m"].notna().any()
    assert set(sites["indoor"].astype(bool)) == {True, False}
    assert sites["name"].str.contains("模式").all()


def test_high_ground_is_high(frames: Frames) -> None:
    high = frames["evacuation_sites"][frames["evacuation_sites"]["site_kind"] == "高台"]
    assert len(high) > 60
    assert high["elevation_m"].median() > 12


def test_evacuation_buildings_stand_above_the_water(frames: Frames) -> None:
    joined = frames["evacuation_buildings"].sjoin(frames["tsunami_inundation"])
    assert len(joined) >= 20
    assert (joined["floor_height_m"] > joined["depth_min_m"]).all()


def test_counts_the_issue_asks_for(frames: Frames, zone: shapely.Geometry) -> None:
    assert len(frames["shelters"]) >= 20
    assert len(frames["tourism_spots"]) >= 30
    assert len(frames["lodging"]) >= 12
    assert len(frames["stations"]) >= 25
    assert len(frames["ramsar_wetlands"]) == 6
    assert frames["national_parks"].groupby("park_name")["grade"].nunique().between(2, 5).all()
    assert frames["national_parks"]["park_name"].nunique() == 4
    assert 200 < len(frames["farmland"]) < 800
    assert frames["farmland"].intersects(zone).sum() > 20
    assert 300 < len(frames["buildings"]) < 1500


def test_farmland_does_not_overlap(frames: Frames) -> None:
    fields = frames["farmland"]
    assert fields.area.sum() == pytest.approx(fields.union_all().area, abs=100)
    assert fields["polygon_id"].is_unique


def test_park_zones_do_not_overlap_within_a_park(frames: Frames) -> None:
    for _, zones in frames["national_parks"].groupby("park_name"):
        assert zones.area.sum() == pytest.approx(zones.union_all().area, abs=0.01)


def test_spots_have_seasons_hours_and_themes(frames: Frames) -> None:
    spots = frames["tourism_spots"]
    assert set(spots["theme"]) == {"自然", "野鳥", "アイヌ文化", "食", "温泉", "歴史", "体験"}
    months = spots["months_open"].map(lambda text: {int(m) for m in text.split(",")})
    assert months.map(lambda m: m <= set(range(1, 13))).all()
    winter = spots["winter"].astype(bool)
    assert months[winter].map(lambda m: bool(m & {12, 1, 2, 3})).all()
    assert not months[~winter].map(lambda m: bool(m & {1, 2})).any()
    timed = spots[spots["opens"].notna() & (spots["opens"] != "終日")]
    assert timed["opens"].str.fullmatch(r"\d\d:\d\d").all()
    assert (timed["opens"] < timed["closes"]).all()
    assert (spots["confirmed_on"] == "要確認").all()


def test_elevation_covers_the_land(frames: Frames, land: shapely.Geometry) -> None:
    with rasterio.open(SAMPLE / "elevation.tif") as raster:
        assert raster.crs.to_epsg() == METRES
        height = raster.read(1)
        known_km2 = np.isfinite(height).sum() * 0.04
        at = [(p.x, p.y) for p in frames["evacuation_sites"].geometry]
        sampled = np.array([value[0] for value in raster.sample(at)])
    tidal = frames["lakes"][frames["lakes"]["elevation_m"] == 0].area.sum() / 1e6
    assert known_km2 == pytest.approx(land.area / 1e6 - tidal, rel=0.02)
    assert np.nanmax(height) > 1500
    assert np.nanmin(height) > 0
    assert np.allclose(sampled, frames["evacuation_sites"]["elevation_m"], atol=0.06)


def walk_minutes(frames: Frames, zone: shapely.Geometry) -> pd.DataFrame:
    """Persons in the zone, minutes of their walk (1 m/s) to the nearest dry tsunami site, and the arrival."""
    roads, sites = frames["roads"], frames["evacuation_sites"]
    graph = nx.Graph()
    for line in roads[roads["walk"]].geometry:
        graph.add_edge(*(tuple(np.round(line.coords[i], 1)) for i in (0, -1)), weight=line.length)
    nodes = list(graph.nodes)
    tree = shapely.STRtree(shapely.points(nodes))
    goals = sites[sites["tsunami"].astype(bool) & ~sites.intersects(zone)]
    sources = {nodes[i] for i in tree.nearest(goals.geometry.values)}
    metres = nx.multi_source_dijkstra_path_length(graph, sources, weight="weight")
    meshes = frames["population"].dropna(subset=["persons"])
    people = meshes.set_geometry(meshes.centroid).sjoin(
        frames["tsunami_inundation"][["arrival_min", "geometry"]]
    )
    near, away = tree.query_nearest(people.geometry.values, return_distance=True, all_matches=False)
    walk = np.array([metres.get(nodes[i], np.nan) for i in near[1]]) + away
    return pd.DataFrame(
        {"persons": people["persons"].values, "walk_min": walk / 60,
         "arrival_min": people["arrival_min"].values,
         "snap_m": away}
    )  # fmt: skip


def test_the_evacuation_shows_every_outcome(frames: Frames, zone: shapely.Geometry) -> None:
    walks = walk_minutes(frames, zone)
    total = walks["persons"].sum()
    in_time = walks.loc[walks["walk_min"] + 5 <= walks["arrival_min"], "persons"].sum()
    late = walks.loc[walks["walk_min"] + 5 > walks["arrival_min"], "persons"].sum()
    assert 80_000 < total < 160_000
    assert in_time > 0.2 * total
    assert late > 0.2 * total
    cut_off = walks[walks["walk_min"].isna() & (walks["snap_m"] < 300)]
    assert 0 < cut_off["persons"].sum() < 60
    assert (walks["snap_m"] > 500).any()


@pytest.mark.slow
def test_drawing_again_gives_the_same_bytes(tmp_path: Path) -> None:
    """The committed files are what the script draws: run it after a change of the facts."""
    subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "make_sample.py"), "--out", str(tmp_path)], check=True
    )
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (SAMPLE / path.name).read_bytes(), path.name
    assert {p.name for p in tmp_path.iterdir()} == set(catalogue().values())


# --- trips


def test_rules_run_along_their_roads(frames: Frames) -> None:
    rules, roads = frames["road_rules"], frames["roads"]
    assert {"closed", "closed_daily", "no_stopping", "caution"} == set(rules["rule_kind"])
    for rule in rules.itertuples():
        road = roads[roads["road_name"] == rule.road_name]
        assert rule.geometry.hausdorff_distance(rule.geometry.intersection(road.union_all().buffer(12))) < 1


def test_roads_are_closed_behind_the_places_that_are_open_in_winter(frames: Frames) -> None:
    rules, spots = frames["road_rules"].set_index("rule_id"), frames["tourism_spots"].set_index("name")
    winter, mashu = rules.loc["shiretoko_winter"], rules.loc["mashu_winter"]
    assert mashu.geometry.distance(spots.geometry["摩周湖第一展望台"]) > 500
    assert winter.geometry.distance(spots.geometry["熊の湯"]) > 200
    assert winter.geometry.distance(spots.geometry["知床峠"]) < 200
    assert (winter["from_date"], winter["from_hour"], winter["to_date"]) == ("11-04", "17:00", "04-28")
    assert set(rules["confirmed_on"]) == {"要確認"}
    assert rules["info_source"].notna().all()


def test_trains_stop_at_known_stations_in_the_order_of_the_clock() -> None:
    rides, stations = plain("train_legs"), degrees("stations").set_index("name").geometry
    assert {*rides["from_station"], *rides["to_station"]} <= set(stations.index)
    assert (rides["departs"] < rides["arrives"]).all()
    hours = (
        pd.to_timedelta(rides["arrives"] + ":00") - pd.to_timedelta(rides["departs"] + ":00")
    ).dt.total_seconds() / 3600
    places = gpd.GeoSeries(stations, crs=4326).to_crs(METRES)
    km = [
        places[a].distance(places[b]) / 1000
        for a, b in zip(rides["from_station"], rides["to_station"], strict=True)
    ]
    assert (km / hours).between(20, 85).all()


def test_places_of_a_trip_say_when_they_are_open() -> None:
    spots, inns, services = plain("tourism_spots"), plain("lodging"), plain("service_points")
    assert len(spots) >= 30
    assert len(inns) >= 8
    assert len(services) >= 30
    assert {"fuel", "toilet", "food"} <= set(services["service_kind"])
    for table in (spots, inns, services):
        assert table[["months_open", "info_source", "confirmed_on"]].notna().all().all()
    assert spots["daily_cap"].notna().sum() >= 5
    assert (spots["hourly_cap"] <= spots["daily_cap"])[spots["hourly_cap"].notna()].all()
