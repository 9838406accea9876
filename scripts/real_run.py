"""Import everything usable in ../shared/data into a workspace and make the maps of it.

    .venv/bin/python scripts/real_run.py [--data DIR] [--workspace DIR] [--out DIR]

What is imported, from where and what is left out stands in real_run.toml.
"""

import argparse
import tomllib
from pathlib import Path
from typing import Any

from knr_gis.acquire import import_files
from knr_gis.run import RunOptions, RunOutcome, run_map
from knr_gis.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[1]
PLAN: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def import_real_data(settings: Settings, data: Path) -> None:
    """Import the listed files of the data folder."""
    for row in PLAN["imports"]:
        stated = {key: value for key, value in row.items() if key not in ("layer", "files")}
        import_files(settings, row["layer"], tuple(sorted(data.glob(row["files"]))), **stated)


def real_run(data: Path, workspace: Path, out: Path, formats: tuple[str, ...] = ()) -> list[RunOutcome]:
    """Import the files and make the maps; return what each run made."""
    settings = load_settings(workspace)
    import_real_data(settings, data)
    return [
        run_map(settings, row["map"], out, RunOptions(tuple(row.get("set", ())), formats))
        for row in PLAN["runs"]
    ]


def main() -> None:
    """Run with the folders of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--workspace", type=Path, default=ROOT / "out" / "real" / "workspace")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "real")
    chosen = parser.parse_args()
    for outcome in real_run(chosen.data, chosen.workspace, chosen.out):
        print(outcome.product.title_ja, outcome.product.headline)
        for path in outcome.files.values():
            print("  ", path)


if __name__ == "__main__":
    main()
