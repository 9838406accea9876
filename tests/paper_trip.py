"""A trip of two days that can be checked with a pencil, laid out as the tourism analyses lay theirs out."""

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import paper_town
from shapely.geometry import LineString, Point

from knr_gis.product import Product, ProductLayer
from knr_gis.result import Blank, Result
from knr_gis.style import Style

_ = Blank.NOT_ASKED
CORNERS = [(0, 0), (0, 4_000), (3_000, 4_000), (3_000, 9_000), (8_000, 9_000)]
NAMES = ["釧路駅", "厚岸, の; 牡蠣\\小屋", "霧多布の宿", "根室"]


def legs() -> gpd.GeoDataFrame:
    """Day 1: two legs (4 and 3 km); day 2: one of 5 km and one without a way."""
    lines = [LineString([(x, y - 120_000) for x, y in CORNERS[k : k + 2]]) for k in range(3)]
    ends = [*NAMES, "納沙布岬"]
    return paper_town.frame(
        {
            "day": [1, 1, 2, 2], "stop_number": [1, 2, 3, 4],
            "leg": [f"{k + 1} {ends[k]}→{ends[k + 1]}" for k in range(4)],
            "leg_mode": ["drive", "drive", "cycle", "drive"], "from_name": ends[:4], "to_name": ends[1:],
            "leg_status": ["reached", "reached", "reached", "disconnected"],
            "depart": ["09:00", "11:30", "08:30", ""], "arrive": ["09:30", "12:00", "10:00", ""],
            "leg_km": [4.0, 3.0, 5.0, None], "leg_min": [30.0, 30.0, 90.0, None],
            "closed_rules": ["知床横断道路", "", "", ""],
        },
        [*lines, None],
    )  # fmt: skip


def stops() -> gpd.GeoDataFrame:
    shapes = [Point(x, y - 120_000) for x, y in CORNERS[:4]]
    return paper_town.frame(
        {"stop_number": [1, 2, 3, 4], "name": NAMES, "kind": ["station", "spot", "lodging", "station"],
         "stop_label": [f"{k} {name}" for k, name in enumerate(NAMES, 1)], "day": [1, 1, 1, 2]},
        shapes,
    )  # fmt: skip


def timetable(*dates: str) -> pd.DataFrame:
    first, second = dates or ("2026-10-12", "2026-10-13")
    return pd.DataFrame(
        [
            (1, first, 1, NAMES[0], _, _, _, "09:00", _),
            (1, first, 2, NAMES[1], "09:30", 0.0, 120.0, "11:30", "met"),
            (1, first, 3, NAMES[2], "12:00", 0.0, _, _, _),
            (2, second, 3, NAMES[2], _, _, _, "08:30", _),
            (2, second, 4, NAMES[3], "10:00", 0.0, 915.0, "25:15", "met_unknown"),
            (2, second, 5, "納沙布岬", "", float("nan"), float("nan"), _, "not_judged"),
        ],
        columns=[
            "day", "on_date", "stop_number", "name", "arrive", "wait_min", "visit_min", "leave",
            "visit_state",
        ],
    )  # fmt: skip


def result(*dates: str) -> Result:
    cues = pd.DataFrame(
        {
            "day": [1, 1, 2],
            "stop_number": [1, 1, 3],
            "cue_km": [0.0, 2.5, 0.0],
            "road_name": ["国道44号", "", "道道"],
        }
    )
    rules = pd.DataFrame({"name": ["霧多布湿原"], "rule_duty": ["permit"], "confirmed_on": ["2026-04-01"]})
    safety = pd.DataFrame({"day": [1, 2], "flee_min": [12.5, None]})
    whole = paper_town.product().result
    return replace(
        whole, name="tourism", features={"legs": legs().dropna(subset="geometry"), "stops": stops()},
        tables={
            "legs": pd.DataFrame(legs().drop(columns=["geometry", "leg"])),
            "days": pd.DataFrame({"day": [1, 2], "day_km": [7.0, None]}), "timetable": timetable(*dates),
            "stops": pd.DataFrame(stops().drop(columns="geometry")), "cues": cues, "rules": rules,
            "safety": safety,
        },
    )  # fmt: skip


def product(*dates: str) -> Product:
    found = result(*dates)
    styles = {"legs": Style("#0072b2", weight=4, opacity=0.95), "stops": Style("#d55e00", label="stop_label")}
    drawn = tuple(
        ProductLayer(
            f"result_{name}",
            f"行程 {name}",
            name,
            "tourism",
            frame,
            styles[name],
            (),
            "「道路」（国土交通省）",
        )
        for name, frame in found.features.items()
    )
    layers = (*paper_town.layers()[:2], *drawn)
    return paper_town.product(id="itinerary", title_ja="旅程", result=found, layers=layers)
