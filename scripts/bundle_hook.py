"""Build hook: a wheel carries layers/, maps/ and region.toml; a checkout is read where it stands."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DEFINITIONS = ("layers", "maps", "region.toml")


class BundleHook(BuildHookInterface[Any]):
    """
    Put the definitions that people edit at the top level into the wheel as ``knr_gis/bundled/``.

    The static ``force-include`` would copy them into editable installs too, where they would go
    stale beside the checkout.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files to include, before the wheel is built."""
        if version == "standard":
            root = Path(self.root)
            build_data["force_include"] |= {
                str(root / name): f"knr_gis/bundled/{name}" for name in DEFINITIONS
            }
