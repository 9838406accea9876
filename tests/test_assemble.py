"""Products: credits that are true, conditions that say what is unconfirmed, gaps that are named."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point

from knr_gis.assemble import Gathered, assemble, created_now, scenario_lines, source_line
from knr_gis.display import shown_value
from knr_gis.layers import load_layers
from knr_gis.maps import load_presets
from knr_gis.provenance import Built, LayerRecord, RawFile
from knr_gis.region import load_region
from knr_gis.result import Note, Result, summary_frame
from knr_gis.settings import load_settings

SETTINGS = load_settings()
LAYERS = load_layers(SETTINGS.layers_dir)
PRESET = load_presets(SETTINGS.maps_dir)["evacuation"]
SITES = gpd.GeoDataFrame({"name": ["a"]}, geometry=[Point(0, 0)], crs=6681)


def record(**said):
    raw = RawFile("sites.csv", "abcdef0123456789", 10, "sites.csv", "2026-11-20", **said)
    return LayerRecord((raw,), Built("built/x", 1, "d", "t", ("columns", "crs"), ()))


def result(**more):
    headline = Note("overview.headline", {"layers": 1, "features": 1, "municipalities": 13})
    fields = {"features": {"sites": SITES}, "summary": summary_frame([]), **more}
    return Result(name="evacuation", headline=headline, **fields)


def gathered(**said):
    provenance = {"evacuation_sites": record(**said)}
    return Gathered(
        load_region(SETTINGS.region_file), LAYERS, provenance, {"evacuation_sites": SITES}, ("roads",)
    )


def test_official_file_is_credited_to_its_publisher():
    product = assemble(PRESET, result(), gathered(), {})
    (layer,) = [x for x in product.layers if x.id == "result_sites"]
    assert layer.attribution == LAYERS["evacuation_sites"].source.attribution
    (line,) = product.sources
    assert (line.obtained, line.sha256, line.origin) == ("2026-11-20", "abcdef012345", "sites.csv")
    assert not product.sample


def test_sample_is_never_credited_to_an_official_publisher():
    product = assemble(PRESET, result(), gathered(sample=True), {})
    assert product.sample
    for words in [*(x.attribution for x in product.layers), *(s.publisher for s in product.sources)]:
        assert "模式データ" in words


def test_a_file_of_other_origin_keeps_its_own_credit():
    line = source_line(
        LAYERS["evacuation_sites"], record(credit="○○町 防災課", licence="CC BY 4.0", edition="2026")
    )
    assert (line.attribution, line.licence, line.edition) == ("○○町 防災課", "CC BY 4.0", "2026")
    assert "国土地理院" not in line.publisher


def test_conditions_say_what_is_unconfirmed_and_what_was_changed():
    run = result(params={"walk_speed_mps": 1.0, "snap_limit_m": 500.0, "arrival_min": 20.0})
    lines = {line.key: line for line in scenario_lines(PRESET, run, {"arrival_min": 20.0})}
    assert not lines["walk_speed_mps"].verified
    assert lines["walk_speed_mps"].source
    assert lines["arrival_min"].changed
    assert not lines["walk_speed_mps"].changed
    assert lines["arrival_min"].unit == "分"


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("stops", ["釧路", "根室"], "釧路、根室"), ("stops", [], "―"), ("x", None, "―"), ("x", True, "○"),
        ("x", 0.50, "0.5"), ("mode", "drive", "車"), ("x", 30, "30"),
    ],
)  # fmt: skip
def test_values_as_people_read_them(key, value, text):
    assert text in shown_value(key, value)


def test_absent_layers_and_gaps_of_the_analysis_are_listed():
    gaps = pd.DataFrame([("人口", "道路から遠い", 3)], columns=["what", "reason", "count"])
    product = assemble(PRESET, result(tables={"not_evaluated": gaps}), gathered(), {})
    assert product.missing.what.tolist() == ["人口", "道路"]


def test_the_clock_can_be_set(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert created_now() == "1970-01-01 00:00"


def test_features_shown_twice_have_two_names_on_the_map():
    streets = gpd.GeoDataFrame(
        {"speed_band": ["walk"], "time_band": ["t06"]}, geometry=[LineString([(0, 0), (9, 0)])], crs=6681
    )
    product = assemble(PRESET, result(features={"sites": SITES, "streets": streets}), gathered(), {})
    drawn = {x.id: x.style.column for x in product.layers if x.frame is streets}
    assert drawn == {"result_streets": "speed_band", "result_streets_time_band": "time_band"}
    assert len({x.id for x in product.layers}) == len(product.layers)
