"""The summary as CSV, for programs and for Excel."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from knr_gis.export.place import output_path
from knr_gis.export.statement import all_credits, record_of
from knr_gis.fonts import plain
from knr_gis.product import Product
from knr_gis.result import SUMMARY_COLUMNS
from knr_gis.texts import say

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_summary_csv(product: Product, path: Path) -> None:
    """
    Write the summary in long form: UTF-8 with BOM, columns SUMMARY_COLUMNS, unknown values empty.

    A text that Excel would take for a formula is given a leading apostrophe. Sources, conditions and limits,
    for which a CSV has no place, stand beside it in ``<name>-metadata.json``, where CSV on the Web (W3C)
    looks for them.

    Raises
    ------
    OutputError
        If a layer has no credit line, or the file cannot be written (open in Excel, say).
    """
    frame = product.result.summary.loc[:, list(SUMMARY_COLUMNS)].copy()
    for column in SUMMARY_COLUMNS:
        if column != "value":
            frame[column] = frame[column].map(_inert)
    _write_metadata(product, path)
    with output_path(product, path) as temporary:
        frame.to_csv(temporary, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def _write_metadata(product: Product, path: Path) -> None:
    columns = [
        {"name": name, "titles": [name, say(f"export.long.{name}")],
         "datatype": "number" if name == "value" else "string"}
        for name in SUMMARY_COLUMNS
    ]  # fmt: skip
    told = {
        "@context": "http://www.w3.org/ns/csvw", "url": path.name, "dc:title": plain(product.title_ja),
        "dc:source": all_credits(product), "tableSchema": {"columns": columns},
        "dialect": {"encoding": "utf-8", "lineTerminators": ["\r\n"]}, "knr:product": record_of(product),
    }  # fmt: skip
    with output_path(product, path.with_name(f"{path.name}-metadata.json")) as temporary:
        text = json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False)
        temporary.write_text(text, encoding="utf-8", newline="\n")


def _inert(text: Any) -> str:
    word = "" if pd.isna(text) else plain(text)
    return f"'{word}" if word.startswith(_FORMULA_STARTS) and len(word) > 1 else word
