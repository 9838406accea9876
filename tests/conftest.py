"""What every test stands on: no network but this machine, no window, its own workspace."""

import ipaddress
import socket
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from hypothesis import HealthCheck, settings

from knr_gis.settings import Settings

mpl.use("Agg")
# Speed is measured in scripts/bench.py; a busy machine must not fail a law.
settings.register_profile("knr", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("knr")

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"


def _is_this_machine(address: Any) -> bool:
    """Tell whether a socket address stays on this machine (a path is a Unix socket)."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in ("localhost", "")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every connection that leaves this machine an error that names its address."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        if not _is_this_machine(address):
            raise AssertionError(f"a test reached for the network: {address}")
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        if not _is_this_machine(address):
            raise AssertionError(f"a test reached for the network: {address}")
        return connect_ex(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_ex)


@pytest.fixture(scope="session")
def repository_root() -> Path:
    """Return the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data of the region; skip where it is not there."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real data is not here: {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Return the folder of the demo and its outcomes by map: made once for all tests that look at them."""
    from knr_gis.sample import run_demo  # noqa: PLC0415  most tests need not wait for all that this imports

    out = tmp_path_factory.mktemp("見本 demo")
    return out, {outcome.product.id: outcome for outcome in run_demo(out)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings with a workspace of their own and the checkout's definitions."""
    return Settings(
        workspace=tmp_path / "workspace",
        layers_dir=ROOT / "layers",
        maps_dir=ROOT / "maps",
        region_file=ROOT / "region.toml",
    )
