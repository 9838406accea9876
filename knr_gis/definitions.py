"""Strict reading of definition files: an unknown or missing key names its file and the nearest key."""

import difflib
import tomllib
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from knr_gis.errors import DefinitionError

Table = dict[str, Any]


def nearest(word: str, choices: Iterable[str]) -> str:
    """Return the choice most like ``word``, or an empty string when none is near."""
    found = difflib.get_close_matches(word, list(choices), n=1, cutoff=0.5)
    return found[0] if found else ""


def read_toml(path: Path) -> Table:
    """Return a TOML file as a table; raise DefinitionError with file and line when it is broken."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DefinitionError("definitions.not_toml", file=path.name, reason=error) from error
    except OSError as error:
        raise DefinitionError("definitions.no_file", file=path, reason=error) from error


def toml_value(text: str) -> Any:
    """Return what a person typed as TOML reads it (``1.2``, ``true``, ``["a"]``); anything else is text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def require_keys(
    table: Table, where: str, *, required: Collection[str], optional: Collection[str] = ()
) -> None:
    """
    Raise DefinitionError unless the table has all required keys and no unknown one.

    Parameters
    ----------
    where
        File and section, for the message: ``"roads.toml [source]"``.
    """
    known = [*required, *optional]
    for key in table:
        if key not in known:
            hint = nearest(key, known) or ", ".join(sorted(known))
            raise DefinitionError("definitions.unknown_key", where=where, key=key, hint=hint)
    for key in required:
        if key not in table:
            hint = nearest(key, table) or "-"
            raise DefinitionError("definitions.missing_key", where=where, key=key, hint=hint)


def require_choice(value: object, choices: Collection[str], where: str, key: str) -> str:
    """Return ``value`` if it is one of the choices, else raise DefinitionError naming the nearest."""
    if isinstance(value, str) and value in choices:
        return value
    hint = nearest(str(value), choices) or ", ".join(sorted(choices))
    raise DefinitionError("definitions.bad_choice", where=where, key=key, value=value, hint=hint)
