"""The accounts: everybody in the zone has exactly one outcome, by municipality, depth class and age."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from knr_gis.analyses.accounts import Row, require_same
from knr_gis.analyses.capacity.party import Party
from knr_gis.analyses.capacity.placing import (
    FULL,
    HERE,
    LEFT_ZONE,
    NOT_EVALUATED,
    OUTCOMES,
    PLACED,
    STATES,
    UNKNOWN,
    Outcome,
)
from knr_gis.analyses.evacuation.coverage import Places, places_of, share_rows
from knr_gis.analyses.evacuation.race import LATE, REACHED
from knr_gis.analyses.evacuation.ways import NO_ROUTE
from knr_gis.analyses.inputs import Numbers
from knr_gis.analyses.people import AGE_COLUMNS, people_accounts
from knr_gis.schema import column_title

PERSONS, AGE_UNKNOWN = "persons", "age_unknown"
_THREE_AGES = AGE_COLUMNS[:3]
# What the race calls each outcome: the two must tell the same persons.
_RACE = {
    REACHED: (*PLACED, LEFT_ZONE, HERE, FULL, UNKNOWN),
    LATE: (LATE,),
    NO_ROUTE: (NO_ROUTE,),
    **{key: (key,) for key in NOT_EVALUATED},
}


@dataclass(frozen=True)
class Account:
    """
    Persons of one party by outcome.

    Parameters
    ----------
    tables
        By age group (``persons``: all) and outcome, each of shape (municipalities, classes).
    """

    party: Party
    outcome: Outcome
    tables: dict[str, dict[str, Numbers]]

    def sums(self, group: str, outcomes: tuple[str, ...]) -> Numbers:
        """Return some outcomes added up, shape (municipalities, classes)."""
        parts = [self.tables[group][key] for key in outcomes]
        return np.asarray(np.sum(parts, axis=0), dtype=float)


def make_account(party: Party, outcome: Outcome) -> Account:
    """
    Return the persons by outcome, municipality, depth class and age group.

    Within an origin every age group has the same share of each outcome.

    Raises
    ------
    AnalysisError
        If the outcomes of any age group in any municipality and depth class do not add up to those in
        the zone (of mesh cells measured independently of the origins), or do not agree with the race.
    """
    inundation, judged = party.run.inundation, party.run.judged
    tables = {
        group: {key: inundation.sums_of(judged, share * outcome.persons[key]) for key in OUTCOMES}
        for group, share in _shares(party).items()
    }
    account = Account(party, outcome, tables)
    for group, whole in _whole(party).items():
        require_same(account.sums(group, OUTCOMES), whole, column_title(group), inundation.names)
    _require_race(account)
    return account


def _shares(party: Party) -> dict[str, Numbers]:
    """Return the share of each age group in each origin, shape (n,) each; that of all persons is 1."""
    persons = np.nan_to_num(party.persons)
    shares = {PERSONS: np.ones(len(persons))}
    for group, amount in _ages(party).items():
        shares[group] = np.divide(amount, persons, out=np.zeros(len(persons)), where=persons > 0)
    return shares


def _ages(party: Party) -> dict[str, Numbers]:
    """Return persons by age group, shape (n,) each, and those of whom not all ages are known."""
    ages, judged = party.run.origins.ages, party.run.judged
    if not ages:
        return {}
    known = {age: judged[age].to_numpy(float) for age in ages}
    unknown = np.any([np.isnan(known.get(age, np.full(len(judged), np.nan))) for age in _THREE_AGES], axis=0)
    amounts = {age: np.nan_to_num(amount) for age, amount in known.items()}
    return {**amounts, AGE_UNKNOWN: np.where(unknown, np.nan_to_num(party.persons), 0.0)}


def _whole(party: Party) -> dict[str, Numbers]:
    """Return the persons in the zone by age group, each (municipalities, classes)."""
    inundation, judged, people = party.run.inundation, party.run.judged, party.run.origins.people
    amounts = {PERSONS: np.nan_to_num(party.persons), **_ages(party)}
    if people is None:
        return {group: inundation.sums_of(judged, amount) for group, amount in amounts.items()}
    measured = {account.measure: account.inside for account in people_accounts(people, inundation)}
    names = {AGE_UNKNOWN: "persons_age_unknown"}
    return {group: measured[names.get(group, group)] for group in amounts}


def _require_race(account: Account) -> None:
    """
    Raise AnalysisError unless the outcomes tell the same persons as the race to the nearest safety.

    With a limit of the walk, the race looks at the nearest goal only; here a farther one may be on a
    shorter way, so that more may be in time.
    """
    if account.party.run.plan.scenario.walk_limit_m is not None:
        return
    judged, persons = account.party.run.judged, np.nan_to_num(account.party.persons)
    status, inundation = judged["evac_status"].to_numpy(object), account.party.run.inundation
    for key, outcomes in _RACE.items():
        told = inundation.sums_of(judged, np.where(status == key, persons, 0.0))
        require_same(account.sums(PERSONS, outcomes), told, key, inundation.names)


def account_rows(account: Account, prefix: str = "cap") -> list[Row]:
    """Return persons by outcome, depth class and age, shares, and origins by the worst of theirs."""
    run, party = account.party.run, account.party
    places = places_of(run.judged, run.inundation)
    rows = _origin_rows(account, places, prefix)
    if np.isnan(party.persons).all() and len(party):
        return rows
    known = places.knowing(run.judged, party.persons)
    shown = {"placed": PLACED, **{key: (key,) for key in OUTCOMES if key not in NOT_EVALUATED}}
    shown |= {"not_evaluated": NOT_EVALUATED, **{key: (key,) for key in NOT_EVALUATED}, "all": OUTCOMES}
    for key, outcomes in shown.items():
        rows += known.rows(account.sums(PERSONS, outcomes), f"{prefix}_persons_{key}", "人")
    placed, whole = account.sums(PERSONS, PLACED), account.sums(PERSONS, OUTCOMES)
    rows += share_rows(placed, whole, known, f"{prefix}_persons_placed")
    for group in account.tables:
        rows += [] if group == PERSONS else _age_rows(account, group, shown, prefix)
    return rows


def _origin_rows(account: Account, places: Places, prefix: str) -> list[Row]:
    """Return the origins by the worst that becomes of their persons; the states add up to all origins."""
    judged, inundation = account.party.run.judged, account.party.run.inundation
    ones = np.ones(len(judged))
    tables = {key: inundation.sums_of(judged, ones * (account.outcome.state == key)) for key in STATES}
    whole = inundation.sums_of(judged, ones)
    require_same(sum(tables.values(), np.zeros_like(whole)), whole, f"{prefix}_origins", inundation.names)
    tables["all"] = whole
    return [
        row for key, table in tables.items() for row in places.rows(table, f"{prefix}_origins_{key}", "件")
    ]


def _age_rows(account: Account, group: str, shown: dict[str, tuple[str, ...]], prefix: str) -> list[Row]:
    """Return the persons of one age group by outcome and municipality; the group is the age."""
    run = account.party.run
    places = places_of(run.judged, run.inundation)
    if group != AGE_UNKNOWN:
        places = places.knowing(run.judged, run.judged[group].to_numpy(float))
    rows: list[Row] = []
    for key, outcomes in shown.items():
        sums = account.sums(group, outcomes).sum(axis=1)
        rows += places.line(sums, f"{prefix}_by_age_{key}", "人", column_title(group))
    return rows


def account_table(account: Account) -> pd.DataFrame:
    """Return the whole account: a row for each municipality, depth class and age group with anybody in it."""
    inundation = account.party.run.inundation
    rows = []
    for group in account.tables:
        whole = account.sums(group, OUTCOMES)
        for muni, depth in zip(*np.nonzero(whole), strict=True):
            figures = {f"{key}_persons": account.tables[group][key][muni, depth] for key in OUTCOMES}
            rows.append({
                "municipality": inundation.names[muni], "muni_code": inundation.codes[muni],
                "depth_class": inundation.classes[depth], "age_group": group,
                "all_persons": whole[muni, depth], **figures, "_at": (muni, depth),
            })  # fmt: skip
    columns = ["municipality", "muni_code", "depth_class", "age_group", "all_persons",
               *(f"{key}_persons" for key in OUTCOMES)]  # fmt: skip
    ordered = sorted(rows, key=lambda row: row["_at"])
    return pd.DataFrame([{c: row[c] for c in columns} for row in ordered], columns=columns)
