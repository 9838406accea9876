"""Sentences for people, kept in ``texts/<language>/<room>.toml`` and never in logic."""

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("ja", "en")
_FOLDER = Path(__file__).parent / "texts"
_spoken: ContextVar[str] = ContextVar("_spoken", default="")


@cache
def _sentences(language: str) -> dict[str, str]:
    """Return every sentence of a language as ``{"room.key": sentence}``."""
    sentences: dict[str, str] = {}
    for path in sorted((_FOLDER / language).glob("*.toml")):
        sentences |= _flatten(tomllib.loads(path.read_text(encoding="utf-8")), path.stem)
    return sentences


def _flatten(table: dict[str, object], prefix: str) -> dict[str, str]:
    """Turn nested tables into dotted keys."""
    flat: dict[str, str] = {}
    for key, value in table.items():
        name = f"{prefix}.{key}"
        flat |= _flatten(value, name) if isinstance(value, dict) else {name: str(value)}
    return flat


def current_language() -> str:
    """Return the language of the run (``speaking``), else of the user: ``KNR_LANG`` or Japanese."""
    language = _spoken.get() or os.environ.get("KNR_LANG", "ja")
    return language if language in LANGUAGES else "ja"


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let all sentences be in a language while this lasts; ``""`` changes nothing."""
    token = _spoken.set(language or _spoken.get())
    try:
        yield
    finally:
        _spoken.reset(token)


def in_words(ja: str, en: str) -> str:
    """Return the one of two texts that is in the language of the run; Japanese where there is no English."""
    return en if en and current_language() == "en" else ja


def has_text(key: str, *, language: str = "ja") -> bool:
    """Tell whether a sentence exists."""
    return key in _sentences(language)


def say(key: str, /, *, language: str | None = None, **values: Any) -> str:
    """
    Return the sentence of ``key`` with its values filled in.

    Parameters
    ----------
    key
        ``"room.key"``: ``room`` is the name of a file in ``texts/<language>/``.
    language
        ``"ja"`` or ``"en"``; the user's language if None. English falls back to Japanese.
    values
        What the placeholders of the sentence stand for.

    Raises
    ------
    KeyError
        If no sentence has this key: a defect of the program, not of the user.
    """
    wanted = language or current_language()
    sentence = _sentences(wanted).get(key) or _sentences("ja")[key]
    return sentence.format(**values)
