"""Where things are: the checkout, an installed wheel, a folder of the user's own."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from knr_gis import settings as module
from knr_gis.settings import definitions_root, load_settings


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("KNR_ROOT", "KNR_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_a_checkout_is_read_where_it_stands(repository_root: Path) -> None:
    assert definitions_root() == repository_root
    assert (definitions_root() / "region.toml").is_file()


def test_an_installed_package_reads_what_it_carries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "site-packages" / "knr_gis" / "bundled").mkdir(parents=True)
    monkeypatch.setattr(module, "_PACKAGE", tmp_path / "site-packages" / "knr_gis")
    assert definitions_root() == tmp_path / "site-packages" / "knr_gis" / "bundled"


def test_a_folder_of_the_user_s_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KNR_ROOT", str(tmp_path / "own"))
    settings = load_settings()
    assert settings.layers_dir == tmp_path / "own" / "layers"
    assert settings.maps_dir == tmp_path / "own" / "maps"
    assert settings.region_file == tmp_path / "own" / "region.toml"


def test_the_workspace_is_the_argument_then_the_environment_then_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert load_settings().workspace == Path("workspace")
    monkeypatch.setenv("KNR_WORKSPACE", str(tmp_path / "町"))
    assert load_settings().workspace == tmp_path / "町"
    assert load_settings(tmp_path / "other").workspace == tmp_path / "other"


def test_a_region_in_the_workspace_goes_before_the_common_one(repository_root: Path, tmp_path: Path) -> None:
    assert load_settings(tmp_path).region_file == repository_root / "region.toml"
    (tmp_path / "region.toml").touch()
    assert load_settings(tmp_path).region_file == tmp_path / "region.toml"


def test_settings_do_not_change_under_way(tmp_path: Path) -> None:
    with pytest.raises(FrozenInstanceError):
        load_settings(tmp_path).workspace = tmp_path  # type: ignore[misc]
