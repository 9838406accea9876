"""Every layer, state and column of the analyses has its Japanese name."""

from pathlib import Path

import pytest

from knr_gis.analyses import ANALYSES
from knr_gis.analyses.evacuation import sites, ways
from knr_gis.analyses.evacuation.race import STATUSES
from knr_gis.readable import heading
from knr_gis.schema import canonical_columns
from knr_gis.texts import has_text
from tests.analyses import (
    test_capacity,
    test_catchment,
    test_comparison,
    test_conflict,
    test_corridor,
    test_difficult,
    test_evacuation,
    test_exposure,
    test_isolation,
    test_itinerary,
    test_profile,
    test_sensitivity,
    test_siting_analysis,
    test_tour_safety,
    test_tourism,
)

LAYERS = Path(__file__).parents[2] / "layers"


@pytest.mark.parametrize("layer_id", sorted(p.stem for p in LAYERS.glob("*.toml")))
def test_layers_have_a_short_name(layer_id: str) -> None:
    assert has_text(f"values.layer.{layer_id}")


def test_states_have_names() -> None:
    assert all(has_text(f"values.evac_status.{status}") for status in STATUSES)
    roles = [
        v
        for k, v in vars(sites).items()
        if k.isupper() and isinstance(v, str) and v not in ("site", "building")
    ]
    assert len(roles) == 14
    assert all(has_text(f"values.site_role.{role}") for role in roles)
    assert all(has_text(f"values.travel_method.{method}") for method in (ways.NETWORK, ways.TERRAIN))


def test_columns_of_results_have_headings() -> None:
    known = {*canonical_columns(), "geometry"}
    results = [
        test_evacuation.run(), test_exposure.run(), test_tourism.run("岬", "中央"), test_isolation.run(),
        test_difficult.beach(compare_rules=True), test_comparison.run("vertical=false"),
        test_sensitivity.run(), test_conflict.run(within_m=50), test_capacity.run(), test_profile.run(),
        test_siting_analysis.run(), test_catchment.run(), test_corridor.run(), test_itinerary.plan(),
        test_tour_safety.run(),
    ]  # fmt: skip
    for result in results:
        tables = [t for k, t in result.tables.items() if k != "matrix"]  # headed by the names of origins
        for frame in [*result.features.values(), *tables]:
            for column in set(frame.columns) - known - {"what", "reason", "count"}:
                assert heading(str(column)) != column, (result.name, column)
    assert {r.name for r in results} | {"overview"} == set(ANALYSES)
