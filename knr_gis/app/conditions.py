"""The scenario values of a map as fields of a form."""

import inspect
import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from knr_gis.analyses.evacuation.scenario import definitions
from knr_gis.assumptions import all_assumptions
from knr_gis.errors import SettingsError
from knr_gis.maps import MapPreset, arguments_of, choices_of
from knr_gis.texts import has_text, say
from knr_gis.values import normal_text

Kind = Literal["number", "flag", "names", "choice", "text"]
Options = Mapping[str, dict[str, str]]
# With more values than this they are shown in groups.
_MOST_UNGROUPED = 10


@dataclass
class Condition:
    """
    One field of the form.

    Parameters
    ----------
    kind
        ``number``, ``flag`` (yes or no), ``names`` (a list), ``choice`` (one of ``options``) or ``text``.
    default
        As the field shows it: text for a number, bool for a flag, list for names.
    source
        Where the default is from; empty where it is no planning number.
    verified
        False is marked 要確認.
    options
        Value to label of what can be chosen; empty where it is typed.
    otherwise
        What holds while the field is left blank and no choice (rule, season, walker ...) says otherwise;
        None where the field does not follow the choices.
    value
        What the field holds now, in the form of ``default``.
    """

    key: str
    label: str
    kind: Kind
    default: Any
    unit: str = ""
    source: str = ""
    verified: bool = True
    options: dict[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    value: Any = None

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Go back to the default."""
        self.value = list(self.default) if isinstance(self.default, list) else self.default

    @property
    def changed(self) -> bool:
        """Tell whether the officer chose something else than the default."""
        return pair_of(self) != ""


def conditions_of(preset: MapPreset, options: Options | None = None) -> list[Condition]:
    """
    Return a field for each scenario value of a map, with its default and where that comes from.

    Parameters
    ----------
    options
        What can be chosen for a scenario value, by its key: value to label.
    """
    arguments = arguments_of(preset.analysis)
    keys = [key for key in arguments if key not in preset.inputs]
    shown = [key for key in keys if key in all_assumptions() or has_text(f"params.{key}")]
    return [_condition(key, preset, (options or {}).get(key, {})) for key in shown]


def _condition(key: str, preset: MapPreset, options: dict[str, str]) -> Condition:
    known, own = all_assumptions().get(key), key in preset.params
    argument = arguments_of(preset.analysis)[key]
    kind = kind_of(argument, options)
    value = preset.params.get(key, known.value if known else argument.default)
    source = " ".join(filter(None, (known.source, known.note))) if known else ""
    follows = key in _following(preset) and not own
    return Condition(
        key,
        known.ja if known else say(f"params.{key}"),
        kind,
        "" if follows else _as_field(value, kind),
        unit=known.unit if known else "",
        source=say("product.set_by_preset") if own else source,
        verified=known is None or (known.verified and not own),
        options=options,
        otherwise=_in_words(value, kind, options) if follows else None,
    )


def _following(preset: MapPreset) -> set[str]:
    """Return the values that a rule, season, time of day or walker may set, where the map has these."""
    if "rule" not in arguments_of(preset.analysis):
        return set()
    return {key for names in definitions().values() for keys in names.values() for key in keys}


def _in_words(value: Any, kind: Kind, options: dict[str, str]) -> str:
    if kind == "flag":
        return say("app.yes" if value else "app.no")
    text = str(_as_field(value, kind))
    return options.get(text, text) or say("app.nothing")


@cache
def _groups() -> dict[str, list[str]]:
    text = Path(__file__).with_name("condition_groups.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def grouped(conditions: list[Condition]) -> dict[str, list[Condition]]:
    """
    Return the fields by group, in the order in which an officer needs them.

    What belongs to no group, and all of a short form, stands first under the empty name.
    """
    if len(conditions) <= _MOST_UNGROUPED:
        return {"": conditions}
    known = {condition.key: condition for condition in conditions}
    groups = {name: [known[k] for k in keys if k in known] for name, keys in _groups().items()}
    placed = {condition.key for members in groups.values() for condition in members}
    own = [condition for condition in conditions if condition.key not in placed]
    return {name: members for name, members in {"": own, **groups}.items() if members}


def kind_of(argument: inspect.Parameter, options: dict[str, str]) -> Kind:
    """Return the kind of field that an argument of an analysis asks for: its annotation decides."""
    annotation = str(argument.annotation)
    if choices_of(argument):
        return "choice"
    if "list[" in annotation:
        return "names"
    if "bool" in annotation:
        return "flag"
    if "float" in annotation or "int" in annotation:
        return "number"
    return "choice" if options else "text"


def _as_field(value: Any, kind: Kind) -> Any:
    if kind == "flag":
        return bool(value)
    if kind == "names":
        return [str(part) for part in value or ()]
    if value is None:
        return ""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def pairs_of(conditions: list[Condition]) -> tuple[str, ...]:
    """
    Return ``key=value`` of ``--set`` for each field that differs from its default.

    Raises
    ------
    SettingsError
        If a number is not one; the sentence names the field as the form does.
    """
    return tuple(pair for condition in conditions if (pair := pair_of(condition)))


def pair_of(condition: Condition) -> str:
    """Return ``key=value`` in TOML, or nothing where the field holds its default or is blank."""
    if condition.kind == "number":
        return _number_pair(condition)
    if condition.kind == "names":
        names = [str(name).strip() for name in condition.value or () if str(name).strip()]
        text = json.dumps(names, ensure_ascii=False)  # an array of strings is the same in TOML
        return "" if names == condition.default else f"{condition.key}={text}"
    if condition.kind == "flag":
        same = condition.value in (None, "") or condition.value == condition.default
        return "" if same else f"{condition.key}={str(bool(condition.value)).lower()}"
    text = str(condition.value or "").strip()
    return "" if text in ("", condition.default) else f"{condition.key}={text}"


def _number_pair(condition: Condition) -> str:
    text = normal_text(condition.value).replace(",", "")
    if not text:
        return ""
    number = _number(text)
    if number is None:
        raise SettingsError("app.not_a_number", label=condition.label, text=condition.value)
    is_default = condition.default != "" and number == _number(condition.default)
    return "" if is_default else f"{condition.key}={number!r}"


def _number(text: str) -> float | None:
    """Return a finite number, or None; ``float`` would also take ``1_0``, which no officer means."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None
