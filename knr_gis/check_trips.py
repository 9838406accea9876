"""What an officer must correct in the tables that trips are planned with."""

import re
from collections.abc import Callable, Iterable, Iterator
from math import isnan

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.seasons import month_day, seasons_of
from knr_gis.analyses.tourism.calendar import guide_needed, minutes_of, opening_of
from knr_gis.analyses.tourism.closures import RoadRule, road_rules
from knr_gis.analyses.tourism.railway import station_key
from knr_gis.crs import JGD2011
from knr_gis.findings import Finding, Severity
from knr_gis.schema import column_title
from knr_gis.texts import say
from knr_gis.values import normal_text, to_number

Frames = dict[str, gpd.GeoDataFrame]
TIMED = ("tourism_spots", "lodging", "service_points", "train_legs")
SERVICES = ("fuel", "toilet", "food", "shop", "visitor_info", "ev_charger", "water")
_UNCONFIRMED = ("", "要確認", "未確認")
_CLOCKS = {
    "tourism_spots": ("opens", "closes"), "service_points": ("opens", "closes"),
    "lodging": ("check_in", "check_in_until", "check_out"), "train_legs": ("departs", "arrives"),
}  # fmt: skip
_ALL_DAY_COLUMN = "opens"
_YEAR = re.compile(r"\d{4}\D")


def check_trips(frames: Frames) -> list[Finding]:
    """Return every finding about places, services, rules of the road and trains; absent layers have none."""
    checks: Iterable[Iterable[Finding]] = (
        *(check(frames[i], i) for i in TIMED if i in frames for check in _TIMED_CHECKS),
        check_caps(frames["tourism_spots"]) if "tourism_spots" in frames else (),
        check_services(frames["service_points"]) if "service_points" in frames else (),
        check_rules(frames["road_rules"]) if "road_rules" in frames else (),
        check_trains(frames["train_legs"], frames.get("stations")) if "train_legs" in frames else (),
        *(check_confirmed(frames[i], i) for i in (*TIMED, "road_rules") if i in frames),
    )
    return [finding for found in checks for finding in found]


def check_months(frame: gpd.GeoDataFrame, layer_id: str) -> Iterator[Finding]:
    """Yield the rows whose months cannot be read, and one finding that counts those without any."""
    written = _texts(frame, "months_open")
    for place, text in enumerate(written):
        if text and seasons_of(text) is None:
            yield _finding("months_unread", frame, place, layer_id=layer_id, written=text)
    if (blank := written.count("")) and layer_id != "train_legs":
        yield Finding("months_blank", layer_id, "info", values={"count": blank})


def check_clocks(frame: gpd.GeoDataFrame, layer_id: str) -> Iterator[Finding]:
    """Yield the times that cannot be read and those in the wrong order."""
    for column in _CLOCKS[layer_id]:
        for place, text in enumerate(_texts(frame, column)):
            opening = opening_of({_ALL_DAY_COLUMN: text})
            is_all_day = column == _ALL_DAY_COLUMN and not opening.unknown & {"opens"}
            if text and isnan(minutes_of(text)) and not is_all_day:
                yield _unread(frame, place, layer_id=layer_id, column=column, written=text)
    first, last = _CLOCKS[layer_id][:2]
    pairs = zip(_texts(frame, first), _texts(frame, last), strict=True)
    for place, (begins, ends) in enumerate(pairs):
        if minutes_of(ends) <= minutes_of(begins):
            yield _finding(
                "hours_backwards", frame, place, layer_id=layer_id, first=column_title(first),
                begins=begins, last=column_title(last), ends=ends,
            )  # fmt: skip


def check_days_off(frame: gpd.GeoDataFrame, layer_id: str) -> Iterator[Finding]:
    """Yield the weekdays and days off, and the guide duties, that cannot be read."""
    for column in ("closed_weekdays", "closed_dates"):
        for place, text in enumerate(_texts(frame, column)):
            if column in opening_of({column: text}).unknown:
                yield _unread(frame, place, layer_id=layer_id, column=column, written=text)
    for place, text in enumerate(_texts(frame, "guide_duty")):
        if text and seasons_of(text) is None and guide_needed(text, None) is None:
            yield _unread(frame, place, layer_id=layer_id, column="guide_duty", written=text)


_TIMED_CHECKS: tuple[Callable[[gpd.GeoDataFrame, str], Iterator[Finding]], ...] = (
    check_months, check_clocks, check_days_off,
)  # fmt: skip


