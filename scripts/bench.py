"""
Measure the heavy parts beside an alternative, in one run: ``python scripts/bench.py network``.

Not a test: times depend on the machine and on what else it does. Every contender's answer is compared
before its time is printed. A new bench is one file in ``benches/`` and one line in BENCHES.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benches import Row, markdown
from benches.assignment import bench_assignment
from benches.isolation import bench_isolation
from benches.itinerary import bench_itinerary
from benches.network import bench_network
from benches.overlay import bench_overlay
from benches.scenario import bench_scenario
from benches.terrain import bench_terrain
from benches.webmap import bench_webmap

BENCHES: dict[str, Callable[[int], list[Row]]] = {
    "network": bench_network,
    "overlay": bench_overlay,
    "scenario": bench_scenario,
    "terrain": bench_terrain,
    "assignment": bench_assignment,
    "isolation": bench_isolation,
    "itinerary": bench_itinerary,
    "webmap": bench_webmap,
}


def main() -> None:
    """Run the benches named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], help="which benches (default: all)")
    parser.add_argument("--repeat", type=int, default=3, help="runs per contender (median is shown)")
    options = parser.parse_args()
    for name in options.names or BENCHES:
        print(f"## {name}: {BENCHES[name].__doc__}\n\n{markdown(BENCHES[name](options.repeat))}\n")


if __name__ == "__main__":
    main()
