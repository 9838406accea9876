"""Verify vendored files against knr_gis/assets/ASSETS.toml: hashes, licences, and nothing unlisted."""

import hashlib
import sys
import tomllib
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).resolve().parents[1] / "knr_gis" / "assets"
KEYS = ("project", "version", "licence", "licence_file", "copyright", "origin", "files")
ALLOWED = ("BSD-2-Clause", "BSD-3-Clause", "MIT", "ISC", "OFL-1.1", "CC0-1.0", "Apache-2.0")


def find_faults(folder: Path) -> list[str]:
    """Return one line for each thing that is wrong in a folder of vendored files."""
    listing = tomllib.loads((folder / "ASSETS.toml").read_text(encoding="utf-8"))
    listed: dict[str, str] = {}
    faults: list[str] = []
    for entry in listing["vendored"]:
        faults += _faults_of_entry(entry)
        listed |= entry.get("files", {})
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    own = (*(f"{name}/" for name in listing["own"]), "ASSETS.toml")
    foreign = {name for name in present if not name.startswith(own)}
    faults += [f'not listed; add: "{name}" = "{_digest(folder / name)}"' for name in foreign - listed.keys()]
    faults += [f"listed but not there: {name}" for name in listed.keys() - present]
    changed = [name for name in listed.keys() & present if _digest(folder / name) != listed[name]]
    return sorted([*faults, *(f"differs from its hash: {name}" for name in changed)])


def _faults_of_entry(entry: dict[str, Any]) -> list[str]:
    """Return what is missing or not allowed in one project's table."""
    name = entry.get("project", "?")
    faults = [f"{name}: {key} is missing" for key in KEYS if not entry.get(key)]
    if entry.get("licence") not in ALLOWED:
        faults.append(f"{name}: licence {entry.get('licence')} is not among {', '.join(ALLOWED)}")
    if entry.get("licence_file") not in entry.get("files", {}):
        faults.append(f"{name}: its licence text is not among its files")
    return faults


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    found = find_faults(ASSETS)
    print("\n".join(found) or f"vendored files: all as listed in {ASSETS / 'ASSETS.toml'}")
    sys.exit(1 if found else 0)