def check_caps(spots: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Yield the places whose cap by the hour exceeds that of the day."""
    hours, days = ([to_number(text) for text in _texts(spots, c)] for c in ("hourly_cap", "daily_cap"))
    for place, (hour, day) in enumerate(zip(hours, days, strict=True)):
        if hour > day:
            yield _finding(
                "caps_contradict",
                spots,
                place,
                layer_id="tourism_spots",
                hourly=f"{hour:g}",
                daily=f"{day:g}",
            )


def check_services(services: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Yield the services of a kind that is none of ours."""
    for place, text in enumerate(_texts(services, "service_kind")):
        if text not in SERVICES:
            yield _unread(services, place, layer_id="service_points", column="service_kind", written=text)


def check_rules(frame: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Yield the rules without dates, with cells that cannot be read, and those that share a number."""
    for place, rule in enumerate(road_rules(frame)):
        for column in sorted(rule.unknown):
            text = _texts(frame, column)[place]
            code = "rule_unread" if text else "rule_blank"
            yield _finding(
                code, frame, place, layer_id="road_rules", severity="error",
                column=column_title(column), written=text, effect=_effect(rule, column),
            )  # fmt: skip
    yield from _passed_over_years(frame)
    ids = pd.Series(_texts(frame, "rule_id"))
    for again in np.flatnonzero((ids != "") & ids.duplicated()):
        yield _finding("rule_id_repeated", frame, int(again), layer_id="road_rules", id=ids[again])


def _passed_over_years(frame: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Yield the dates with a year in rows that state none: they are taken to be of every year."""
    years = _texts(frame, "year")
    for column in ("from_date", "to_date"):
        for place, text in enumerate(_texts(frame, column)):
            if _YEAR.match(text) and month_day(text) and not years[place]:
                yield _finding(
                    "rule_every_year", frame, place, layer_id="road_rules", column=column_title(column),
                    written=text, day="-".join(f"{n:02}" for n in month_day(text) or ()), year=text[:4],
                )  # fmt: skip


def _effect(rule: RoadRule, column: str) -> str:
    """Return how a rule with an unknown cell is taken until the cell is mended."""
    if column == "rule_kind":
        return say("check.effect_caution")
    if column.endswith("_hour"):
        return say("check.effect_all_day")
    return say("check.effect_always" if rule.kind == "closed" else "check.effect_all_year")


def check_trains(trains: gpd.GeoDataFrame, stations: gpd.GeoDataFrame | None) -> Iterator[Finding]:
    """Yield the rides without a time, and from or to a station that the stations do not know."""
    known = None if stations is None else {station_key(name) for name in _texts(stations, "name")}
    for column in ("from_station", "to_station"):
        for place, text in enumerate(_texts(trains, column)):
            if known is not None and station_key(text) not in known:
                yield _finding(
                    "station_unknown", trains, place, layer_id="train_legs", severity="error",
                    column=column_title(column), written=text or say("read_table.blank"),
                )  # fmt: skip
    for column in ("departs", "arrives"):
        for place, text in enumerate(_texts(trains, column)):
            if not text:
                yield _finding(
                    "time_blank", trains, place, layer_id="train_legs", column=column_title(column)
                )


def check_confirmed(frame: gpd.GeoDataFrame, layer_id: str) -> Iterator[Finding]:
    """Yield one finding that counts the rows that nobody has confirmed."""
    count = sum(text in _UNCONFIRMED for text in _texts(frame, "confirmed_on"))
    if count:
        yield Finding("unconfirmed", layer_id, "info", values={"count": count, "total": len(frame)})


def _unread(frame: gpd.GeoDataFrame, place: int, *, layer_id: str, column: str, written: str) -> Finding:
    """Return the finding of a cell that cannot be read, with how to write it."""
    return _finding(
        "cell_unread", frame, place, layer_id=layer_id, column=column_title(column),
        written=written or say("read_table.blank"), example=say(f"check.example_{column}"),
    )  # fmt: skip


def _finding(
    code: str, frame: gpd.GeoDataFrame, place: int, *, layer_id: str, severity: Severity = "warning",
    **values: object,
) -> Finding:  # fmt: skip
    """Return a finding about one row, with its name and, where it has one, its position in degrees."""
    row = frame.iloc[place]
    x, y = _position(frame, place)
    muni = normal_text(row.get("muni_code"))
    return Finding(code, layer_id, severity, _title(row), muni, values=dict(values), x=x, y=y)


def _title(row: pd.Series) -> str:
    """Return what to call a row: its name, or of a ride its stations and time."""
    if "from_station" not in row:
        return normal_text(row.get("name"))
    start, end, departs = (normal_text(row.get(c)) for c in ("from_station", "to_station", "departs"))
    return f"{start}→{end} {departs}".strip()


def _position(frame: gpd.GeoDataFrame, place: int) -> tuple[float | None, float | None]:
    one = frame.geometry.iloc[[place]]
    if one.isna().any() or one.is_empty.any() or frame.crs is None:
        return None, None
    at = one.representative_point().to_crs(JGD2011).iloc[0]
    return round(float(at.x), 6), round(float(at.y), 6)


def _texts(frame: pd.DataFrame, column: str) -> list[str]:
    """Return a column as plain text, blank where it is unknown or not there."""
    return [normal_text(cell) for cell in frame[column]] if column in frame else [""] * len(frame)
