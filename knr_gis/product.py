"""Everything a map, table or report needs to be complete by itself."""

from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

from knr_gis.errors import OutputError
from knr_gis.grid import Grid
from knr_gis.result import Result
from knr_gis.style import Style
from knr_gis.texts import in_words


@dataclass(frozen=True)
class ProductLayer:
    """
    One drawable layer.

    Parameters
    ----------
    frame
        Features in the working CRS; exact geometry (renderers simplify for display only).
    popup
        Columns shown on a click, in order; absent ones are left out.
    attribution
        Credit line; never empty.
    visible
        Switched on when the map opens.
    focus
        The print map shows where layers with this mark lie, rather than the whole result.
    grid
        The raster that the features were drawn from (bands of height); None for other layers.
    split
        Column whose values can be switched one by one on the web map (a day, say); empty for none.
    band
        Column of numbers (minutes, say) that the web map's slider goes through; empty for none.
    band_step
        Width of a step of that slider, in the unit of the column.
    side
        Scenario that a layer of a comparison shows: ``a``, ``b`` or ``diff`` (what is between them); empty
        for a layer that belongs to all.
    """

    id: str
    title_ja: str
    title_en: str
    theme: str
    frame: gpd.GeoDataFrame
    style: Style
    popup: tuple[str, ...]
    attribution: str
    visible: bool = True
    focus: bool = False
    split: str = ""
    band: str = ""
    band_step: float = 3.0
    side: str = ""
    grid: Grid | None = None

    @property
    def title(self) -> str:
        """Its name in the language of the run."""
        return in_words(self.title_ja, self.title_en)


@dataclass(frozen=True)
class SourceLine:
    """
    Where one layer came from: printed on every product.

    Parameters
    ----------
    origin
        Address or file name it was read from; several are joined by ``; ``.
    obtained
        Date of download or import (ISO).
    sha256
        Hashes of the files, shortened to 12 digits.
    processing
        What was done to it, in a sentence.
    """

    layer_id: str
    title_ja: str
    title_en: str
    publisher: str
    edition: str
    licence: str
    attribution: str
    origin: str
    obtained: str
    sha256: str
    processing: str
    sample: bool

    @property
    def title(self) -> str:
        """Its name in the language of the run."""
        return in_words(self.title_ja, self.title_en)


@dataclass(frozen=True)
class ScenarioLine:
    """
    One condition of the run.

    Parameters
    ----------
    verified
        False is printed as 要確認.
    changed
        True where the officer set the value for this run.
    """

    key: str
    label: str
    value: str
    unit: str
    source: str
    verified: bool
    changed: bool


@dataclass(frozen=True)
class Excerpt:
    """
    The municipality that a product is of.

    Parameters
    ----------
    name
        As the data of the run name it.
    area
        Its area in the working CRS, which the map shows; None where the product has none.
    book
        Name of the workbook, of the whole region, that holds its figures.
    """

    code: str
    name: str
    area: BaseGeometry | None
    book: str


@dataclass(frozen=True)
class ReportPlan:
    """
    What of a result a paper report shows; the workbook always holds all of it.

    Parameters
    ----------
    key_measures
        Measures of the front table, one column each, one row per municipality.
    key_table
        Detail table that stands on the front page instead (a route by leg, say).
    breakdown
        Measures printed by group (depth class, age).
    causes
        Detail tables, or measures by group, that say why: the chapter after the results.
    tables
        Columns that are printed of each detail table, by table id.
    town_ja, town_en
        The answer of a report of one municipality: ``{name}``, and measures as ``{a|b}`` (the first that
        there is, with its unit); empty for the first key measures.
    pages
        Detail tables that are printed with a page for each value of a key column: that column by table
        id. The value is the title of its page.
    """

    key_measures: tuple[str, ...] = ()
    key_table: str = ""
    breakdown: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    tables: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    town_ja: str = ""
    town_en: str = ""


@dataclass(frozen=True)
class Product:
    """
    What renderers are given. Renderers add nothing of their own to the content.

    Parameters
    ----------
    created
        Time of the run (ISO, minutes), settable for reproducible output.
    layers
        Bottom first.
    headline
        The answer in one sentence.
    notes
        Sentences that must be readable on every product (limits, estimates).
    missing
        What was not evaluated: columns ``what, reason, count`` (Japanese), may be empty.
    findings
        Data-quality list (see ``findings_table``), may be empty.
    sample
        True when any layer is bundled sample data: every product then says 模式データ.
    question_ja, question_en
        The question that the product answers; empty for none.
    report
        What a paper report shows; None for everything.
    excerpt
        The municipality that the product is of; None for the whole region.
    ground
        Layers of the workspace that print maps draw faintly under everything; terrain as ``grid``.
    """

    id: str
    title_ja: str
    title_en: str
    region_ja: str
    created: str
    version: str
    crs_name: str
    headline: str
    layers: tuple[ProductLayer, ...]
    result: Result
    sources: tuple[SourceLine, ...]
    scenario: tuple[ScenarioLine, ...]
    notes: tuple[str, ...]
    missing: pd.DataFrame
    findings: pd.DataFrame
    sample: bool
    question_ja: str = ""
    report: ReportPlan | None = None
    question_en: str = ""
    region_en: str = ""
    excerpt: Excerpt | None = None
    ground: tuple[ProductLayer, ...] = ()

    @property
    def title(self) -> str:
        """Its name in the language of the run."""
        return in_words(self.title_ja, self.title_en)

    @property
    def region(self) -> str:
        """The name of the region in the language of the run."""
        return in_words(self.region_ja, self.region_en)

    @property
    def question(self) -> str:
        """The question in the language of the run."""
        return in_words(self.question_ja, self.question_en)

    def require_traceable(self) -> None:
        """
        Raise OutputError when something is missing without which nothing leaves.

        That is: the credit line of a layer, the sources of the layers, the time of the run, the version.
        """
        for layer in (*self.layers, *self.ground):
            if not layer.attribution.strip():
                raise OutputError("product.no_attribution", layer=layer.title)
        if (self.layers and not self.sources) or not (self.created.strip() and self.version.strip()):
            raise OutputError("product.untold", map=self.title)
