"""Where things are: the workspace, the definitions and the region file."""

import os
from dataclasses import dataclass
from pathlib import Path

from knr_gis import __version__

_PACKAGE = Path(__file__).parent


def definitions_root() -> Path:
    """
    Return the folder that holds ``layers/``, ``maps/`` and ``region.toml``.

    In a checkout these stand beside the package, where people edit them; an installed
    wheel carries a copy inside the package. ``KNR_ROOT`` names another folder.
    """
    if "KNR_ROOT" in os.environ:
        return Path(os.environ["KNR_ROOT"])
    bundled = _PACKAGE / "bundled"
    return bundled if bundled.is_dir() else _PACKAGE.parent


@dataclass(frozen=True)
class Settings:
    """
    What a run needs to know of its surroundings.

    Parameters
    ----------
    workspace
        Folder of raw files, built layers and provenance.
    layers_dir, maps_dir
        Folders of layer and map definitions (TOML).
    region_file
        The region: municipality codes, working CRS, exclusions.
    templates_dir
        Folder of the office's own report templates; those that are not there are the bundled ones.
    timeout_s
        Seconds without an answer after which a download is given up.
    user_agent
        How downloads introduce themselves.
    attempts
        How often one download is tried when the line or the server fails.
    pause_s
        Seconds of rest between two files of one host, and before the first retry (then doubled).
    """

    workspace: Path
    layers_dir: Path
    maps_dir: Path
    region_file: Path
    timeout_s: float = 30.0
    user_agent: str = f"knr-gis/{__version__} (municipal GIS; one connection per host)"
    attempts: int = 4
    pause_s: float = 1.0
    templates_dir: Path | None = None


def load_settings(workspace: Path | None = None) -> Settings:
    """Return the settings from the arguments and the environment (``KNR_...``)."""
    root = definitions_root()
    folder = workspace or Path(os.environ.get("KNR_WORKSPACE", "workspace"))
    own_region = folder / "region.toml"
    region_file = own_region if own_region.is_file() else root / "region.toml"
    templates = Path(os.environ.get("KNR_TEMPLATES") or folder / "templates")
    return Settings(folder, root / "layers", root / "maps", region_file, templates_dir=templates)
