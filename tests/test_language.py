"""A run in English: titles, headings, names and sentences; what has no English stays Japanese."""

import geopandas as gpd
import pandas as pd
import paper_town
from shapely.geometry import Point

from knr_gis.display import shown
from knr_gis.english import renamed, town_names
from knr_gis.region import load_region
from knr_gis.report.content import closing_sections, key_tables
from knr_gis.report.pdf import report_data
from knr_gis.result import Note, Result, summary_frame
from knr_gis.schema import column_title
from knr_gis.settings import load_settings
from knr_gis.style import StyleClass
from knr_gis.texts import current_language, in_words, say, speaking


def test_a_run_speaks_its_language_and_then_that_of_the_user_again() -> None:
    with speaking("en"):
        assert current_language() == "en"
        with speaking(""):
            assert current_language() == "en"
        assert in_words("ja", "en") == "en"
        assert in_words("ja", "") == "ja", "Japanese where there is no English"
    assert current_language() == "ja"
    assert in_words("ja", "en") == "ja"


def test_headings_codes_and_classes_are_in_the_language_of_the_run() -> None:
    entry = StyleClass("浅い", "shallow", "#ffffff")
    assert (entry.label, shown("evac_status", "late"), column_title("name")) == (
        "浅い",
        "間に合わない",
        "名称",
    )
    with speaking("en"):
        assert (entry.label, shown("evac_status", "late"), column_title("name")) == (
            "shallow",
            "late",
            "Name",
        )
        assert shown("evac_status", "late", "ja") == "間に合わない"


def test_the_report_has_english_words() -> None:
    with speaking("en"):
        data = report_data(paper_town.product())
        titles = [s.title for s in closing_sections(paper_town.product())]
        (table,) = key_tables(paper_town.product())[:1]
    assert (data["title"], data["lang"]) == ("Evacuation", "en")
    assert "Scenario and assumptions" in titles
    assert table.headings[0] == "Municipality"
    assert table.rows[-1][0] == "Whole region"


def test_municipalities_bear_their_english_names_in_tables_layers_and_sentences() -> None:
    frame = gpd.GeoDataFrame(
        {"municipality": ["中標津町", "標津町"]}, geometry=[Point(0, 0)] * 2, crs="EPSG:6681"
    )
    result = Result(
        name="x",
        headline=Note("x", {"names": "中標津町、標津町", "count": 2}),
        features={"f": frame},
        summary=summary_frame([("01692", "中標津町", "", "persons", 1.0, "人")]),
        tables={"t": pd.DataFrame({"place": ["標津町", "ほか"], "n": [1, 2]})},
    )
    region = load_region(load_settings().region_file)
    assert renamed(result, town_names(region)) is result, "nothing changes in Japanese"
    with speaking("en"):
        made = renamed(result, town_names(region))
    assert made.headline.values == {"names": "Nakashibetsu、Shibetsu", "count": 2}
    assert list(made.features["f"]["municipality"]) == ["Nakashibetsu", "Shibetsu"]
    assert list(made.summary["municipality"]) == ["Nakashibetsu"]
    assert list(made.tables["t"]["place"]) == ["Shibetsu", "ほか"]
    assert list(result.summary["municipality"]) == ["中標津町"]


def test_sentences_fall_back_to_japanese() -> None:
    with speaking("en"):
        assert say("report.headline") == "Answer"
        assert say("figure.north") == "N"
        assert say("fetch.no_mirror", folder="E:") == say("fetch.no_mirror", language="ja", folder="E:")
