"""Run the tests: ``python3 scripts/test.py [pytest's own arguments]``. Sets itself up."""

import subprocess
import sys

from setup_env import ROOT, clean_environment, ensure_environment


def main() -> int:
    """Set up, run pytest on this checkout and return its status."""
    python = ensure_environment()
    command = [str(python), "-m", "pytest", *sys.argv[1:]]
    return subprocess.run(command, check=False, cwd=ROOT, env=clean_environment()).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
