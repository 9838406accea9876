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
from knr_gis.texts import current_language, say
from knr_gis.webmap.font import font_data_uri
from knr_gis.webmap.legend import marker_outlines
from knr_gis.webmap.payload import ScreenLayer, pack, page_payload, screen_layer, script_safe_json
from knr_gis.webmap.sections import drawing_notes, findings_list, key_rows, missing_table, theme_groups
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

MAX_BYTES = 25_000_000
TOLERANCE_STEPS_M = (1.0, 10.0, 50.0)
_TILE_HOST = "https://cyberjapandata.gsi.go.jp"
_TILES = {"pale": ("pale", "png", 18), "std": ("std", "png", 18), "photo": ("seamlessphoto", "jpg", 18)}
_TILE_PAGE = "https://maps.gsi.go.jp/development/ichiran.html"
_ASCII = "".join(map(chr, range(32, 127)))


def write_webmap(product: Product, path: Path, *, online_base: bool = False) -> None:
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

    Raises
    ------
    OutputError
        If a layer has no credit line, the page would ask an outside address, or ``path`` cannot be written.
    """
    page = render_webmap(product, online_base=online_base)
    outside = outside_addresses(page)
    if outside:
        raise OutputError("webmap.outside_request", path=path, address=outside[0][:80])
    try:
        with atomic_path(path) as temporary:
            temporary.write_bytes(page.encode("utf-8", "replace"))
    except OSError as error:
        raise OutputError("webmap.not_written", path=path, reason=error.strerror or error) from error


def render_webmap(product: Product, *, online_base: bool = False) -> str:
    """
    Return the page of a product; see ``write_webmap``.

    Layers are simplified for the screen by at least 1 m; a page beyond MAX_BYTES is drawn again with
    10 m, then 50 m. The tolerance stands in the page.
    """
    product.require_traceable()
    language = current_language()
    page = ""
    for at_least_m in TOLERANCE_STEPS_M:
        layers = [screen_layer(layer, language=language, at_least_m=at_least_m) for layer in product.layers]
        page = _page(product, layers, language=language, online_base=online_base)
        if len(page) <= MAX_BYTES:
            break
    return page


def _page(product: Product, layers: list[ScreenLayer], *, language: str, online_base: bool) -> str:
    bases = _bases(language) if online_base else []
    payload = page_payload(product, layers, language=language, bases=bases)
    data = script_safe_json(payload)
    encoding, packed = pack(data)
    context = _context(product, layers, language=language, bases=bases)
    top = _template("top.html.j2").render(context)
    size = f"{len(packed) / 1e6:.0f}" if len(packed) > MAX_BYTES else ""
    more = {"encoding": encoding, "size_mb": size, "payload": Markup(packed)}  # noqa: S704  script_safe_json
    panel = _template("panel.html.j2").render(context | more)
    written = top + panel + data + _ASCII
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
    title = product.title_ja if language == "ja" else product.title_en
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
        "title": product.title_ja if language == "ja" else product.title_en,
        "language": language,
        "groups": theme_groups(layers, language),
        "credits": list(dict.fromkeys(credits_)),
        "key": key_rows(product) if language == "ja" else None,
        "missing": missing_table(product.missing, language),
        "findings": findings_list(product, language),
        "drawing": drawing_notes(layers, language),
        "outlines": marker_outlines(),
        "bases": bases,
        "unit": unit_title,
        "say": lambda key, **values: say(f"webmap.{key}", language=language, **values),
    }


def _bases(language: str) -> list[dict[str, Any]]:
    """Return the base maps of 国土地理院: address, deepest level and the credit its terms ask for."""
    return [
        {
            "title": say(f"webmap.base.{key}", language=language),
            "url": f"{_TILE_HOST}/xyz/{folder}/{{z}}/{{x}}/{{y}}.{suffix}",
            "deepest": deepest,
            "credit": say("webmap.base.credit", language=language),
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
