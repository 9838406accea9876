"""What is shipped: the wheel's content, the lock file, the conda environment, the commands of the README."""

import email
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
ASKED = [*PROJECT["dependencies"], *EXTRAS["dev"], *EXTRAS["distributed"]]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
BUILD = """
import sys
from hatchling.builders.wheel import WheelBuilder
print(list(WheelBuilder(sys.argv[1]).build(directory=sys.argv[2], versions=[sys.argv[3]]))[-1])
"""


def build(kind: str, folder: Path) -> zipfile.ZipFile:
    """Build a wheel of a kind ("standard" or "editable") as pip does, in a process of its own."""
    command = [sys.executable, "-c", BUILD, str(ROOT), str(folder), kind]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return zipfile.ZipFile(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    with build("standard", tmp_path_factory.mktemp("wheel")) as archive:
        yield archive


def files_below(folder: str, inside: str) -> set[str]:
    paths = (
        path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )
    return {f"{inside}/{path.relative_to(ROOT / folder).as_posix()}" for path in paths}


def test_the_wheel_carries_package_definitions_texts_and_assets(wheel: zipfile.ZipFile) -> None:
    wanted = files_below("knr_gis", "knr_gis")
    wanted |= files_below("layers", "knr_gis/bundled/layers") | files_below("maps", "knr_gis/bundled/maps")
    carried = set(wheel.namelist())

    assert "knr_gis/bundled/region.toml" in carried
    assert "knr_gis/assets/fonts/OFL.txt" in carried
    assert {name for name in wanted if not name.endswith((".tmp", ".pyc"))} - carried == set()


def test_the_wheel_carries_nothing_else(wheel: zipfile.ZipFile) -> None:
    assert {name.split("/")[0].split("-")[0] for name in wheel.namelist()} == {"knr_gis"}
    assert [name for name in wheel.namelist() if name.endswith((".pyc", ".tmp"))] == []
    assert sum(info.compress_size for info in wheel.infolist()) < 20e6


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    info = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = email.message_from_bytes(wheel.read(info))
    entry_points = wheel.read(info.replace("METADATA", "entry_points.txt")).decode()

    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert "knr = knr_gis.cli:main" in entry_points
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())


def test_an_editable_install_keeps_no_copy_of_the_definitions(tmp_path: Path) -> None:
    with build("editable", tmp_path) as archive:
        assert [name for name in archive.namelist() if not re.match(r"_?[^/]+\.(pth|dist-info)", name)] == []


# --- lock file and conda environment --------------------------------------------------------------


def locked() -> dict[str, str]:
    """``{package: version}`` of the lock for Python 3.11 on Linux."""
    pattern = re.compile(r"^([a-z0-9._-]+)==(\S+)(?: ; (.+?))? \\$", re.MULTILINE)
    here = {
        "python_full_version": "3.11.9",
        "python_version": "3.11",
        "sys_platform": "linux",
        "os_name": "posix",
    }
    found = pattern.findall(LOCK)
    return {canonicalize_name(n): v for n, v, marker in found if not marker or Marker(marker).evaluate(here)}


def test_every_package_is_locked_with_hashes_and_no_address() -> None:
    blocks = re.split(r"\n(?=[a-z0-9._-]+==)", LOCK)

    assert len(blocks) > 50
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert "://" not in LOCK
    assert "--index" not in LOCK


@pytest.mark.parametrize("text", ASKED)
def test_the_lock_satisfies_what_the_project_asks_for(text: str) -> None:
    requirement = Requirement(text)
    version = locked()[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version, prereleases=True)


def test_the_conda_environment_has_the_versions_of_the_lock() -> None:
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    other_names = {
        "brotli-python": "brotli", "python-build": "build", "matplotlib-base": "matplotlib",
        "ortools-python": "ortools",
    }  # fmt: skip
    pins = re.findall(r"^ +- ([A-Za-z0-9._-]+?)==?([0-9][^\s]*)$", text, re.MULTILINE)
    named = {canonicalize_name(other_names.get(name, name)): version for name, version in pins}
    python = named.pop("python")
    versions = locked()

    assert python == "3.11"
    assert {name: version for name, version in named.items() if versions.get(name) != version} == {}
    assert {canonicalize_name(Requirement(text).name) for text in ASKED} == named.keys()


# --- the README's commands -------------------------------------------------------------------------


def readme_commands() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"\bknr ([a-z]+)\b", text)))


def test_the_readme_names_every_command() -> None:
    from knr_gis.cli import main  # noqa: PLC0415 - heavy, and only needed here

    assert readme_commands() == sorted(main.commands)


@pytest.mark.parametrize("command", readme_commands())
def test_every_command_of_the_readme_explains_itself(command: str) -> None:
    from knr_gis.cli import main  # noqa: PLC0415 - heavy, and only needed here

    done = CliRunner().invoke(main, [command, "--help"])
    assert done.exit_code == 0, done.output
    assert "Usage:" in done.output


def test_files_that_the_readme_points_to_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
