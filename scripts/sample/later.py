"""People of later years and visitors by month, all of them invented from a few rounded numbers."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from sample.outline import Land
from sample.plane import SEED, Floats, read_facts, read_rows

AGES = ["age_0_14_persons", "age_15_64_persons", "age_65_plus_persons", "age_75_plus_persons"]
PARTS = AGES[:3]
TENS = -1


def project_towns() -> pd.DataFrame:
    """Return persons by age of each municipality and year in tens; the age groups sum to the persons."""
    facts = read_facts("later")
    rows = [
        _town_year(row, year, facts) for row in read_rows("municipal_population") for year in facts["years"]
    ]
    return pd.DataFrame(rows)


def _town_year(row: dict[str, str], year: int, facts: dict[str, Any]) -> dict[str, object]:
    first, last = facts["years"][0], facts["years"][-1]
    part = (year - first) / (last - first)
    persons = round(float(row["persons"]) * (1 - facts["loss"][row["muni_code"]] * part), TENS)
    young = round(persons * float(row["young"]) * (1 - (1 - facts["young_factor"]) * part), TENS)
    old = round(persons * (float(row["old"]) + facts["old_more"] * part), TENS)
    oldest = round(old * (float(row["very_old"]) + facts["very_old_more"] * part), TENS)
    counts = [persons, young, persons - young - old, old, oldest]
    figures = dict(zip(["persons", *AGES], map(int, counts), strict=True))
    return {"muni_code": row["muni_code"], "year": year, **figures}


def project_mesh(population: gpd.GeoDataFrame, land: Land) -> pd.DataFrame:
    """
    Return the cells of one later year; each municipality adds up to its projection, but for rounding.

    Parameters
    ----------
    population
        Cells of today; suppressed ones are left out.
    """
    year = read_facts("later")["mesh_year"]
    known = population.dropna(subset=["persons"]).reset_index(drop=True)
    towns = land.municipalities[["muni_code", "geometry"]]
    at = known.set_geometry(known.centroid)[["geometry"]].sjoin(towns, how="left")["muni_code"]
    totals = project_towns().query("year == @year").set_index("muni_code")
    uneven = np.random.default_rng(SEED + 900).normal(1, 0.06, len(known)).clip(0.8, 1.2)
    counts = {age: _scaled(known[age].to_numpy(float) * uneven, at, totals[age]) for age in AGES}
    ages = pd.DataFrame(counts)
    ages[AGES[3]] = np.minimum(ages[AGES[3]], ages[AGES[2]])
    persons = ages[PARTS].sum(axis=1).round(1)
    return pd.concat([known["mesh_code"].rename("KEY_CODE"), persons.rename("persons"), ages], axis=1).assign(
        year=year
    )


def _scaled(figures: Floats, towns: pd.Series, totals: pd.Series) -> Floats:
    """Return figures that add up to the total of each town, one decimal each."""
    sums = pd.Series(figures).groupby(towns.to_numpy()).transform("sum")
    scaled = figures * towns.map(totals).to_numpy(float) / sums.to_numpy()
    return np.asarray(np.round(scaled, 1))


def visitors(spots: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return visitors of the places in the months that they are open; some places have no figures."""
    facts = read_facts("visitors")
    told = [s for k, s in enumerate(spots.to_dict("records"), 1) if k % facts["without_figure"]]
    return pd.DataFrame([row for spot in told for row in _spot_months(spot, facts)])


def _spot_months(spot: dict[str, Any], facts: dict[str, Any]) -> list[dict[str, object]]:
    few, night = facts["few"], facts["night_share"].get(spot["theme"], 0.0)
    rows = []
    for month in sorted(int(text) for text in spot["months_open"].split(",")):
        present = few * max(1, round(facts["at_once"][spot["theme"]] * facts["month_share"][month - 1] / few))
        overnight = few * round(present * night / few)
        figures = {"month": month, "persons_present": present, "persons_night": overnight}
        rows.append({"name": spot["name"], **figures, **facts["words"]})
    return rows
