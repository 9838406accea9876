"""The parts of the app that need no browser: its form, uploads, the workspace, the folder of products."""

import inspect
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knr_gis.app import shelf, workspace
from knr_gis.app.conditions import Condition, conditions_of, grouped, kind_of, pair_of, pairs_of
from knr_gis.app.shelf import past_runs, product_path, run_into_shelf, sweep_unfinished
from knr_gis.app.workspace import (
    content_of,
    drop_sample,
    files_to_import,
    load_sample,
    needs_of,
    safe_name,
    spot_options,
    take_in,
)
from knr_gis.assumptions import all_assumptions
from knr_gis.build import load_surroundings
from knr_gis.errors import KnrError, ReadError, SettingsError
from knr_gis.ingest import Statement, import_file
from knr_gis.layers import load_layers
from knr_gis.maps import MapPreset, load_presets, parse_settings
from knr_gis.provenance import load_provenance
from knr_gis.region import load_region
from knr_gis.run import RunOptions
from knr_gis.settings import Settings
from knr_gis.store import load_frame
from knr_gis.texts import has_text, say

ROOT = Path(__file__).resolve().parents[1]
TOWNS = {"釧路市": "釧路市", "標茶町": "標茶町"}


# --- the form ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def presets() -> dict[str, MapPreset]:
    return load_presets(ROOT / "maps")


@pytest.fixture
def fields(presets: dict[str, MapPreset]) -> dict[str, Condition]:
    options = {"hazard_covers": TOWNS}
    return {c.key: c for c in conditions_of(presets["evacuation"], options)}


def test_a_field_has_the_default_its_source_and_whether_it_is_confirmed(
    fields: dict[str, Condition],
) -> None:
    factor, known = fields["night_speed_factor"], all_assumptions()["night_speed_factor"]
    assert (factor.kind, factor.default, factor.value, factor.unit) == ("number", "0.8", "0.8", "倍")
    assert known.source in factor.source
    assert not factor.verified
    assert fields["snap_limit_m"].verified == all_assumptions()["snap_limit_m"].verified
    assert factor.otherwise is None
    assert (fields["vertical"].kind, fields["vertical"].default) == ("flag", True)
    assert (fields["hazard_covers"].kind, fields["hazard_covers"].default) == ("names", [])


def test_layers_are_no_fields(presets: dict[str, MapPreset]) -> None:
    for preset in presets.values():
        keys = {condition.key for condition in conditions_of(preset)}
        assert keys.isdisjoint(preset.inputs)
        assert all(condition.label for condition in conditions_of(preset))


def test_fields_left_alone_set_nothing(presets: dict[str, MapPreset]) -> None:
    for preset in presets.values():
        assert pairs_of(conditions_of(preset)) == ()


def test_a_preset_that_differs_from_the_planning_number_says_so(presets: dict[str, MapPreset]) -> None:
    preset = replace(presets["evacuation"], params={"snap_limit_m": 300.0})
    field_ = next(c for c in conditions_of(preset) if c.key == "snap_limit_m")
    assert (field_.default, field_.verified, field_.source) == ("300", False, say("product.set_by_preset"))


def set_by(condition: Condition, value: Any, preset: MapPreset) -> Any:
    """What the analysis is given when a field holds a value; the default where it is given nothing."""
    condition.value = value
    return parse_settings(pairs_of([condition]), preset).get(condition.key)


@pytest.mark.parametrize(
    ("typed", "given_"),
    [("0.8", 0.8), (" ０．８ ", 0.8), ("1,200", 1200.0), ("2e-3", 0.002), ("", None), ("500.0", None)],
)
def test_numbers_as_officers_type_them(
    fields: dict[str, Condition], presets: dict[str, MapPreset], typed: str, given_: float | None
) -> None:
    assert set_by(fields["snap_limit_m"], typed, presets["evacuation"]) == given_


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_arrives_as_typed(number: float) -> None:
    preset = load_presets(ROOT / "maps")["evacuation"]
    limit = next(c for c in conditions_of(preset) if c.key == "snap_limit_m")
    given_ = set_by(limit, repr(number), preset)
    assert given_ == number if number != float(limit.default) else given_ is None


