"""Values as people read them: flags, codes and missing values, in Japanese or English."""

from typing import Any

import numpy as np
import pandas as pd

from knr_gis.texts import has_text, say


def shown(column: str, value: Any, language: str = "ja") -> str:
    """
    Return a cell as text for a popup or table.

    Coded values are looked up as ``values.<column>.<value>``; a missing value reads 不明 for
    flags and ― otherwise, never 0 and never blank.
    """
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):  # noqa: PLR0124
        return say("values.missing", language=language)
    if isinstance(value, bool | np.bool_):
        return say("values.yes" if value else "values.no", language=language)
    key = f"values.{column}.{value}"
    if isinstance(value, str) and has_text(key):
        return say(key, language=language)
    return f"{value:,.10g}" if isinstance(value, float) else str(value)
