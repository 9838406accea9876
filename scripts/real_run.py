"""Import everything usable in ../shared/data into a workspace and make the four maps of it.

    .venv/bin/python scripts/real_run.py [--data ../shared/data] [--workspace out/real/workspace] [--out out/real]

Left out, with reason: the three Kushiro shelter lists of an app and its goal list (they repeat the sites of
the official list under other names, two without a licence; the readers are tested on them); the simplified
municipalities (the detailed ones serve); everything in samples_not_region/.
"""

import argparse
from pathlib import Path

from knr_gis.acquire import import_files
from knr_gis.run import RunOptions, RunOutcome, run_map
from knr_gis.settings import load_settings

ROOT = Path(__file__).resolve().parents[1]

# The 1:1,000,000 roads are for regional routes, not for walking: walk=false makes evacuation say 推計.
IMPORTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("municipalities", "municipalities/kushiro_nemuro_municipalities_detailed.geojson", ()),
    ("tsunami_inundation", "tsunami/kushiro_tsunami.geojson", ()),
    ("evacuation_sites", "evacuation/gsi_emergency_kushiro_nemuro.geojson", ()),
    ("shelters", "evacuation/gsi_evacuation_kushiro_nemuro.geojson", ()),
    ("roads", "roads/gm_jpn_roadl_region.geojson", ("walk=false", "drive=true", "cycle=true")),
    ("rivers", "rivers/gm_jpn_riverl_region.geojson", ()),
    ("national_parks", "national_parks/national_parks_zones.geojson", ()),
    ("municipal_population", "population/gm_jpn_polbnda_population_region.csv", ()),
    ("settlements", "settlements/japanese-addresses/*.json", ()),
    ("stations", "railways/N02-20_Station_region.geojson", ()),
    ("railways", "railways/station_database_polyline/*.json", ()),
    ("roadside_stations", "tourism/P35_michinoeki_hokkaido.geojson", ()),
    ("heritage", "tourism/japan_heritage_props_region.geojson", ()),
    ("heritage", "tourism/municipal_heritage_region.geojson", ()),
)
STOPS = "釧路,スワン44ねむろ,おだいとう,知床・らうす,摩周温泉"
RUNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("overview", ()),
    ("exposure", ()),
    ("evacuation", ()),
    ("tourism", (f"stops={STOPS}",)),
)


def real_run(data: Path, workspace: Path, out: Path, formats: tuple[str, ...] = ()) -> list[RunOutcome]:
    """Import the files and make the maps; return what each run made."""
    settings = load_settings(workspace)
    for layer_id, pattern, constants in IMPORTS:
        files = tuple(sorted(data.glob(pattern)))
        import_files(settings, layer_id, files, constants=constants)
    return [run_map(settings, map_id, out, RunOptions(pairs, formats)) for map_id, pairs in RUNS]


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
