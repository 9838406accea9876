"""The summary as CSV, for programs and for Excel."""

from pathlib import Path
from typing import Any

import pandas as pd

from knr_gis.export.place import output_path
from knr_gis.fonts import plain
from knr_gis.product import Product
from knr_gis.result import SUMMARY_COLUMNS

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_summary_csv(product: Product, path: Path) -> None:
    """
    Write the summary in long form: UTF-8 with BOM, columns SUMMARY_COLUMNS, unknown values empty.

    A text that Excel would take for a formula is given a leading apostrophe.

    Raises
    ------
    OutputError
        If a layer has no credit line, or the file cannot be written (open in Excel, say).
    """
    frame = product.result.summary.loc[:, list(SUMMARY_COLUMNS)].copy()
    for column in SUMMARY_COLUMNS:
        if column != "value":
            frame[column] = frame[column].map(_inert)
    with output_path(product, path) as temporary:
        frame.to_csv(temporary, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def _inert(text: Any) -> str:
    word = "" if pd.isna(text) else plain(text)
    return f"'{word}" if word.startswith(_FORMULA_STARTS) and len(word) > 1 else word
