"""Lines of tables: ends, points between, WKT; what cannot be drawn is told by row."""

from pathlib import Path

import openpyxl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from town_tables import LAYERS, codes, ours, read, refused, written

RULES = LAYERS["road_rules"]
HEAD = "名称,規制の種類,開始日,終了日,起点緯度,起点経度,終点緯度,終点経度,経由\n"


def test_a_row_runs_from_its_start_over_the_points_between_to_its_end(tmp_path: Path) -> None:
    text = HEAD + '峠,冬期通行止め,11-04,4/28,44.03,145.16,44.05,145.10,"44.04,145.14；44.045 145.12"\n'
    result = read(written(tmp_path, text, encoding="cp932"), RULES)
    rules = ours(result, RULES)
    assert codes(result) == []
    assert rules.geometry.iloc[0].wkt == shapely.LineString(
        [(145.16, 44.03), (145.14, 44.04), (145.12, 44.045), (145.10, 44.05)]
    ).wkt  # fmt: skip
    assert rules[["name", "rule_kind", "from_date", "to_date"]].iloc[0].tolist() == [
        "峠",
        "closed",
        "11-04",
        "4/28",
    ]
    assert rules.crs.to_epsg() == 6668


def test_a_workbook_with_wkt(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["道路の規制（2026年）"])
    book.active.append(["名称", "規制の種類", "年", "WKT"])
    book.active.append(["峠", "夜間通行止め", "毎年", "LINESTRING (145.1 44.0, 145.2 44.1)"])
    book.active.append(["林道", "駐停車禁止", 2026, "LINESTRING (44.0 145.1, 44.1 145.2)"])
    book.active.append(["点", "注意", None, "POINT (145.1 44.0)"])
    path = tmp_path / "規制.xlsx"
    book.save(path)
    result = read(path, RULES)
    rules = ours(result, RULES)
    assert rules["rule_kind"].tolist() == ["closed_daily", "no_stopping"]
    assert rules["year"].isna().tolist() == [True, False]
    assert rules.geometry.iloc[0].equals(rules.geometry.iloc[1])
    assert [(f.code, f.feature, f.values.get("row")) for f in result.findings] == [
        ("coordinates_swapped", "林道", None), ("no_line", "点", 5),
    ]  # fmt: skip


def test_what_cannot_be_drawn_is_told_by_row_and_name(tmp_path: Path) -> None:
    text = HEAD + (
        "甲,注意,,,44.03,145.16,,145.10,\n"
        "乙,注意,,,145.16,44.03,44.05,145.10,\n"
        '丙,注意,,,44.03,145.16,44.05,145.10,"44.04,145.14;峠のあたり"\n'
        "丁,注意,,,44.03,145.16,44.03,145.16,\n"
    )
    result = read(written(tmp_path, text), RULES)
    told = [(f.code, f.feature, f.severity) for f in result.findings]
    assert told == [
        ("no_line", "甲", "error"), ("coordinates_swapped", "乙", "info"), ("via_unread", "丙", "error"),
        ("no_line", "丁", "error"),
    ]  # fmt: skip
    assert "2 行目" in result.findings[0].message
    rules = ours(result, RULES)
    assert rules["name"].tolist() == ["乙", "丙"]
    assert rules.geometry.iloc[0].coords[0] == (145.16, 44.03)
    assert len(rules.geometry.iloc[1].coords) == 3


def test_lines_outside_the_box_are_left_out(tmp_path: Path) -> None:
    text = HEAD + "甲,注意,,,44.03,145.16,44.05,145.10,\n乙,注意,,,43.0,141.3,43.1,141.4,\n"
    result = read(written(tmp_path, text), RULES, bounds=(144.0, 42.0, 146.0, 45.0))
    assert ours(result, RULES)["name"].tolist() == ["甲"]


@pytest.mark.parametrize(
    ("text", "said", "word"),
    [
        ("名称,規制の種類,緯度,経度\n峠,注意,44.0,145.1\n", {}, "起点緯度"),
        (HEAD + "峠,注意,,,,,,,\n", {}, "2 行目"),
        (HEAD + "峠,注意,,,44.03,145.16,44.05,145.10,\n", {"crs": "EPSG:6681"}, "WKT"),
    ],
)
def test_a_table_without_lines_is_one_clear_line(
    tmp_path: Path, text: str, said: dict[str, str], word: str
) -> None:
    assert word in str(refused(written(tmp_path, text), RULES, **said))


PLACES = st.lists(
    st.tuples(st.floats(122.1, 153.9), st.floats(20.1, 45.9)), min_size=2, max_size=6, unique=True
)


@given(PLACES, st.booleans())
def test_every_point_that_is_written_is_on_the_line(
    tmp_path_factory: pytest.TempPathFactory, places: list[tuple[float, float]], turned: bool
) -> None:
    rounded = [(round(x, 6), round(y, 6)) for x, y in places]
    (x0, y0), *between, (x1, y1) = rounded
    via = ";".join(f"{x},{y}" if turned else f"{y},{x}" for x, y in between)
    text = HEAD + f'線,注意,,,{y0},{x0},{y1},{x1},"{via}"\n'
    if rounded[0] == rounded[-1] and not between:
        return
    result = read(written(tmp_path_factory.mktemp("lines"), text), RULES)
    assert list(ours(result, RULES).geometry.iloc[0].coords) == rounded