def test_a_value_that_the_choices_set_is_blank_until_the_officer_says_otherwise(
    fields: dict[str, Condition], presets: dict[str, MapPreset]
) -> None:
    """A rule or the night sets the start delay: a field that said 5 could not be told from 5 typed."""
    preset = presets["evacuation"]
    delay, sites, deadline = (fields[k] for k in ("start_delay_min", "use_sites", "deadline"))
    assert (delay.default, delay.otherwise) == ("", "5")
    assert set_by(delay, "", preset) is None
    assert set_by(delay, "5", preset) == 5  # also where it is what holds anyway
    assert (sites.default, sites.otherwise) == ("", say("app.yes"))
    assert set_by(sites, "", preset) is None
    assert set_by(sites, value=True, preset=preset) is True
    assert set_by(deadline, "1cm", preset) == "1cm"


def test_fields_are_grouped_none_lost_and_the_choices_first(presets: dict[str, MapPreset]) -> None:
    titles = [
        f"app.group.{name}"
        for name in grouped(conditions_of(presets["evacuation"]))
        if name not in ("", "choices")
    ]
    assert all(has_text(title) for title in titles)
    for preset in presets.values():
        conditions = conditions_of(preset)
        groups = grouped(conditions)
        keys = [condition.key for members in groups.values() for condition in members]
        assert sorted(keys) == sorted(condition.key for condition in conditions)
        assert len(groups) == 1 or len(conditions) > 10
    evacuation = grouped(conditions_of(presets["evacuation"]))
    assert list(evacuation)[:2] == ["", "choices"]
    assert [c.key for c in evacuation[""]] == ["focus_on"]  # what only this map asks
    assert [c.key for c in evacuation["choices"]] == ["rule", "season", "time_of_day", "walker"]


@pytest.mark.parametrize("typed", ["四十", "5分", "1.2.3", "nan", "inf", "1_0", "3-5", "[1]"])
def test_what_is_no_number_is_told_with_the_name_of_the_field(
    fields: dict[str, Condition], typed: str
) -> None:
    fields["walk_speed_mps"].value = typed
    with pytest.raises(SettingsError, match=re.escape(fields["walk_speed_mps"].label)) as raised:
        pairs_of(list(fields.values()))
    assert typed in str(raised.value)


def test_flags_arrive(fields: dict[str, Condition], presets: dict[str, MapPreset]) -> None:
    assert set_by(fields["vertical"], value=False, preset=presets["evacuation"]) is False
    assert set_by(fields["vertical"], value=True, preset=presets["evacuation"]) is None


@given(names=st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1)))
def test_names_arrive_whatever_they_are_called(names: list[str]) -> None:
    condition = Condition("hazard_covers", "", "names", [], value=None)
    given_ = set_by(condition, names, load_presets(ROOT / "maps")["evacuation"])
    wanted = [name.strip() for name in names if name.strip()]
    assert given_ == wanted if wanted else given_ is None


def test_a_choice_arrives(presets: dict[str, MapPreset]) -> None:
    preset = presets["tourism"]
    mode = next(
        c for c in conditions_of(preset, {"mode": {"drive": "車", "walk": "徒歩"}}) if c.key == "mode"
    )
    assert (mode.kind, mode.default) == ("choice", "drive")
    assert set_by(mode, "walk", preset) == "walk"
    assert set_by(mode, "drive", preset) is None


def test_reset_goes_back_and_does_not_share_the_default() -> None:
    condition = Condition("stops", "", "names", ["a"])
    condition.value.append("b")
    assert condition.changed
    condition.reset()
    assert condition.value == ["a"]
    assert pair_of(condition) == ""


def test_the_kind_of_a_field_follows_the_annotation() -> None:
    def analysis(*, a: float | None, b: bool, c: list[str] | None, d: str, e: int) -> None: ...

    arguments = inspect.signature(analysis).parameters
    assert [kind_of(p, {}) for p in arguments.values()] == ["number", "flag", "names", "text", "number"]
    assert kind_of(arguments["d"], {"x": "X"}) == "choice"


