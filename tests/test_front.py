"""What stands in front: the table that answers, what paper shows, what was not evaluated."""

import geopandas as gpd
import pandas as pd
import paper_town

from knr_gis.front import key_table, missing_lines, printed_tables
from knr_gis.product import ReportPlan
from knr_gis.readable import printed_rows
from knr_gis.result import Blank, Note, Result, summary_frame

PLACES = (("01206", "釧路市"), ("01661", "釧路町"))


def result(**values: tuple[float, float]) -> Result:
    """A result with one measure per keyword: the figures of the two towns in class 浅い and as totals."""
    rows = [
        (code, name, group, measure, figure, "人")
        for measure, figures in values.items()
        for (code, name), figure in zip(PLACES, figures, strict=True)
        for group in ("浅い", "")
    ]
    legs = pd.DataFrame({"leg_km": [12.0, 3.0], "site_name": ["高台", Blank.NOT_ASKED], "name": ["甲", "乙"]})
    return Result("x", Note("x"), {}, summary_frame(rows), tables={"legs": legs})


def test_the_key_table_has_the_measures_of_the_plan_in_its_order() -> None:
    plan = ReportPlan(key_measures=("late", "reached", "absent"))
    table = key_table(paper_town.product(result=result(reached=(5, 1), late=(2, 0)), report=plan))
    assert table is not None
    assert [row[1:] for row in table.rows] == [(2.0, 5.0), (0.0, 1.0)]


def test_of_alternatives_the_first_that_is_there_is_shown() -> None:
    plan = ReportPlan(key_measures=("evac_persons_all|evac_origins_all",))
    persons = key_table(
        paper_town.product(result=result(evac_persons_all=(7, 8), evac_origins_all=(1, 2)), report=plan)
    )
    origins = key_table(paper_town.product(result=result(evac_origins_all=(1, 2)), report=plan))
    assert persons is not None
    assert origins is not None
    assert [row[1] for row in persons.rows] == [7.0, 8.0]
    assert [row[1] for row in origins.rows] == [1.0, 2.0]


def test_a_detail_table_may_stand_in_front_with_the_columns_of_the_plan() -> None:
    plan = ReportPlan(key_table="legs", tables={"legs": ("name", "leg_km")})
    table = key_table(paper_town.product(result=result(reached=(1, 1)), report=plan))
    assert table is not None
    assert table.rows == (("甲", 12.0), ("乙", 3.0))
    shown, _, _ = printed_tables(paper_town.product(result=result(reached=(1, 1)), report=plan))
    assert "legs" not in [t.id for t in shown], "what stands in front is not printed twice"


def test_a_result_without_anything_has_no_key_table() -> None:
    assert (
        key_table(paper_town.product(result=result(), report=ReportPlan(key_measures=("reached",)))) is None
    )


def test_tables_of_zeros_are_named_and_left_out_but_unknown_is_not_zero() -> None:
    nan = float("nan")
    product = paper_town.product(result=result(a=(0, 0), b=(0, nan), c=(0, 1)))
    shown, zeros, complete = printed_tables(product)
    assert [t.id for t in shown] == ["b", "c", "legs"]
    assert zeros == ["a（人）"]
    assert complete


def test_a_plan_prints_its_measures_only_and_says_that_there_is_more() -> None:
    plan = ReportPlan(breakdown=("c",))
    shown, zeros, complete = printed_tables(
        paper_town.product(result=result(a=(0, 0), b=(1, 2), c=(0, 1)), report=plan)
    )
    assert ([t.id for t in shown], zeros, complete) == (["c"], [], False)


def test_a_question_that_does_not_arise_is_blank_not_unknown() -> None:
    shown, _, _ = printed_tables(paper_town.product(result=result(a=(1, 1))))
    legs = next(t for t in shown if t.id == "legs")
    assert printed_rows(legs)[1] == ["3", "", "乙"]
    assert "空欄は該当しない" in legs.note


def test_things_that_are_not_there_for_one_reason_stand_in_one_line() -> None:
    missing = pd.DataFrame(
        {"what": ["農地", "道路", "建物"], "reason": ["なし", "範囲外", "なし"], "count": [None, 3, pd.NA]}
    )
    assert missing_lines(paper_town.product(missing=missing)) == [
        ("道路", "範囲外", "3 件"),
        ("農地、建物", "なし", ""),
    ]


def test_an_empty_frame_is_no_table_on_paper() -> None:
    empty = Result("x", Note("x"), {}, summary_frame([]), tables={"legs": pd.DataFrame(gpd.GeoDataFrame())})
    assert printed_tables(paper_town.product(result=empty))[0] == []
