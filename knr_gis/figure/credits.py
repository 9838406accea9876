"""Whose data a sheet shows: a line for each credit."""

from knr_gis.figure.ground import ground_layers, relief_layer
from knr_gis.product import Product, ProductLayer, SourceLine
from knr_gis.texts import say

_NAMED = 4  # titles before a credit line


def credit_lines(product: Product, layers: list[ProductLayer]) -> list[str]:
    """
    Return the credit lines of the layers on the map and its ground, each once.

    With what it stands for, edition, date and processing. A layer of the result joins the credits of its
    inputs by ／; these are taken apart.
    """
    found: dict[str, list[str]] = {}
    relief = relief_layer(product)
    ground = [layer for _, layer in ground_layers(product)] + ([relief] if relief is not None else [])
    for layer in (*(x for x in layers if not x.frame.empty), *ground):
        for credit in _credits(layer, product):
            found.setdefault(credit, []).append(layer.title)
    return [_credit_line(credit, titles, product) for credit, titles in found.items()]


def _credits(layer: ProductLayer, product: Product) -> list[str]:
    known = {source.attribution for source in product.sources}
    return [layer.attribution] if layer.attribution in known else layer.attribution.split("／")


def _credit_line(credit: str, titles: list[str], product: Product) -> str:
    sources = [source for source in product.sources if source.attribution == credit]
    names = list(dict.fromkeys([source.title for source in sources] or titles))
    named = "・".join(names[:_NAMED]) + (
        say("figure.and_more", count=len(names) - _NAMED) if names[_NAMED:] else ""
    )
    return say("figure.source", title=named, attribution=credit, date=_stated(sources))


def _stated(sources: list[SourceLine]) -> str:
    """Return edition, date and processing of the sources of one credit, in brackets."""
    dates = [source.obtained for source in sources if source.obtained]
    parts = list(dict.fromkeys(source.edition for source in sources if source.edition))[:2]
    parts += [say("figure.obtained", date=max(dates)[:10])] if dates else []
    parts += list(dict.fromkeys(source.processing for source in sources if source.processing))[:1]
    return say("figure.stated", parts="、".join(parts)) if parts else ""
