"""What every product says of itself: question, answer, conditions, sources, limits, tool and sample mark."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from knr_gis.fonts import plain
from knr_gis.product import Product, SourceLine
from knr_gis.result import Blank
from knr_gis.texts import say


def all_credits(product: Product) -> list[str]:
    """Return every credit line of the product once, in the order of the layers."""
    return list(dict.fromkeys(credit for layer in product.layers for credit in layer.attribution.split("／")))


def generator(product: Product) -> str:
    """Return name and version of the tool."""
    return f"knr-gis {product.version}"


def notes_of(product: Product) -> list[str]:
    """Return the sentences that must be readable on every product, the sample statement first."""
    return [*([say("export.sample_statement")] if product.sample else []), *product.notes]


def record_of(product: Product) -> dict[str, Any]:
    """
    Return all that a product must say of itself, as JSON takes it.

    Keys: ``id, title, title_en, question, headline, region, created, generator, crs, sample, notes,
    attribution, conditions, sources, not_evaluated``. Unknown is null.
    """
    missing = product.missing.reindex(columns=["what", "reason", "count"])
    return {
        "id": product.id,
        "title": product.title_ja,
        "title_en": product.title_en,
        "question": product.question_ja,
        "headline": product.headline,
        "region": product.region_ja,
        "created": product.created,
        "generator": generator(product),
        "crs": product.crs_name,
        "sample": product.sample,
        "notes": notes_of(product),
        "attribution": all_credits(product),
        "conditions": [asdict(line) for line in product.scenario],
        "sources": [asdict(line) for line in product.sources],
        "not_evaluated": json_rows(missing),
    }


def lines_of(product: Product) -> list[str]:
    """Return the same as lines of text, for formats that hold nothing but text."""
    lines = [
        product.title_ja, *notes_of(product)[: int(product.sample)], product.question_ja, product.headline,
        *product.notes,
        *(say("export.told.condition", label=s.label, value=s.value, unit=s.unit) for s in product.scenario),
        *(_source_text(line) for line in product.sources),
        say("export.created", created=product.created.replace("T", " "), version=product.version,
            crs=product.crs_name),
    ]  # fmt: skip
    return [text for line in lines if (text := plain(line))]


def _source_text(line: SourceLine) -> str:
    mark = say("export.sample_suffix") if line.sample else ""
    return say(
        "export.told.source", layer=line.title_ja + mark, credit=line.attribution, edition=line.edition,
        obtained=line.obtained, licence=line.licence, processing=line.processing,
    )  # fmt: skip


def json_value(value: Any) -> Any:
    """Return a cell as JSON takes it; what is missing or not asked is null."""
    if isinstance(value, list | tuple | set | np.ndarray):
        return [json_value(v) for v in (sorted(value) if isinstance(value, set) else value)]
    if value is None or isinstance(value, Blank) or pd.isna(value):
        return None
    number = value.item() if isinstance(value, np.generic) else value
    if isinstance(number, float) and not np.isfinite(number):
        return None
    return number if isinstance(number, str | bool | int | float) else str(number)


def json_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as JSON takes them."""
    columns = [str(c) for c in frame.columns]
    return [
        dict(zip(columns, map(json_value, row), strict=True))
        for row in frame.itertuples(index=False, name=None)
    ]
