"""Prove the wheel: built, installed alone in an empty environment with the locked versions, run elsewhere."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from setup_env import LOCK, ROOT, clean_environment, venv_python

STARTED = time.monotonic()


def main() -> None:
    """Build, install, run the demo away from the checkout, and leave with status 1 if anything fails."""
    with tempfile.TemporaryDirectory(prefix="knr wheel ") as name:
        folder = Path(name)
        knr = install(build(folder / "dist"), folder / "venv")
        run(knr, "demo", "--out", folder / "out", cwd=folder)
        made = sorted(path.name for path in (folder / "out").rglob("*") if path.is_file())
    if not any(name.endswith(".html") for name in made):
        sys.exit(f"knr demo of the installed wheel made no map: {made}")
    seconds = time.monotonic() - STARTED
    print(f"the installed wheel made {len(made)} files; {seconds:.0f} s in all: {', '.join(made)}")


def build(folder: Path) -> Path:
    """Build the wheel from the checkout."""
    command = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    run(*command, cwd=ROOT)
    return next(folder.glob("*.whl"))


def install(wheel: Path, venv: Path) -> Path:
    """Install the wheel alone: pip brings what it declares to need, in the locked versions."""
    run(sys.executable, "-m", "venv", venv, cwd=ROOT)
    pins = wheel.with_name("pins.txt")  # versions only: pip takes no ranges (the wheel's own) beside hashes
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    pins.write_text("\n".join(line.rstrip("\\") for line in lines if "==" in line), encoding="utf-8")
    pip = (venv_python(venv), "-m", "pip", "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "-c", pins, wheel, cwd=venv)
    run(*pip, "check", cwd=venv)
    return venv_python(venv).with_name("knr.exe" if os.name == "nt" else "knr")


def run(*command: str | Path, cwd: Path) -> None:
    """Run a command without our variables; leave with status 1 if it fails."""
    environment = {name: value for name, value in clean_environment().items() if not name.startswith("KNR_")}
    if subprocess.run(command, check=False, cwd=cwd, env=environment, stdin=subprocess.DEVNULL).returncode:
        sys.exit(f"failed: {' '.join(map(str, command))}")


if __name__ == "__main__":
    main()
