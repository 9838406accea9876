"""Draw the example pictures of docs/ from the bundled sample: docs/images/<map id>.png, and a profile.

    .venv/bin/python scripts/doc_images.py

Run it again when a map changes its look.
"""

import tempfile
from pathlib import Path

from PIL import Image

from knr_gis.figure.chart import write_chart
from knr_gis.sample import run_demo

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
WIDTH = 1400
PROFILE_OF = "safety"  # the map whose first chart has a picture of its own
COLOURS = 256  # a palette keeps each picture below 300 kB


def shrink(source: Path, target: Path) -> None:
    """Write a print map smaller, with a palette, for a page of text."""
    with Image.open(source) as picture:
        small = picture.convert("RGB").resize((WIDTH, round(picture.height * WIDTH / picture.width)))
    # MAXCOVERAGE keeps the colours of small symbols; the default merges them with larger areas
    palette = small.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    palette.save(target, optimize=True)


def main() -> None:
    """Run the demo in a folder that is thrown away and keep its pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for outcome in run_demo(Path(folder)):
            target = IMAGES / f"{outcome.product.id}.png"
            shrink(outcome.files["png"], target)
            print(target, f"{target.stat().st_size / 1000:.0f} kB")
            if outcome.product.id == PROFILE_OF:
                write_chart(outcome.product.result.charts[0], IMAGES / f"{PROFILE_OF}_profile.png", dpi=130)


if __name__ == "__main__":
    main()
