"""Tables as paper has room for them: nothing is lost without being named."""

from dataclasses import replace

import pytest

from knr_gis.readable import ReadableTable
from knr_gis.report.shortened import folded

NAN = float("nan")
TABLE = ReadableTable(
    id="t", title="表", headings=("市町村", "浅い", "深い"), units=("", "人", "人"), note="注",
    rows=(("釧路市", 3.0, 0.0), ("標茶町", NAN, NAN), ("鶴居村", NAN, NAN), ("白糠町", 0.0, 0.0),
          ("全域", 3.0, NAN)),
)  # fmt: skip


def test_rows_without_figures_are_named_below() -> None:
    short = folded(TABLE)
    assert [row[0] for row in short.rows] == ["釧路市", "全域"]
    assert "白糠町" in short.note
    assert "標茶町、鶴居村" in short.note
    assert short.note.endswith("注")


def test_few_such_rows_stay() -> None:
    table = replace(TABLE, rows=TABLE.rows[:3])
    assert folded(table) is table


@pytest.mark.parametrize("rows", [(), (("a", "b", 0.0),) * 5])
def test_lists_and_empty_tables_stay(rows: tuple[tuple[str, str, float], ...]) -> None:
    table = replace(TABLE, rows=rows)
    assert folded(table) is table
