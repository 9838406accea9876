"""Run the whole tool on the bundled sample: ``python3 scripts/demo.py [--out DIR]``. Sets itself up."""

import argparse
import subprocess
import sys
from pathlib import Path

from setup_env import ROOT, clean_environment, ensure_environment, tell

KINDS = {".html": "setup.map", ".pdf": "setup.report", ".docx": "setup.report", ".xlsx": "setup.table"}


def main() -> int:
    """Make the demo's outputs and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "demo", help="folder for the outputs")
    options, rest = parser.parse_known_args()
    out = options.out.resolve()
    python = ensure_environment()
    command = [str(python), "-m", "knr_gis", "demo", "--out", str(out), *rest]
    status = subprocess.run(command, check=False, env=clean_environment()).returncode
    if status == 0:
        show_outputs(out)
    return status


def show_outputs(out: Path) -> None:
    """List maps, reports and tables with their full paths."""
    from knr_gis.texts import say  # noqa: PLC0415 - after the check of the Python version

    tell("setup.outputs", folder=out)
    for suffix, kind in KINDS.items():
        for path in sorted(out.rglob(f"*{suffix}")):
            tell("setup.output", kind=say(kind), path=path)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
