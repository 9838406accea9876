"""Texts of the page in Japanese and English: both stand in the file, the reader switches."""

import json
from typing import Any

from markupsafe import Markup, escape

from knr_gis.texts import has_text, say

Words = str | list[str]


def words(ja: str, en: str) -> Words:
    """Return a text in both languages: one string where they are the same, else Japanese and English."""
    return ja if ja == en or not en else [ja, en]


def said(key: str, **values: Any) -> Words:
    """Return a sentence of ``texts/`` in both languages; without an English one, the Japanese."""
    return words(say(key, language="ja", **values), say(key, language="en", **values))


def in_language(text: Words, language: str) -> str:
    """Return one language of a text."""
    return text if isinstance(text, str) else text[language == "en"]


def both(text: Words) -> Markup:
    """Return markup that shows the text in the language of the page; what is in the text is escaped."""
    if isinstance(text, str):
        return escape(text)
    pair = '<span class="knr-ja" lang="ja">{}</span><span class="knr-en" lang="en">{}</span>'
    return Markup(pair).format(*text)  # noqa: S704  format escapes


def attributes(keys: dict[str, str], language: str) -> Markup:
    """Return attributes (``{"title": "webmap.home"}``) that the page's program can put in either language."""
    texts = {name: said(key) for name, key in keys.items()}
    shown = Markup(" ").join(
        Markup('{}="{}"').format(name, in_language(text, language)) for name, text in texts.items()
    )
    pairs = {name: text for name, text in texts.items() if not isinstance(text, str)}
    return shown + Markup(" data-words='{}'").format(json.dumps(pairs, ensure_ascii=False))


def value_words(column: str, value: Any) -> Words | None:
    """Return how a value of a switch is called (``day`` 2 is 2日目), or None where nothing says so."""
    key = f"webmap.split.{column}"
    return said(key, value=value) if has_text(key) else None
