"""The real data of the region: published counts, and figures equal to an independent computation."""

import sys

import geopandas as gpd
import pytest

from knr_gis.settings import load_settings
from knr_gis.store import load_frame

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def real(shared_data, tmp_path_factory, repository_root):
    """Run scripts/real_run.py; return the folder, the outcomes by map, and the data folder."""
    sys.path.insert(0, str(repository_root / "scripts"))
    try:
        import real_run  # noqa: PLC0415
    finally:
        sys.path.pop(0)
    out = tmp_path_factory.mktemp("real")
    outcomes = real_run.real_run(shared_data, out / "workspace", out, ("html", "png", "xlsx", "gpkg"))
    return out, {outcome.product.id: outcome for outcome in outcomes}, shared_data


def read(data, path):
    return gpd.read_file(data / path).to_crs(6681)


def figure(summary, measure, muni_code, group=""):
    rows = summary[(summary.measure == measure) & (summary.muni_code == muni_code) & (summary.group == group)]
    return rows.value.item()


def test_counts_of_sites(real):
    """599 sites, 383 of them for tsunami, 126 of these inside the zone (data/README.md)."""
    summary = real[1]["evacuation"].product.result.summary
    assert figure(summary, "sites_all", "") == 599
    assert figure(summary, "sites_tsunami", "") == 383
    assert figure(summary, "sites_tsunami_in_zone", "") == 126


def test_every_site_came_through_with_its_flags(real):
    sites = load_frame(load_settings(real[0] / "workspace").workspace, "evacuation_sites")
    flags = {"flood": 214, "landslide": 218, "storm_surge": 196, "earthquake": 204, "fire": 156,
             "inland_flood": 69, "volcano": 52}  # fmt: skip
    assert {name: int(sites[name].sum()) for name in flags} == flags
    assert sites.capacity_persons.isna().all() if "capacity_persons" in sites else True


def test_inundated_area_of_each_municipality(real):
    zone = read(real[2], "tsunami/kushiro_tsunami.geojson").union_all()
    towns = read(real[2], "municipalities/kushiro_nemuro_municipalities_detailed.geojson")
    summary = real[1]["exposure"].product.result.summary
    expected = towns.set_index("N03_007").geometry.intersection(zone).area / 10_000
    for code in ("01206", "01661"):
        assert figure(summary, "inundated_area", code) == pytest.approx(expected[code], rel=0.001)
    assert figure(summary, "inundated_area", "01206") > 8_000


def test_municipalities_without_hazard_data_are_not_zero(real):
    summary = real[1]["exposure"].product.result.summary
    for code in ("01662", "01663", "01223", "01691", "01693", "01694"):
        value = figure(summary, "roads_length_in_zone", code)
        assert value != value, code  # noqa: PLR0124  NaN: unknown, not 0


def test_length_of_roads_in_the_zone(real):
    zone = read(real[2], "tsunami/kushiro_tsunami.geojson").union_all()
    towns = read(real[2], "municipalities/kushiro_nemuro_municipalities_detailed.geojson").set_index(
        "N03_007"
    )
    # The file has 1.5 km of stretches twice; the union has them once.
    roads = read(real[2], "roads/gm_jpn_roadl_region.geojson").union_all()
    summary = real[1]["exposure"].product.result.summary
    for code in ("01206", "01661"):
        wet = zone.intersection(towns.geometry[code])
        expected = roads.intersection(wet).length / 1000
        assert expected > 1
        assert figure(summary, "roads_length_in_zone", code) == pytest.approx(expected, rel=0.001)


def test_evacuation_on_coarse_roads_is_marked_as_an_estimate(real):
    product = real[1]["evacuation"].product
    assert "推計" in product.headline
    assert set(product.result.features["origins"].travel_method) == {"terrain"}
    assert not product.sample


def test_tourism_route_has_plausible_legs(real):
    """Between stations, roadside stations and heritage points; lengths near those of the national roads.

    羅臼 → 標津 → 中標津 → 弟子屈 is some 118 km by R335, R272 and R243, 弟子屈 → 川湯温泉 some 18 km by
    R391, 厚岸 → 春国岱 some 65 km by R44 (known to a few kilometres, not measured by us).
    """
    result = real[1]["tourism"].product.result
    legs = result.tables["legs"].set_index(["from_name", "to_name"])
    assert len(legs) == 11
    assert (legs.leg_status == "reached").all()
    for pair, known in {
        ("知床・らうす", "摩周温泉"): 118, ("摩周温泉", "川湯温泉"): 18,
        ("厚岸グルメパーク", "スワン44ねむろ"): 65,
    }.items():  # fmt: skip
        assert legs.leg_km[pair] == pytest.approx(known, rel=0.1)
    assert result.tables["days"].to_name.tolist()[-1] == "釧路"
    assert result.features["legs"].length.sum() / 1000 == pytest.approx(legs.leg_km.sum())


def test_what_lies_along_the_coast_road_and_what_the_stations_reach(real):
    corridor = real[1]["corridor"].product.result.tables["corridor"]
    assert corridor.along_km.is_monotonic_increasing
    assert (corridor.off_min <= 15).all()
    reach = real[1]["catchment"].product.result.tables["origins_reach"]
    spots = len(real[1]["catchment"].product.result.tables["nearest"])
    assert (reach.catch_far + reach.catch_beyond + reach.catch_lost == spots).all()
    assert (reach.origin_layer == "stations").all()


def test_files_without_licence_are_credited_as_what_they_are(real):
    product = real[1]["exposure"].product
    (tsunami,) = [s for s in product.sources if s.layer_id == "tsunami_inundation"]
    assert "記載なし" in tsunami.licence
    assert "国土数値情報" not in tsunami.attribution


def test_products_are_written(real):
    for outcome in real[1].values():
        assert all(path.stat().st_size > 300 for path in outcome.files.values())
