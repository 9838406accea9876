"""Charts of evacuation, comparison and siting show what their tables hold."""

import numpy as np
import pytest

from knr_gis.analyses.comparison import comparison
from knr_gis.analyses.evacuation import evacuation
from knr_gis.analyses.siting import siting
from knr_gis.result import Chart, Result
from knr_gis.texts import say
from tests import town
from tests.town import figures

LAYERS = {
    "hazard": town.hazard(), "municipalities": town.municipalities(), "sites": town.sites(),
    "roads": town.streets(), "snap_limit_m": 200.0, "arrival_min": 14.0, "use_exits": False,
}  # fmt: skip


def chart(result: Result, name: str) -> Chart:
    return next(c for c in result.charts if c.id == name)


def test_the_curve_rises_to_those_who_have_a_way() -> None:
    # 学 arrives at 5 + 500/60 = 13.3 min, 近 at 10.2, 港 at 13.3; 岬 has no way; 遠 is not judged
    found = chart(evacuation(**LAYERS, settlements=town.homes()), "evac_time")
    arrived = dict(zip(found.labels, found.series[say("evacuation.chart_arrived")], strict=True))
    assert (arrived["10"], arrived["15"], arrived["30"]) == pytest.approx((0, 75, 75))
    water = dict(zip(found.labels, found.series[say("evacuation.chart_water")], strict=True))
    assert (water["10"], water["15"]) == pytest.approx((0, 100))


def test_each_age_group_is_whole_and_agrees_with_the_summary() -> None:
    result = evacuation(**LAYERS, population=town.population())
    found = chart(result, "evac_ages")
    sums = np.sum(list(found.series.values()), axis=0)
    assert sums == pytest.approx([100.0] * len(found.labels))
    assert any("65" in label for label in found.labels)


def test_no_ages_no_chart_of_ages() -> None:
    result = evacuation(**LAYERS, settlements=town.homes())
    assert [c.id for c in result.charts] == ["evac_time"]


def test_before_and_after_are_the_shares_of_the_two_runs() -> None:
    result = comparison(against=["arrival_min=12"], **LAYERS, settlements=town.homes())
    found = chart(result, "cmp_in_time")
    first, second = found.series.values()
    for values, minutes in ((first, 14.0), (second, 12.0)):
        alone = evacuation(**{**LAYERS, "arrival_min": minutes}, settlements=town.homes())
        share = figures(alone.summary, "evac_origins_in_time_of_evaluated_percent")
        codes = dict(zip(town.municipalities()["name"], town.municipalities()["muni_code"], strict=True))
        assert values == pytest.approx([share[codes[name], ""] for name in found.labels])
    assert all(b <= a for a, b in zip(first, second, strict=True))


def test_new_sites_never_lower_the_share() -> None:
    result = siting(**LAYERS, population=town.population(), candidates_from="grid", candidate_grid_m=200.0)
    values = list(chart(result, "sit_in_time").series.values())
    for fewer, more in ((0, 1), (0, 2), (1, 3), (2, 3)):
        assert (np.array(values[more]) >= np.array(values[fewer]) - 1e-9).all()