# --- uploaded files ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("避難所.csv", "避難所.csv"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\data\\a.zip", "a.zip"),
        ("/abs/b.geojson", "b.geojson"),
        ("a\x00b\nc.csv", "a_b_c.csv"),
        (".hidden.csv", "hidden.csv"),
        ("con.csv", "_con.csv"),
        ('x<script>"?.csv', "x_script___.csv"),
    ],
)
def test_names_of_uploads(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("name", ["", "..", ".", "a/..", "\\", "///", "..\\..", "???"])
def test_names_of_which_nothing_is_left(name: str) -> None:
    with pytest.raises(SettingsError):
        safe_name(name)


@given(name=st.text())
def test_no_name_escapes_its_folder(name: str) -> None:
    try:
        safe = safe_name(name)
    except SettingsError:
        return
    folder = Path("/somewhere/folder")
    assert Path(os.path.normpath(folder / safe)).parent == folder
    assert len(safe.encode("utf-8")) < 255
    assert safe_name(safe) == safe


def test_a_long_name_keeps_its_suffix() -> None:
    assert safe_name("あ" * 300 + ".geojson").endswith("あ.geojson")


def test_parts_of_a_shapefile_are_read_with_it() -> None:
    parts = ["道路.shp", "道路.dbf", "道路.shx", "道路.prj", "道路.shp.xml", "b.csv"]
    assert files_to_import(parts) == ["道路.shp", "b.csv"]


@pytest.mark.parametrize("names", [["道路.dbf"], ["a.shp", "b.dbf"], ["a.csv", "a.csv"]])
def test_files_that_cannot_go_together(names: list[str]) -> None:
    with pytest.raises(SettingsError, match=names[-1]):
        files_to_import(names)


# --- the workspace -------------------------------------------------------------------------------

OWN = "施設名,緯度,経度\n丘の避難所,42.985,144.38\n"


def import_sample_layers(settings: Settings, **files: str) -> None:
    layers, region = load_layers(settings.layers_dir), load_region(settings.region_file)
    for layer_id, file in files.items():
        path = settings.layers_dir / "sample" / file
        around = load_surroundings(settings.workspace, region, layer_id)
        import_file(settings, layers[layer_id], around, path, Statement(sample=True))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_own_files_take_the_place_of_the_sample(settings: Settings, tmp_path: Path) -> None:
    assert content_of(settings.workspace) == "empty"
    import_sample_layers(settings, shelters="shelters.csv", municipalities="municipalities.geojson")
    assert content_of(settings.workspace) == "sample"
    own = tmp_path / "own.csv"
    own.write_text(OWN, encoding="utf-8")

    take_in(settings, "shelters", own, {"credit": "釧路市調べ"})

    assert content_of(settings.workspace) == "mixed"
    assert [raw.file for raw in load_provenance(settings.workspace)["shelters"].raw] == ["own.csv"]
    with pytest.raises(SettingsError, match="模式データ"):
        load_sample(settings)

    drop_sample(settings)

    assert content_of(settings.workspace) == "own"
    assert load_frame(settings.workspace, "shelters")["name"].tolist() == ["丘の避難所"]
    assert load_provenance(settings.workspace)["municipalities"].built is None
    assert not (settings.workspace / "raw" / "municipalities" / "municipalities.geojson").exists()


def test_the_sample_is_taken_out_to_the_last_file(settings: Settings) -> None:
    import_sample_layers(settings, shelters="shelters.csv")
    workspace.build_layers(settings)
    assert (settings.workspace / "layers.gpkg").exists()

    drop_sample(settings)

    assert content_of(settings.workspace) == "empty"
    left = {name for name in contents(settings.workspace) if name not in (".lock", "provenance.json")}
    assert left == set()


def test_a_bad_file_leaves_the_workspace_as_it_was(settings: Settings, tmp_path: Path) -> None:
    import_sample_layers(settings, shelters="shelters.csv")
    before = contents(settings.workspace)
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"PK\x03\x04")
    with pytest.raises(ReadError, match=r"bad\.zip"):
        take_in(settings, "shelters", bad, {})
    assert contents(settings.workspace) == before


def test_what_a_map_needs(settings: Settings, presets: dict[str, MapPreset]) -> None:
    import_sample_layers(settings, municipalities="municipalities.geojson")
    needs = {
        need.layer_id: (need.required, need.present) for need in needs_of(presets["evacuation"], settings)
    }
    assert needs["municipalities"] == (True, True)
    assert needs["tsunami_inundation"] == (True, False)
    assert needs["roads"] == (False, False)
    assert "walk_exclusion" not in needs
    required = [need.required for need in needs_of(presets["evacuation"], settings)]
    assert required == sorted(required, reverse=True)


