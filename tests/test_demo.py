"""The bundled sample from end to end: every map, table and report, and what Chromium shows of it."""

import csv
import json

import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import tracing
from browser import chromium, visit
from pypdf import PdfReader

from knr_gis.check import check_layers
from knr_gis.front import key_table
from knr_gis.layers import load_layers
from knr_gis.provenance import load_provenance
from knr_gis.region import load_region
from knr_gis.result import SUMMARY_COLUMNS
from knr_gis.run import RunOptions, run_map
from knr_gis.settings import load_settings
from knr_gis.store import load_frame

MAPS = (
    "overview",
    "exposure",
    "profile",
    "evacuation",
    "capacity",
    "difficult",
    "siting",
    "comparison",
    "sensitivity",
    "isolation",
    "parks_rules",
    "wetland_farmland",
    "tourism",
    "corridor",
    "catchment",
    "safety",
    "itinerary",
)


def test_every_product_is_written(demo):
    _, outcomes = demo
    assert tuple(outcomes) == MAPS
    for outcome in outcomes.values():
        assert {"html", "png", "pdf", "docx", "xlsx", "csv", "gpkg", "geojson"} <= set(outcome.files)
        assert all(path.stat().st_size > 500 for path in outcome.files.values())


@pytest.mark.parametrize("map_id", MAPS)
def test_every_product_says_that_it_is_sample_data(demo, map_id):
    files = demo[1][map_id].files
    book = openpyxl.load_workbook(files["xlsx"], read_only=True)
    for sheet in book:
        cells = [str(c) for row in sheet.iter_rows(max_row=6, values_only=True) for c in row if c]
        assert any("模式データ" in cell for cell in cells), sheet.title
    assert all("模式データ" in page.extract_text() for page in PdfReader(files["pdf"]).pages[:1])
    assert "模式データ" in files["html"].read_text(encoding="utf-8")
    assert json.loads(files["geojson"].read_text(encoding="utf-8"))["sample"] is True
    official = ("国土数値情報", "国土地理院", "e-Stat")
    credits_ = [layer.attribution for layer in demo[1][map_id].product.layers]
    assert not [c for c in credits_ if any(word in c for word in official)], "sample is not official data"


@pytest.mark.parametrize("map_id", MAPS)
def test_the_summary_keeps_the_contract_and_its_figures_are_those_of_the_workbook(demo, map_id):
    outcome = demo[1][map_id]
    with outcome.files["csv"].open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert outcome.files["csv"].read_bytes().startswith(b"\xef\xbb\xbf")
    assert tuple(rows[0]) == SUMMARY_COLUMNS
    assert len(rows) - 1 == len(outcome.product.result.summary)
    assert {row[0] for row in rows[1:]} <= {"", *load_region(load_settings().region_file).codes}


@pytest.mark.parametrize("map_id", MAPS)
def test_every_figure_of_the_report_has_its_cell_in_the_workbook(demo, map_id):
    outcome = demo[1][map_id]
    found = list(tracing.figures(outcome.product, outcome.files["xlsx"]))
    assert found
    assert [figure for figure in found if not figure.cell] == []
    text = "\n".join(page.extract_text() for page in PdfReader(outcome.files["pdf"]).pages)
    assert [figure for figure in found if figure.text not in text] == []


def test_evacuation_accounts_close_and_agree_with_exposure(demo):
    """reached + late + no route + not evaluated = all; the persons in the zone are the same twice."""
    table = demo[1]["evacuation"].product.result.summary
    for unit in ("evac_persons", "evac_origins"):
        wide = table.pivot_table(
            index=["muni_code", "group"], columns="measure", values="value", dropna=False
        )
        parts = wide[[f"{unit}_{s}" for s in ("reached", "late", "no_route", "not_evaluated")]].sum(axis=1)
        whole = wide[f"{unit}_all"]
        known = whole.notna()
        assert known.sum() > 50
        np.testing.assert_allclose(parts[known], whole[known], rtol=1e-9, atol=1e-6)
    exposed = demo[1]["exposure"].product.result.summary
    persons = exposed[(exposed.measure == "persons_in_zone") & (exposed.muni_code == "")].value.item()
    everyone = table[(table.measure == "evac_persons_all") & (table.muni_code == "") & (table.group == "")]
    assert everyone.value.item() == pytest.approx(persons, rel=1e-9)


def test_the_demo_shows_every_outcome(demo):
    status = set(demo[1]["evacuation"].product.result.features["origins"].evac_status)
    assert {"reached", "late", "no_route"} <= status


def test_longer_time_and_faster_walking_never_lower_the_coverage(demo):
    settings = load_settings(demo[0] / "workspace")

    def in_time(*pairs):
        outcome = run_map(settings, "evacuation", demo[0] / "law", RunOptions(pairs, ("csv",)))
        return (outcome.product.result.features["origins"].evac_status == "reached").sum()

    base = in_time()
    assert in_time("walk_speed_mps=0.5") <= base <= in_time("walk_speed_mps=2.0")
    assert in_time("start_delay_min=15") <= base <= in_time("start_delay_min=0")


