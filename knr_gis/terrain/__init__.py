"""Walking over open ground, where there are no streets: least time on a grid with slopes and barriers."""

from knr_gis.terrain.field import Sources, TerrainField, Ways, sources_of, terrain_seconds
from knr_gis.terrain.ground import Terrain, terrain_of
from knr_gis.terrain.making import make_terrain
from knr_gis.terrain.spots import Spots, snap_cells

__all__ = [
    "Sources",
    "Spots",
    "Terrain",
    "TerrainField",
    "Ways",
    "make_terrain",
    "snap_cells",
    "sources_of",
    "terrain_of",
    "terrain_seconds",
]
