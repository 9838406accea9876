"""Mesh statistics of e-Stat: suppression, totals, geometry."""

import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from knr_gis.errors import ReadError
from knr_gis.layers import load_layers
from knr_gis.readers import ReadRequest, ReadResult
from knr_gis.readers.mesh import drop_repeated_mesh, mesh_polygons, read_mesh
from knr_gis.schema import apply_form, convert_columns

LAYER = load_layers(Path(__file__).resolve().parents[2] / "layers")["population"]
REAL = "samples_not_region/population_mesh/pop_2020_5339.zip"
COLUMNS = [
    "persons",
    "age_0_14_persons",
    "age_15_64_persons",
    "age_65_plus_persons",
    "age_75_plus_persons",
    "households",
]

# The form of T001141 (500 m): a receiving cell, its suppressed neighbour, an ordinary cell.
IDS = "KEY_CODE,HTKSYORI,HTKSAKI,GASSAN,T001141001,T001141004,T001141010,T001141019,T001141022,T001141034"
TITLES = (
    ",,,,　人口（総数）,　０～１４歳人口　総数,　１５～６４歳人口　総数,"
    "　６５歳以上人口　総数,　７５歳以上人口　総数,　世帯総数"
)
ROWS = [
    "644403001,1,,644403002,10,2,6,5,3,4",
    "644403002,2,644403001,,3,*,*,*,*,2",
    "644403003,0,,,0,0,0,0,0,0",
]


def text_of(*rows: str, ids: str = IDS, titles: str | None = TITLES) -> str:
    return "\r\n".join([ids, *([titles] if titles is not None else []), *rows]) + "\r\n"


def read(folder: Path, text: str, *, encoding: str = "cp932", **said: Any) -> ReadResult:
    path = folder / "tblT001141H6444.txt"
    path.write_bytes(text.encode(encoding))
    return read_mesh(ReadRequest(path, LAYER, **said))


def frame_of(result: ReadResult) -> gpd.GeoDataFrame:
    assert isinstance(result.data, gpd.GeoDataFrame)
    return result.data


def refused(folder: Path, text: str) -> str:
    with pytest.raises(ReadError) as caught:
        read(folder, text)
    line = str(caught.value)
    assert "tblT001141H6444.txt" in line
    assert "\n" not in line
    return caught.value.key


def test_published_numbers_count_where_they_are_published_and_stars_are_unknown(tmp_path: Path) -> None:
    cells = frame_of(read(tmp_path, text_of(*ROWS)))
    assert cells.mesh_code.tolist() == ["644403001", "644403002", "644403003"]
    assert cells.persons.tolist() == [10, 3, 0]
    assert cells.households.tolist() == [4, 2, 0]
    assert cells.suppressed.tolist() == [False, True, False]
    # 3 suppressed persons are in the age groups of the receiving cell: 2 + 6 + 5 = 10 + 3.
    groups = cells[["age_0_14_persons", "age_15_64_persons", "age_65_plus_persons"]]
    assert groups.iloc[0].tolist() == [2, 6, 5]
    assert groups.iloc[1].isna().all()
    assert groups.iloc[2].tolist() == [0, 0, 0]
    assert np.nansum(groups.to_numpy()) == cells.persons.sum()
    assert cells.carried_to_mesh.tolist()[1] == cells.mesh_code[0]
    assert cells.carried_from_mesh.tolist()[0] == cells.mesh_code[1]


def test_suppression_is_reported(tmp_path: Path) -> None:
    findings = read(tmp_path, text_of(*ROWS)).findings
    assert [(f.code, f.values) for f in findings] == [("mesh_suppressed", {"count": 1, "persons": 3})]
    assert "{" not in findings[0].message
    alone = read(tmp_path, text_of(*ROWS[1:])).findings
    assert [f.code for f in alone] == ["mesh_suppressed", "mesh_carried_outside"]
    assert read(tmp_path, text_of(ROWS[2])).findings == []


