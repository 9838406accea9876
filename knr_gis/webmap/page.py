"""Writes a product as one HTML file: map, legend, sources and limits together."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from knr_gis.atomic import atomic_path
from knr_gis.errors import OutputError
from knr_gis.product import Product
from knr_gis.readable import unit_title
from knr_gis.texts import current_language
from knr_gis.webmap.drawing import Drawing, drawing_notes, plan_drawings
from knr_gis.webmap.font import font_data_uri, letters
from knr_gis.webmap.legend import PATTERN_LINES, is_patterned, marker_outlines
from knr_gis.webmap.packing import pack
from knr_gis.webmap.payload import ScreenLayer, page_payload, screen_layer
from knr_gis.webmap.sections import (
    findings_list,
    key_rows,
    missing_table,
    note_words,
    sentence_words,
    side_words,
    simplification_notes,
    theme_groups,
)
from knr_gis.webmap.shell import (
    asset_text,
    content_policy,
    fill_slots,
    folium_shell,
    leaflet_css,
    leaflet_js,
    outside_addresses,
    viewer_js,
)
from knr_gis.webmap.words import Words, attributes, both, in_language, said, words

MAX_BYTES = 25_000_000
LIGHT_BYTES = 8_000_000
SHELL_BYTES = 600_000  # Leaflet, fonts, styles, tables: estimated
_ATTEMPTS = 4
_TILE_HOST = "https://cyberjapandata.gsi.go.jp"
_TILES = {"pale": ("pale", "png", 18), "std": ("std", "png", 18), "photo": ("seamlessphoto", "jpg", 18)}
_TILE_PAGE = "https://maps.gsi.go.jp/development/ichiran.html"
_ASCII = "".join(map(chr, range(32, 127)))


def write_webmap(product: Product, path: Path, *, online_base: bool = False, light: bool = False) -> None:
    """
    Write a product as one HTML file that opens without a network.

    Parameters
    ----------
    product
        Layers in the working CRS and everything that must stand beside them.
    path
        File to write; it is whole or, after an error, as it was.
    online_base
        Offer tiles of 国土地理院 as base maps. They are never on when the map opens.
    light
        Keep the file below LIGHT_BYTES (for mail) rather than MAX_BYTES.

    Raises
    ------
    OutputError
        If a layer has no credit line, the page would ask an outside address, it cannot be made small
        enough, or ``path`` cannot be written.
    """
    page = render_webmap(product, online_base=online_base, light=light)
    outside = outside_addresses(page)
    if outside:
        raise OutputError("webmap.outside_request", path=path, address=outside[0][:80])
    try:
        with atomic_path(path) as temporary:
            temporary.write_bytes(page.encode("utf-8", "replace"))
    except OSError as error:
        raise OutputError("webmap.not_written", path=path, reason=error.strerror or error) from error


def render_webmap(product: Product, *, online_base: bool = False, light: bool = False) -> str:
    """
    Return the page of a product; see ``write_webmap``.

    How each layer is drawn is planned from its estimated size before anything is encoded. Should the page
    still be too large, it is planned again for as much less.
    """
    product.require_traceable()
    limit = LIGHT_BYTES if light else MAX_BYTES
    room = limit - SHELL_BYTES
    size = 0
    for _ in range(_ATTEMPTS):
        drawings = plan_drawings(product.layers, limit=room)
        notes = drawing_notes(product.layers, drawings, limit=limit)
        page = _page(product, drawings, notes, online_base=online_base)
        size = len(page.encode("utf-8", "replace"))
        if size <= limit:
            return page
        room = int(min(room, sum(drawing.size for drawing in drawings)) * limit / size * 0.95)
    raise OutputError("webmap.too_large", size=f"{size / 1e6:.0f}", limit=f"{limit / 1e6:.0f}")


def _page(product: Product, drawings: list[Drawing], notes: list[Words], *, online_base: bool) -> str:
    language = current_language()
    pairs = zip(product.layers, drawings, strict=True)
    layers = [screen_layer(layer, drawing) for layer, drawing in pairs]
    bases = _bases() if online_base else []
    payload = page_payload(product, layers, language=language, bases=bases)
    encoding, packed = pack(payload)
    context = _context(product, layers, language=language, bases=bases)
    context["notes"] = [*notes, *context["notes"]]
    top = _template("top.html.j2").render(context)
    more = {"encoding": encoding, "payload": Markup(packed)}  # noqa: S704  script_safe_json
    panel = _template("tools.html.j2").render(context) + _template("panel.html.j2").render(context | more)
    written = top + panel + "".join(letters(payload)) + _ASCII
    parts = {
        "policy": "@@knr:policy@@",
        "head": _head(product, written, headings=top + panel, language=language),
        "top": top,
        "panel": panel,
        "script": viewer_js(),
    }
    shell = folium_shell((43.3, 144.9)).replace("<html>", f'<html lang="{language}">', 1)
    page = fill_slots(shell, parts)
    hosts = (_TILE_HOST,) if online_base else ()
    return page.replace("@@knr:policy@@", content_policy(page, hosts), 1)


def _head(product: Product, text: str, *, headings: str, language: str) -> str:
    """Return the head of the page: title, styles, fonts and Leaflet."""
    title = in_language(words(product.title_ja, product.title_en), language)
    head: str = _template("head.html.j2").render(
        title=f"{title} - {product.region_ja}",
        leaflet_css=Markup(leaflet_css()),  # noqa: S704  our own files
        leaflet_js=Markup(leaflet_js()),  # noqa: S704
        page_css=Markup(asset_text("webmap/page.css")),  # noqa: S704
        font_regular=font_data_uri(text, "regular"),
        font_bold=font_data_uri(headings + _ASCII, "bold"),
    )
    return head


def _context(product: Product, layers: list[ScreenLayer], *, language: str, bases: Any) -> dict[str, Any]:
    """Return what the templates show."""
    credits_ = [c for x in layers if x.source.visible for c in x.source.attribution.split("／")]
    return {
        "product": product,
        "title": words(product.title_ja, product.title_en),
        "headline": sentence_words(product.headline, product.result.headline),
        "notes": note_words(product.notes, product.result.notes),
        "language": language,
        "groups": theme_groups(layers),
        "sides": side_words(product) if any(layer.source.side for layer in layers) else None,
        "bands": any(layer.data.get("band") for layer in layers),
        "credits": list(dict.fromkeys(credits_)),
        "key": key_rows(product),
        "missing": missing_table(product.missing),
        "findings": findings_list(product),
        "drawing": simplification_notes(layers),
        "outlines": marker_outlines(),
        "patterns": PATTERN_LINES,
        "is_patterned": is_patterned,
        "bases": bases,
        "unit": unit_title,
        "both": both,
        "words": words,
        "say": lambda key, **values: both(said(f"webmap.{key}", **values)),
        "english": lambda key: in_language(said(f"webmap.{key}"), "en"),
        "raw": lambda key, **values: in_language(said(f"webmap.{key}", **values), language),
        "attr": lambda **keys: attributes(
            {name.replace("_", "-"): f"webmap.{key}" for name, key in keys.items()}, language
        ),
    }


def _bases() -> list[dict[str, Any]]:
    """Return the base maps of 国土地理院: address, deepest level and the credit its terms ask for."""
    return [
        {
            "title": said(f"webmap.base.{key}"),
            "url": f"{_TILE_HOST}/xyz/{folder}/{{z}}/{{x}}/{{y}}.{suffix}",
            "deepest": deepest,
            "credit": said("webmap.base.credit"),
            "page": _TILE_PAGE,
        }
        for key, (folder, suffix, deepest) in _TILES.items()
    ]


def _template(name: str) -> Any:
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    folder = str(files("knr_gis") / "assets" / "webmap")
    return Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
