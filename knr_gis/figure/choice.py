"""What an officer chooses of a sheet of paper: size, direction, scale, grid, atlas."""

from dataclasses import dataclass

from knr_gis.errors import SettingsError
from knr_gis.texts import say

PAPERS_MM = {"A4": (297.0, 210.0), "A3": (420.0, 297.0)}
ORIENTATIONS = ("auto", "landscape", "portrait")
ATLASES = ("municipality", "district", "site", "day")
# Round scales that may be asked for; the sheet finds its own among the same ones.
SCALES = tuple(
    round(step * power)
    for power in (1_000, 10_000, 100_000, 1_000_000)
    for step in (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
    if 2_500 <= step * power <= 5_000_000
)
_REPORT_EDGE_MM = (16.0, 32.0)  # what the pages of a report keep for margins, head and foot


@dataclass(frozen=True)
class PaperChoice:
    """
    How print maps are laid out.

    Parameters
    ----------
    paper
        ``"A4"`` or ``"A3"``: the sheet on which the stated scale is true.
    orientation
        ``"landscape"``, ``"portrait"``, or ``"auto"`` for the one with the larger scale.
    scale
        Denominator, one of SCALES; None for the largest at which the content fits.
    grid
        Whether kilometre lines of the plane rectangular coordinates are drawn.
    atlas
        One of ATLASES, by ``:`` followed by a name where only some pages are wanted
        (``"site:釧路町"``); empty for none.

    Raises
    ------
    SettingsError
        If a value is none of these.
    """

    paper: str = "A4"
    orientation: str = "auto"
    scale: int | None = None
    grid: bool = False
    atlas: str = ""

    def __post_init__(self) -> None:
        """Refuse what no sheet can be made of, in one line."""
        _require("paper", self.paper, tuple(PAPERS_MM))
        _require("orientation", self.orientation, ORIENTATIONS)
        if self.atlas:
            _require("atlas", self.atlas_kind, ATLASES)
        if self.scale is not None and self.scale not in SCALES:
            near = sorted(SCALES, key=lambda scale: abs(scale - (self.scale or 0)))[:4]
            known = "、".join(f"{scale:,}" for scale in sorted(near))
            raise SettingsError("figure.bad_scale", scale=self.scale, near=known)

    @property
    def atlas_kind(self) -> str:
        """The kind of the atlas without the name after ``:``."""
        return self.atlas.partition(":")[0]

    @property
    def atlas_name(self) -> str:
        """What pages must be named, empty for all."""
        return self.atlas.partition(":")[2].strip()


def _require(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        title = say(f"figure.choice_{name}")
        raise SettingsError("figure.bad_choice", title=title, value=value, known="、".join(known))


@dataclass(frozen=True)
class Form:
    """
    The sheet itself.

    Parameters
    ----------
    size
        Width and height in millimetres.
    paper
        Name of the paper for the stated scale.
    bare
        True for a sheet in a report, which says the answer, the limits and the conditions elsewhere.
    """

    size: tuple[float, float]
    paper: str
    landscape: bool
    bare: bool = False


def forms(choice: PaperChoice, *, in_report: bool = False) -> list[Form]:
    """Return the sheets that a choice allows, landscape first."""
    long, short = PAPERS_MM["A4" if in_report else choice.paper]
    edge = _REPORT_EDGE_MM if in_report else (0.0, 0.0)
    paper = "A4" if in_report else choice.paper
    sheets = {
        "landscape": Form((long - edge[0], short - edge[1]), paper, landscape=True, bare=in_report),
        "portrait": Form((short - edge[0], long - edge[1]), paper, landscape=False, bare=in_report),
    }
    return [form for name, form in sheets.items() if choice.orientation in (name, "auto")]