def test_a_wholly_suppressed_cell_is_unknown_and_its_people_are_in_the_receiver(tmp_path: Path) -> None:
    rows = ["644403001,1,,644403002,13,2,6,5,3,6", "644403002,2,644403001,,*,*,*,*,*,*"]
    cells = frame_of(read(tmp_path, text_of(*rows)))
    assert cells.persons.isna().tolist() == [False, True]
    assert cells.persons.sum() == 13
    assert cells.suppressed.tolist() == [False, True]


def test_titles_win_over_numbers(tmp_path: Path) -> None:
    ids = IDS.replace("T001141001", "T009999050").replace("T001141004", "T001141001")
    cells = frame_of(read(tmp_path, text_of(*ROWS, ids=ids)))
    assert cells.persons.tolist() == [10, 3, 0]
    assert cells.age_0_14_persons.tolist()[0] == 2


def test_numbers_serve_where_the_titles_were_removed(tmp_path: Path) -> None:
    with_titles, without = (frame_of(read(tmp_path, text_of(*ROWS, titles=t))) for t in (TITLES, None))
    pd.testing.assert_frame_equal(pd.DataFrame(with_titles), pd.DataFrame(without))


def test_a_survey_without_age_groups_gives_what_it_has(tmp_path: Path) -> None:
    cells = frame_of(
        read(
            tmp_path,
            text_of("64440300,0,,,7", ids="KEY_CODE,HTKSYORI,HTKSAKI,GASSAN,T1", titles=",,,,人口総数"),
        )
    )
    assert cells.persons.tolist() == [7]
    assert "age_65_plus_persons" not in cells


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-8-sig"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    assert frame_of(read(tmp_path, text_of(*ROWS), encoding=encoding)).persons.sum() == 13


@pytest.mark.parametrize(
    ("code", "edges"),
    [
        # 1st mesh 6444: 64 / 1.5 N, 44 + 100 E; each size by the fractions of JIS X 0410.
        ("64440000", (144.0, 128 / 3, 144.0 + 1 / 80, 128 / 3 + 1 / 120)),
        (
            "64441234",
            (
                144 + 2 / 8 + 4 / 80,
                128 / 3 + 1 / 12 + 3 / 120,
                144 + 2 / 8 + 5 / 80,
                128 / 3 + 1 / 12 + 4 / 120,
            ),
        ),
        ("644400001", (144.0, 128 / 3, 144.0 + 1 / 160, 128 / 3 + 1 / 240)),
        ("644400004", (144 + 1 / 160, 128 / 3 + 1 / 240, 144 + 1 / 80, 128 / 3 + 1 / 120)),
        ("6444000012", (144 + 1 / 320, 128 / 3, 144 + 2 / 320, 128 / 3 + 1 / 480)),
        ("64440000113", (144.0, 128 / 3 + 1 / 960, 144 + 1 / 640, 128 / 3 + 2 / 960)),
    ],
)
def test_squares_of_each_size(code: str, edges: tuple[float, float, float, float]) -> None:
    square = mesh_polygons([code])
    assert square.crs.to_epsg() == 6668
    assert square.iloc[0].bounds == pytest.approx(edges, abs=1e-9)
    assert square.iloc[0].equals(box(*square.iloc[0].bounds))


def test_cells_outside_the_bounds_are_left_out(tmp_path: Path) -> None:
    far = "533900001,0,,,99,9,60,30,10,40"
    result = read(tmp_path, text_of(*ROWS, far), bounds=(143.6, 42.6, 146.5, 44.45))
    assert frame_of(result).persons.sum() == 13
    east = "644703001,0,,,99,9,60,30,10,40"
    assert (
        frame_of(read(tmp_path, text_of(*ROWS, east), bounds=(147.0, 42.6, 148.0, 43.0))).persons.sum() == 99
    )
    nothing = frame_of(read(tmp_path, text_of(*ROWS), bounds=(120.0, 20.0, 121.0, 21.0)))
    assert len(nothing) == 0
    assert nothing.crs.to_epsg() == 6668


