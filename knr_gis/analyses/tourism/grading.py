"""How hard a day is on two scales at once, computed from kilometres, ascent and hours: reference values."""

import math
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from knr_gis.result import Basis, Blank

GRADES = (
    "course_constant", "stamina_grade", "effort_km", "effort_class", "climb_m_per_km", "climb_class",
)  # fmt: skip
CLASSES = ("low", "middle", "high", "highest")
_METRES = 1000.0
Cell = float | int | str | Blank


@cache
def scales() -> dict[str, dict[str, Any]]:
    """Return the formulas and classes of ``gradings.toml``."""
    return tomllib.loads(Path(__file__).with_name("gradings.toml").read_text(encoding="utf-8"))


def course_constant(*, hours: float, km: float, ascent_m: float, descent_m: float) -> float:
    """
    Return the load of a walk for each kilogram carried (コース定数, Yamamoto); NaN where a part is unknown.

    Source: ``gradings.toml``.
    """
    scale = scales()["stamina"]
    up, down = ascent_m / _METRES, descent_m / _METRES
    return float(
        scale["per_hour"] * hours
        + scale["per_km"] * km
        + scale["per_km_up"] * up
        + scale["per_km_down"] * down
    )


def stamina_grade(constant: float) -> float:
    """Return the grade 1 to 10 of a course constant; NaN where it is unknown."""
    if math.isnan(constant):
        return math.nan
    scale = scales()["stamina"]
    return float(min(max(math.ceil(constant / scale["constant_per_grade"]), 1), scale["grades"]))


def effort_km(*, km: float, ascent_m: float) -> float:
    """Return the kilometres on level ground that a way is worth; NaN where a part is unknown."""
    return float(km + ascent_m / scales()["effort"]["metres_per_km"])


def class_of(scale: str, mode: str, value: float) -> str | None:
    """Return the class of a value on a scale: ``low`` to ``highest``; None where it is unknown."""
    if math.isnan(value):
        return None
    return CLASSES[sum(value >= bound for bound in scales()[scale][mode])]


def graded(mode: str, *, hours: float, km: float, ascent_m: float, descent_m: float) -> dict[str, Any]:
    """
    Return the grades of a way in one mode with the values that they hang on.

    Scales that do not ask about the mode (stamina of a ride, anything of a drive) are ``Blank.NOT_ASKED``.
    """
    constant = course_constant(hours=hours, km=km, ascent_m=ascent_m, descent_m=descent_m)
    effort = effort_km(km=km, ascent_m=ascent_m)
    climb = ascent_m / km if km > 0 else math.nan
    found: dict[str, dict[str, Any]] = {
        "stamina": {"course_constant": constant, "stamina_grade": stamina_grade(constant)},
        "effort": {"effort_km": effort, "effort_class": _asked("effort", mode, effort)},
        "climb": {"climb_m_per_km": climb, "climb_class": _asked("climb", mode, climb)},
    }
    return {
        column: value if mode in scales()[scale]["modes"] else Blank.NOT_ASKED
        for scale, columns in found.items()
        for column, value in columns.items()
    }


def _asked(scale: str, mode: str, value: float) -> str | None:
    return class_of(scale, mode, value) if mode in scales()[scale]["modes"] else None


def formulas(modes: set[str]) -> tuple[dict[str, str], dict[str, Basis]]:
    """Return the formulas that hold for some modes, and where they are from, by ``grading_<scale>``."""
    used = {name: scale for name, scale in scales().items() if modes & set(scale["modes"])}
    params = {f"grading_{name}": str(scale["formula"]) for name, scale in used.items()}
    basis = {
        f"grading_{name}": Basis(scale["source"], verified=scale["verified"]) for name, scale in used.items()
    }
    return params, basis
