"""What the tags of OpenStreetMap say: who may pass a road, how wide it is, which way it runs."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from knr_gis.values import to_number

Tags = Mapping[str, str]
MODES = ("walk", "cycle", "drive")
_MILE_KM = 1.609344
_FOOT_M = 0.3048


@cache
def _rules() -> dict[str, Any]:
    """Return the rules of ``osm_access.toml``; that file says what each of them means."""
    return tomllib.loads(Path(__file__).with_name("osm_access.toml").read_text(encoding="utf-8"))


@cache
def layer_filters() -> dict[str, dict[str, Any]]:
    """Return, by layer id, which objects belong to a layer (``osm_layers.toml``)."""
    return tomllib.loads(Path(__file__).with_name("osm_layers.toml").read_text(encoding="utf-8"))


def belongs(tags: Tags, layer_id: str) -> bool:
    """Tell whether an object with these tags is part of a layer."""
    rule = layer_filters()[layer_id]
    value = tags.get(rule["key"])
    if value is None or value in rule.get("without", ()):
        return False
    return "only" not in rule or value in rule["only"]


def may_pass(tags: Tags, mode: str) -> bool | None:
    """
    Tell whether a mode may use a road; None where the tags do not say.

    Parameters
    ----------
    mode
        ``"walk"``, ``"cycle"`` or ``"drive"``.

    Notes
    -----
    The order of decision stands at the head of ``osm_access.toml``.
    """
    usual = _usual(tags, mode)
    if usual == "never":
        return False
    rule = _rules()["modes"][mode]
    for key in rule["own"]:
        if tags.get(key) in rule["closing"]:
            return False
        if tags.get(key) in _rules()["opening"]["values"]:
            return True
    if any(tags.get(key) in rule["closing"] for key in rule["general"]):
        return False
    return {"yes": True, "no": False}.get(usual)


def _usual(tags: Tags, mode: str) -> str:
    """Return what the class alone says: ``yes``, ``no``, ``never`` or ``unknown``."""
    motorroad = _rules()["motorroad"]
    if tags.get(motorroad["key"]) in motorroad["values"] and mode in motorroad["never"]:
        return "never"
    return str(_rules()["classes"].get(tags["highway"], {}).get(mode, "unknown"))


def is_drawn_backwards(tags: Tags) -> bool:
    """Tell whether traffic runs against the drawn direction (``oneway=-1``)."""
    return tags.get("oneway") in _rules()["oneway"]["backward"]


def one_way(tags: Tags) -> bool | None:
    """Tell whether cars may go in one direction only; None where it changes with time."""
    rule, value = _rules()["oneway"], tags.get("oneway")
    if value in rule["unknown"]:
        return None
    if value in (*rule["forward"], *rule["backward"]):
        return True
    implied = tags["highway"] in rule["implied_classes"] or tags.get("junction") in rule["implied_junctions"]
    return value is None and implied


def one_way_cycle(tags: Tags) -> bool | None:
    """Tell whether bicycles may go in one direction only (自転車を除く lifts it)."""
    value = tags.get("oneway:bicycle")
    if value in _rules()["oneway"]["forward"]:
        return True
    if value == "no" or tags.get("cycleway", "").startswith("opposite"):
        return False
    return one_way(tags)


def metres(text: str | None) -> float:
    """Return a width or height in metres (``"3.5"``, ``"3,5 m"``, ``"12'"``); NaN when unreadable."""
    if not text:
        return float("nan")
    found = re.fullmatch(r"\s*(\d+(?:[.,]\d+)?)\s*(m|'|ft)?\s*", text)
    if found is None:
        return float("nan")
    number = float(found[1].replace(",", "."))
    return number * _FOOT_M if found[2] in ("'", "ft") else number


def kilometres_per_hour(text: str | None) -> float:
    """Return a speed limit in km/h; NaN for signs without a number (``"JP:urban"``)."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(mph|km/h)?\s*", text or "")
    if found is None:
        return float("nan")
    return float(found[1]) * (_MILE_KM if found[2] == "mph" else 1.0)


def access_note(tags: Tags) -> str | None:
    """Return seasonal and conditional restrictions as they are tagged, or None."""
    keys = _rules()["note"]["keys"]
    told = [f"{key}={value}" for key, value in sorted(tags.items()) if key in keys]
    return "; ".join(told) or None


def road_columns(tags: Tags) -> dict[str, Any]:
    """Return the canonical columns of a road."""
    absent = _rules()["absent"]
    return {
        "road_name": tags.get("name") or tags.get("ref"),
        "road_class": _road_class(tags),
        "width_m": metres(tags.get("width") or tags.get("est_width")),
        "bridge": "bridge" in tags and tags["bridge"] not in absent["bridge"],
        "tunnel": "tunnel" in tags and tags["tunnel"] not in absent["tunnel"],
        "stairs": tags["highway"] == "steps",
        **{mode: may_pass(tags, mode) for mode in MODES},
        "oneway": one_way(tags),
        "oneway_cycle": one_way_cycle(tags),
        "speed_kmh": kilometres_per_hour(tags.get("maxspeed")),
        "surface": tags.get("surface"),
        "construction": tags["highway"] == "construction",
        "access_note": access_note(tags),
    }


def _road_class(tags: Tags) -> str:
    """Return the class; a road under construction has the class it is going to have."""
    future = tags.get("construction", "")
    return future if tags["highway"] == "construction" and future not in ("", "yes") else tags["highway"]


def plain_columns(tags: Tags, layer_id: str) -> dict[str, Any]:
    """Return the canonical columns of any other layer, as ``osm_layers.toml`` lists them."""
    wanted = layer_filters()[layer_id]["columns"]
    found: dict[str, Any] = {ours: _first(tags, theirs) for ours, theirs in wanted.items()}
    if "height_m" in found:
        found["height_m"] = metres(found["height_m"])
    if "storeys" in found:
        found["storeys"] = to_number(found["storeys"])
    return found


def _first(tags: Tags, keys: list[str]) -> str | None:
    return next((tags[key] for key in keys if tags.get(key)), None)