def test_places_of_one_name_can_be_told_apart(settings: Settings, tmp_path: Path) -> None:
    import_sample_layers(settings, municipalities="municipalities.geojson")
    spots = "名称,緯度,経度\n展望台,43.55,144.50\n岬,43.385,145.815\n"
    stations = "名称,緯度,経度\n展望台,42.99,144.38\n"
    for layer_id, text in (("tourism_spots", spots), ("roadside_stations", stations)):
        path = tmp_path / f"{layer_id}.csv"
        path.write_text(text, encoding="utf-8")
        take_in(settings, layer_id, path, {"credit": "町調べ"})
    workspace.build_layers(settings)

    options = spot_options(settings, ("tourism_spots", "roadside_stations", "stations"))

    assert options["岬"] == "岬（観光スポット・根室市）"
    assert [key.partition("@")[0] for key in options] == [
        "tourism_spots:展望台",
        "岬",
        "roadside_stations:展望台",
    ]
    assert len(set(options.values())) == 3


# --- the folder of products ----------------------------------------------------------------------


@pytest.fixture
def products(tmp_path: Path) -> Path:
    run = tmp_path / "out" / "evacuation_20261123-101500"
    run.mkdir(parents=True)
    for name in ("evacuation.html", "evacuation.summary.csv", "notes.txt", "secret.toml", ".hidden.html"):
        (run / name).write_text(name, encoding="utf-8")
    (tmp_path / "out" / "workspace").mkdir()
    (tmp_path / "out" / "workspace" / "layers.gpkg").write_text("x", encoding="utf-8")
    (tmp_path / "private.html").write_text("private", encoding="utf-8")
    (run / "linked.html").symlink_to(tmp_path / "private.html")
    return tmp_path / "out"


def test_only_products_are_handed_out(products: Path) -> None:
    run = "evacuation_20261123-101500"
    assert product_path(products, run, "evacuation.html") == products / run / "evacuation.html"
    assert product_path(products, run, "evacuation.summary.csv") is not None
    refused = [
        (run, "notes.txt"), (run, "secret.toml"), (run, ".hidden.html"), (run, "linked.html"),
        (run, "none.html"), ("workspace", "layers.gpkg"), ("..", "private.html"), (f"{run}/..", "x.html"),
        (run, "../../private.html"), (".", "private.html"), ("", "private.html"), (run, ""),
    ]  # fmt: skip
    assert [pair for pair in refused if product_path(products, *pair) is not None] == []


@given(folder=st.text(), name=st.text())
def test_no_address_leads_out_of_the_folder(folder: str, name: str) -> None:
    found = product_path(ROOT / "maps", folder, name)
    assert found is None


def test_earlier_runs_are_found_the_latest_first(products: Path) -> None:
    later = products / "tourism_20261124-090000-1"
    later.mkdir()
    (later / "tourism.gpx").write_text("x", encoding="utf-8")
    (products / "overview_20269999-999999").mkdir()
    (products / "empty_20261124-090000").mkdir()

    found = past_runs(products)

    assert [(run.map_id, list(run.files)) for run in found] == [
        ("tourism", ["gpx"]),
        ("evacuation", ["html", "csv"]),
    ]
    assert found[0].time > found[1].time


def test_a_run_that_fails_leaves_no_folder(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(KnrError, match=r"津波浸水想定|市町村"):
        run_into_shelf(settings, "evacuation", tmp_path / "out", RunOptions())
    assert list((tmp_path / "out").iterdir()) == []


def test_an_unfinished_run_is_swept_when_the_program_ends(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def half_done(_settings: Settings, _map_id: str, out: Path, _options: RunOptions) -> None:
        (out / "evacuation.html").write_text("half", encoding="utf-8")
        seen.append((out, past_runs(out.parent)))
        sweep_unfinished()
        raise SettingsError("app.bad_name", name="")

    monkeypatch.setattr(shelf, "run_map", half_done)
    with pytest.raises(SettingsError):
        run_into_shelf(settings, "evacuation", tmp_path, RunOptions())
    ((folder, listed),) = seen
    assert listed == []
    assert not folder.exists()


def test_two_runs_in_one_second_have_their_own_folders(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = []
    monkeypatch.setattr(shelf, "run_map", lambda _s, _m, out, _o: folders.append(out))
    for _ in range(3):
        run_into_shelf(settings, "exposure", tmp_path, RunOptions())
    assert len(set(folders)) == 3
    assert all(shelf._FOLDER.fullmatch(folder.name) for folder in folders)
