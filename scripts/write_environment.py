"""Write environment.yml for conda users: the packages of pyproject.toml in the versions of the lock."""

import re
import tomllib
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PYTHON = "3.11"
PLATFORM = {"python_full_version": f"{PYTHON}.0", "python_version": PYTHON}
CONDA_NAMES = {
    "brotli": "brotli-python",
    "build": "python-build",
    "matplotlib": "matplotlib-base",
    "ortools": "ortools-python",
}
BY_PIP = ("jismesh", "nicegui", "osmium", "playwright", "typst")  # not, or under another name, on conda-forge
HEAD = """\
# For conda users: one GDAL shared by fiona, pyogrio and rasterio. Written by scripts/write_environment.py
# from requirements.lock; do not edit by hand. Then, in the checkout:
#   conda env create -f environment.yml && conda activate knr-gis
#   pip install --no-deps --no-build-isolation -e .
name: knr-gis
channels: [conda-forge, nodefaults]
dependencies:
"""


def locked_versions() -> dict[str, str]:
    """Return ``{package: version}`` of the lock file for the Python of the conda environment."""
    versions = {}
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        found = re.match(r"([a-z0-9._-]+)==([^ ;\\]+)(?: ; ([^\\]+))?", line)
        if found and (found[3] is None or Marker(found[3].strip()).evaluate(PLATFORM)):
            versions[found[1]] = found[2]
    return versions


def direct_dependencies() -> list[str]:
    """Return the names of what we ourselves import or run, in order."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["dev"], *extras["distributed"]]
    return sorted(Requirement(text).name.lower() for text in wanted)


def environment() -> str:
    """Return the text of environment.yml."""
    versions = locked_versions()
    names = direct_dependencies()
    lines = [f"  - python={PYTHON}", "  - pip"]
    lines += [f"  - {CONDA_NAMES.get(name, name)}={versions[name]}" for name in names if name not in BY_PIP]
    lines += ["  - pip:", *(f"      - {name}=={versions[name]}" for name in names if name in BY_PIP)]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    (ROOT / "environment.yml").write_text(environment(), encoding="utf-8", newline="\n")
