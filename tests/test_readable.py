"""The tables of workbook and reports: readable, and nothing lost or invented on the way."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import paper_town
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knr_gis.readable import (
    cell_text,
    conditions_table,
    detail_tables,
    findings_readable,
    frame_table,
    glossary_table,
    heading,
    long_table,
    missing_table,
    printed_rows,
    sources_table,
    summary_tables,
)
from knr_gis.result import summary_frame

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.0, 1, "0.0"),
        (0.01, 1, "0.1未満"),
        (0.05, 1, "0.1"),
        (1234.5, 1, "1,234.5"),
        (3.0, 0, "3"),
        (NAN, 0, "不明"),
        (None, 0, ""),
        ("深さ不明", 0, "深さ不明"),
    ],
)
def test_cells(value: object, decimals: int, text: str) -> None:
    assert cell_text(value, decimals) == text


@given(st.floats(1e-9, 1e9), st.integers(0, 3))
def test_what_is_not_zero_never_reads_zero(value: float, decimals: int) -> None:
    assert float(cell_text(value, decimals).replace("未満", "").replace(",", "")) > 0


def test_summary_has_a_row_per_municipality_and_leaves_unknown_unknown() -> None:
    single, zone = summary_tables(paper_town.summary())
    assert single.headings[0] == "市町村"
    assert [row[0] for row in single.rows] == ["釧路市", "釧路町", "全域"]
    assert single.rows[0][1:] == (3.0, 0.0)
    assert math.isnan(single.rows[1][1])
    assert single.rows[1][2] is None  # no row in the summary: does not apply, neither 0 nor unknown
    assert printed_rows(single)[1] == ["釧路町", "不明", ""]
    assert zone.headings == ("市町村", "5m未満", "5m以上")
    assert "ha" in zone.title
    assert printed_rows(zone) == [["釧路市", "1,000.0", "1,000.5"], ["釧路町", "0.1未満", ""]]


names = st.sampled_from(["釧路市", "根室市", "別海町"])
summary_rows = st.lists(
    st.tuples(
        names, st.sampled_from(["", "5m未満", "5m以上"]), st.sampled_from(["a", "b"]), st.floats(0, 1e6)
    ),
    unique_by=lambda row: row[:3],
    max_size=18,
)


@given(summary_rows)
def test_no_figure_of_the_summary_is_lost_or_added(rows: list[tuple[str, str, str, float]]) -> None:
    summary = summary_frame([(n, n, group, measure, value, "ha") for n, group, measure, value in rows])
    cells = [v for t in summary_tables(summary) for row in t.rows for v in row if isinstance(v, float)]
    assert sorted(cells) == sorted(summary["value"])


def test_empty_summary_has_no_tables() -> None:
    assert summary_tables(summary_frame([])) == []
    assert long_table(summary_frame([])).rows == ()


def test_details_show_flags_as_marks_and_codes_as_text() -> None:
    (table,) = detail_tables(paper_town.product().result)
    assert table.headings[:2] == ("名称", "津波")
    assert [row[1] for row in table.rows][:2] == ["○", "×"]
    assert "不明" in table.rows[2][1]
    assert table.rows[0][3] == "01206"
    assert math.isnan(table.rows[1][2])


def test_what_was_not_evaluated_is_told_once() -> None:
    result = paper_town.product().result
    told = replace(result, tables={**result.tables, "not_evaluated": paper_town.product().missing})
    assert [table.id for table in detail_tables(told)] == ["origins"]


def test_frame_with_odd_values_is_readable() -> None:
    frame = pd.DataFrame(
        {
            "persons": pd.array([1, None], dtype="Int64"),
            "when": pd.to_datetime(["2026-10-12", None]),
            "stops": [["a", "b"], None],
            "n": np.array([1, 2], dtype=np.int32),
        }
    )
    table = frame_table(frame, name="x", title="x")
    assert table.rows[0] == (1.0, "2026-10-12 00:00:00", "a、b", 1.0)
    assert all("不明" in text for text in printed_rows(table)[1][:3])


def test_conditions_say_what_is_to_be_confirmed() -> None:
    rows = printed_rows(conditions_table(paper_town.product()))
    assert rows[0] == ["避難の歩行速度", "1.0", "m/s", "消防庁", "要確認", "変更"]
    assert rows[1][4:] == ["確認済", ""]


def test_sources_carry_credit_licence_and_date() -> None:
    rows = printed_rows(sources_table(paper_town.product()))
    assert len(rows) == 5
    assert "模式データ" in rows[0][0]
    assert {"CC BY 4.0", "2026-10-01", "0123456789ab", "「市町村」（国土交通省）を加工して作成"} <= set(
        rows[0]
    )


def test_limits_and_findings() -> None:
    product = paper_town.product()
    assert printed_rows(missing_table(product)) == [["収容人数", "元の表にない", "2"]]
    table = findings_readable(product)
    row = dict(zip(table.headings, printed_rows(table)[0], strict=True))
    assert row["重さ"] == "要確認"
    assert row["レイヤー"] == "指定緊急避難場所"
    assert row["緯度"] == ""  # no position is no finding
    assert findings_readable(paper_town.product(findings=pd.DataFrame())).rows == ()
    assert missing_table(paper_town.product(missing=pd.DataFrame())).rows == ()


def test_glossary_names_every_measure_by_its_key() -> None:
    assert {row[3] for row in glossary_table(paper_town.product()).rows} == {
        "zone_area",
        "origins",
        "no_route",
    }


def test_headings_fall_back_to_the_name_of_the_column() -> None:
    assert heading("capacity_persons") == "収容人数（人）"
    assert heading("something_else") == "something_else"