def test_unreadable_codes_are_left_out_and_listed(tmp_path: Path) -> None:
    bad = ["644403005,0,,,5,1,3,1,0,2", "64440,0,,,5,1,3,1,0,2", "644483001,0,,,5,1,3,1,0,2"]
    result = read(tmp_path, text_of(*ROWS, *bad))
    assert frame_of(result).persons.sum() == 13
    assert result.findings[0].code == "mesh_code_invalid"
    assert result.findings[0].values["count"] == 3


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "read_mesh.no_key"),
        ("a,b\n1,2\n", "read_mesh.no_key"),
        (text_of(), "read_table.header_only"),
        (text_of("6444030019,0,,,1,1,1,1,1,1"), "read_mesh.no_code"),
        (text_of(*ROWS, "64440400,0,,,5,1,3,1,0,2"), "read_mesh.mixed_sizes"),
        (
            text_of("64440300,0,,,7", ids="KEY_CODE,HTKSYORI,HTKSAKI,GASSAN,T1", titles=",,,,事業所数"),
            "read_mesh.no_column",
        ),
    ],
)
def test_bad_files_get_one_line(tmp_path: Path, text: str, key: str) -> None:
    assert refused(tmp_path, text) == key


def test_in_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "6444.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tblT001141H6444.txt", text_of(*ROWS).encode("cp932"))
    assert frame_of(read_mesh(ReadRequest(path, LAYER))).persons.sum() == 13
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ReadError):
        read_mesh(ReadRequest(path, LAYER))


def test_canonical_columns_pass_the_schema_unchanged(tmp_path: Path) -> None:
    cells = frame_of(read(tmp_path, text_of(*ROWS)))
    typed, findings = convert_columns(apply_form(cells, LAYER), LAYER)
    assert findings == []
    assert str(typed.suppressed.dtype) == "boolean"
    assert typed.persons.sum() == 13


# A town of cells with known people; some are suppressed as the Statistics Bureau does it.
TOWN = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.booleans()),
    min_size=2,
    max_size=12,
)


@given(TOWN)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_totals_are_conserved_whatever_is_suppressed(
    tmp_path: Path, town: list[tuple[int, int, int, bool]]
) -> None:
    hidden = [place for place, cell in enumerate(town) if cell[3] and place > 0]
    groups = np.array([cell[:3] for cell in town])
    published = groups.copy()
    published[0] += groups[hidden].sum(axis=0)
    rows = []
    for place, total in enumerate(groups.sum(axis=1)):
        code, is_hidden = f"6444{place:04d}", place in hidden
        state = "2" if is_hidden else "1" if place == 0 and hidden else "0"
        cells = ["*"] * 3 if is_hidden else [str(n) for n in published[place]]
        target = "64440000" if is_hidden else ""
        sources = ";".join(f"6444{h:04d}" for h in hidden) if place == 0 else ""
        rows.append(
            ",".join([code, state, target, sources, str(total), *cells, "*" if is_hidden else "0", "1"])
        )
    frame = frame_of(read(tmp_path, text_of(*rows)))
    ages = ["age_0_14_persons", "age_15_64_persons", "age_65_plus_persons"]
    assert frame.persons.tolist() == groups.sum(axis=1).tolist()
    assert frame[ages].sum().tolist() == groups.sum(axis=0).tolist()
    assert frame[ages].sum().sum() == frame.persons.sum()
    assert int(frame.suppressed.sum()) == len(hidden)
    assert frame.loc[frame.suppressed, ages].isna().all().all()


def frame_with(codes: list[str | None], persons: list[float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"mesh_code": codes, "persons": persons}, geometry=[box(0, 0, 1, 1)] * len(codes), crs=6681
    )


def test_repeated_cells_count_once_and_the_fuller_row_stays() -> None:
    unique, n = drop_repeated_mesh(
        frame_with(["64440000", "64440001", "64440000", "64440001"], [np.nan, 2, 5, 2])
    )
    assert n == 2
    assert unique.mesh_code.tolist() == ["64440001", "64440000"]
    assert unique.persons.tolist() == [2, 5]
    assert unique.crs.to_epsg() == 6681