def test_a_changed_condition_is_printed(demo):
    settings = load_settings(demo[0] / "workspace")
    options = RunOptions(("walk_speed_mps=0.5",), ("xlsx",))
    outcome = run_map(settings, "evacuation", demo[0] / "slow", options)
    (line,) = [s for s in outcome.product.scenario if s.key == "walk_speed_mps"]
    assert line.changed
    assert line.value == "0.5"
    cells = [
        c
        for row in openpyxl.load_workbook(outcome.files["xlsx"])["条件"].iter_rows(values_only=True)
        for c in row
    ]
    assert "0.5" in [str(cell) for cell in cells]


@pytest.mark.parametrize("map_id", MAPS)
def test_geopackage_holds_layers_in_the_working_crs(demo, map_id):
    path = demo[1][map_id].files["gpkg"]
    tables = pyogrio.list_layers(path)
    spatial = [name for name, kind in tables if kind is not None]
    assert len(spatial) >= 3
    assert {pyogrio.read_info(path, layer=name)["crs"] for name in spatial} == {"EPSG:6681"}


def test_check_finds_the_weak_sites_of_the_sample_and_nothing_broken(demo):
    settings = load_settings(demo[0] / "workspace")
    provenance = load_provenance(settings.workspace)
    frames = {i: load_frame(settings.workspace, i) for i in provenance if i != "elevation"}
    layers, region = load_layers(settings.layers_dir), load_region(settings.region_file)
    found = check_layers(frames, provenance, layers, region)
    assert not [f.message for f in found if f.severity == "error"]
    assert {"site_in_zone", "site_in_zone_floor_known", "capacity_unknown"} <= {f.code for f in found}


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.mark.browser
@pytest.mark.parametrize("map_id", MAPS)
def test_every_map_opens_with_the_network_cut(demo, browser, map_id):
    """No request, no error, not blank, Japanese drawn by the font in the file, legend and credit shown."""
    with visit(browser, demo[1][map_id].files["html"]) as visited:
        page = visited.page
        page.wait_for_selector("html[data-knr=ready]", timeout=30_000)
        page.wait_for_timeout(300)
        assert visited.requests == []
        assert visited.errors == []
        colours = np.asarray(visited.picture().crop((0, 120, 900, 740))).reshape(-1, 3)
        assert len(np.unique(colours, axis=0)) > 50
        text = page.inner_text("body")
        product = demo[1][map_id].product
        assert product.title_ja in text
        assert "模式データ" in text
        assert "釧路市" in pd.Series(page.locator("body").all_text_contents()).str.cat()
        assert page.evaluate("document.fonts.check('16px knr', '釧路')") or page.evaluate(
            "[...document.fonts].some(f => f.status === 'loaded')"
        )
        for layer in [x for x in product.layers if x.visible][:3]:
            assert layer.title_ja in text


# Tables of a plan that only come with layers which the sample lacks.
OTHER_HAZARDS = {"hazards_region", "editions_region"}
# Columns that only come when the two scenarios are of different years.
OF_TWO_YEARS = {"persons_a", "persons_b"}


@pytest.mark.parametrize("map_id", MAPS)
def test_the_report_is_short_and_its_first_page_holds_question_answer_and_table(demo, map_id):
    product, files = demo[1][map_id].product, demo[1][map_id].files
    pages = PdfReader(files["pdf"]).pages
    first = "".join(pages[0].extract_text().split())
    own = {v for name, key in product.report.pages.items() for v in product.result.tables[name][key]}
    profiles = sum(chart.kind == "profile" for chart in product.result.charts)
    # some forty conditions with their sources take two of them; a trip has a profile for each day
    assert len(pages) - len(own) - max(profiles - 1, 0) <= 10
    for text in (product.question_ja, product.headline, *key_table(product).headings):
        assert "".join(text.split()) in first
    known = set(product.result.summary["measure"])
    named = [*product.report.key_measures, *product.report.breakdown]
    assert all(set(entry.split("|")) & known for entry in named), "a plan names what the result has"
    assert set(product.report.tables) - OTHER_HAZARDS <= set(product.result.tables)
    for name, columns in product.report.tables.items():
        if name in product.result.tables:
            assert set(columns) - OF_TWO_YEARS <= set(product.result.tables[name].columns)


@pytest.mark.parametrize("map_id", MAPS)
def test_no_code_or_key_is_shown_to_readers(demo, map_id):
    """Column names, measure keys and Python's words have no place in a report; file names do."""
    product, files = demo[1][map_id].product, demo[1][map_id].files
    text = "".join("".join(page.extract_text().split()) for page in PdfReader(files["pdf"]).pages)
    text = text.replace("\u200b", "")
    for source in product.sources:
        text = text.replace(source.origin, "")
    keys = {*product.result.summary["measure"], *(line.key for line in product.scenario if "_" in line.key)}
    assert not [key for key in keys if "_" in key and key in text]
    assert not [word for word in ("True", "False", "None", "nan", "安全な経路") if word in text]


def test_nobody_in_the_zone_means_no_share_not_an_unknown_one(demo):
    summary = demo[1]["evacuation"].product.result.summary
    inland = summary[summary["municipality"] == "弟子屈町"]
    assert (inland.set_index(["measure", "group"])["value"]["evac_persons_all", ""]) == 0
    assert not inland["measure"].str.endswith("_percent").any()
    assert inland["value"].notna().all()
