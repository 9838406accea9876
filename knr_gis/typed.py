"""Values that a person typed, as the argument they are for expects them."""

from typing import Any, Literal, get_args, get_origin

from knr_gis.display import shown
from knr_gis.errors import SettingsError


def literal_choices(annotation: Any) -> tuple[str, ...]:
    """Return what a value may be where its annotation lists it (``Literal``), else nothing."""
    options = [annotation, *get_args(annotation)]
    return next((get_args(option) for option in options if get_origin(option) is Literal), ())


def fit_value(value: Any, annotation: Any, key: str, *, inside: str = "") -> Any:
    """
    Return a value as its annotation wants it: a text with commas is split where a list belongs.

    Parameters
    ----------
    inside
        What stands before the key on the command line: ``"against="``.

    Raises
    ------
    SettingsError
        If it is none of the choices, or a text where a number or a flag belongs.
    """
    kinds, choices = {annotation, *get_args(annotation)}, literal_choices(annotation)
    if choices:
        return require_value(str(value), choices, key, inside=inside)
    if "list[" in str(annotation) and isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if kinds & {float, int} and str not in kinds and isinstance(value, str | bool):
        raise SettingsError("maps.not_a_number", key=inside + key, value=value)
    if bool in kinds and not isinstance(value, bool):
        raise SettingsError("maps.not_a_flag", key=inside + key, value=value)
    return value


def require_value(value: str, choices: tuple[str, ...], key: str, *, inside: str = "") -> str:
    """Return a value that must be one of the choices, or raise SettingsError naming them."""
    if value in choices:
        return value
    known = "、".join(f"{choice}（{shown(key, choice)}）" for choice in choices)
    raise SettingsError("maps.not_a_choice", key=inside + key, value=value, known=known)