def test_a_divided_cell_gives_way_to_its_parts() -> None:
    unique, n = drop_repeated_mesh(
        frame_with(["64440000", "644400001", "6444000023", "64440001"], [9, 4, 5, 1])
    )
    assert n == 1
    assert unique.mesh_code.tolist() == ["644400001", "6444000023", "64440001"]


def test_cells_without_a_code_are_all_kept() -> None:
    unique, n = drop_repeated_mesh(frame_with([None, None, "64440000"], [1, 2, 3]))
    assert n == 0
    assert len(unique) == 3


@given(st.lists(st.from_regex(r"6444[0-1]{4}[1-2]{0,1}", fullmatch=True), min_size=1, max_size=30))
def test_dropping_is_idempotent_and_leaves_no_overlap(codes: list[str]) -> None:
    unique, n = drop_repeated_mesh(frame_with(list(codes), [1.0] * len(codes)))
    left = unique.mesh_code.tolist()
    assert n == len(codes) - len(left)
    assert len(set(left)) == len(left)
    assert not any(a != b and b.startswith(a) for a in left for b in left)
    assert all(any(kept.startswith(code) for kept in left) for code in codes)
    assert drop_repeated_mesh(unique)[1] == 0


# --- the real file


def real_rows(shared_data: Path) -> tuple[list[str], list[list[str]]]:
    with zipfile.ZipFile(shared_data / REAL) as archive:
        rows = list(csv.reader(io.StringIO(archive.read(archive.namelist()[0]).decode("cp932"))))
    return rows[1], rows[2:]


@pytest.mark.real_data
def test_totals_of_the_real_file_are_those_of_the_publisher(shared_data: Path) -> None:
    titles, rows = real_rows(shared_data)
    cells = frame_of(read_mesh(ReadRequest(shared_data / REAL, LAYER)))
    assert len(cells) == len(rows) == 4691
    wanted = {
        "persons": "人口（総数）",
        "age_0_14_persons": "０～１４歳人口総数",
        "age_15_64_persons": "１５～６４歳人口総数",
        "age_65_plus_persons": "６５歳以上人口総数",
        "age_75_plus_persons": "７５歳以上人口総数",
        "households": "世帯総数",
    }
    plain = [re.sub(r"\s", "", title) for title in titles]
    for column, title in wanted.items():
        place = plain.index(title)
        assert cells[column].sum() == sum(int(row[place]) for row in rows if row[place] != "*"), column
        assert int(cells[column].isna().sum()) == sum(row[place] == "*" for row in rows), column
    assert int(cells.suppressed.sum()) == 157
    assert cells.persons.sum() == 30_215_026


@pytest.mark.real_data
def test_receiving_cells_of_the_real_file_hold_the_people_of_their_sources(shared_data: Path) -> None:
    cells = frame_of(read_mesh(ReadRequest(shared_data / REAL, LAYER))).set_index("mesh_code")
    persons = cells.persons
    receivers = cells[cells.carried_from_mesh.notna()]
    ages = receivers[["age_0_14_persons", "age_15_64_persons", "age_65_plus_persons"]].sum(axis=1)
    own = receivers.persons
    with_sources = own + receivers.carried_from_mesh.map(
        lambda codes: sum(persons[c] for c in codes.split(";"))
    )
    # The age of some people is unknown, so the groups never exceed the people of the group of cells ...
    assert (ages <= with_sources).all()
    # ... but they exceed those of the receiving cell: nobody is lost, nobody is counted twice.
    assert (ages > own).sum() > 100
    assert abs(ages.sum() - with_sources.sum()) < 0.02 * with_sources.sum()


@pytest.mark.real_data
def test_clipping_the_real_file_equals_choosing_from_the_whole(shared_data: Path) -> None:
    bounds = (139.7, 35.6, 139.8, 35.7)
    whole = frame_of(read_mesh(ReadRequest(shared_data / REAL, LAYER)))
    part = frame_of(read_mesh(ReadRequest(shared_data / REAL, LAYER, bounds)))
    chosen = whole[whole.intersects(box(*bounds))]
    assert part.mesh_code.tolist() == chosen.mesh_code.tolist()
    assert part.persons.sum() == chosen.persons.sum()
