"""The shape of the package, held by reading its source: direction of imports, one door per library, texts."""

import ast
import re
import string
import subprocess
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "knr_gis"
SOURCES = sorted(PACKAGE.rglob("*.py"))

# Imports point to the same line or upwards, never downwards; a new module takes its place here.
RANKS = (
    (
        "__version__ texts errors definitions settings crs assumptions values depth findings grid display "
        "atomic threads edges trapezoids keeping"
    ),
    "style layers schema region result product geometry provenance fonts hazard typed",
    "fetch fetch_job fetch_plan fetched received readers store derive strays build ingest acquire",
    (
        "network slopes chaining snapping splitting searching routing reaching overlay surface terrain "
        "assigning cutting covering covering_program siting gaining zones overlaps twofold orienteering"
    ),
    "analyses",
    "readable charts front looks legend sheets webmap figure report export",
    "maps check check_trips listing assemble background english excerpt run sample cluster",
    "progress app cli __main__",
)
RANK = {name: rank for rank, names in enumerate(RANKS) for name in names.split()}

DOORS = {
    "pooch": "fetch",
    "requests": "fetch",
    "fiona": "readers store export",
    "pyogrio": "readers store export",
    "rasterio": "readers store export",
    "osmium": "readers",
    "openpyxl": "readers",
    "jismesh": "readers",
    "gpxpy": "readers export",
    "icalendar": "export",
    "folium": "webmap",
    "branca": "webmap",
    "matplotlib": "figure",
    "matplotlib_scalebar": "figure",
    "xlsxwriter": "export",
    "docx": "report",
    "typst": "report",
    "click": "cli",
    "rich": "cli progress",
    "nicegui": "app",
    "ortools": "assigning covering orienteering",
    "numba": "terrain trapezoids edges orienteering",
    "dask": "cluster",
    "distributed": "cluster",
}
# rasterio's array functions open no file
ARRAYS = ("rasterio.features", "rasterio.transform", "rasterio.warp", "rasterio.enums", "rasterio.fill")
FILE_ACCESS = {"read_file", "to_file", "read_parquet", "to_parquet", "read_excel", "to_excel", "list_layers"}


def home(path: Path) -> str:
    """The module or subpackage of knr_gis that a file belongs to."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0].replace("__init__", "__version__")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file, as a dotted name."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(path: Path) -> set[str]:
    names = (name.split(".") for name in imports(path))
    return {parts[1] for parts in names if parts[0] == "knr_gis" and len(parts) > 1}


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_module_has_its_place() -> None:
    assert {home(path) for path in SOURCES} <= RANK.keys()


def test_imports_point_one_way() -> None:
    wrong = [
        f"{shown(path)} imports {name}"
        for path in SOURCES
        for name in own_imports(path)
        if RANK[name] > RANK[home(path)]
    ]
    assert wrong == []


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for path in SOURCES:
        graph.setdefault(home(path), set()).update(own_imports(path) - {home(path)})
    assert list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("library", DOORS)
def test_one_door_per_library(library: str) -> None:
    users = {
        home(path)
        for path in SOURCES
        for name in imports(path)
        if name.split(".")[0] == library and not name.startswith(ARRAYS)
    }
    assert users <= set(DOORS[library].split())


def test_files_are_opened_at_the_doors_only() -> None:
    calls = [
        f"{shown(path)}:{node.lineno} {node.attr}"
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in FILE_ACCESS
        if home(path) not in ("readers", "store", "export")
    ]
    assert calls == []


def test_no_drawer_for_odds_and_ends() -> None:
    odd = re.compile(r"util|helper|manager|misc|common", re.IGNORECASE)
    files = [shown(path) for path in SOURCES if odd.search(path.stem)]
    classes = [
        node.name
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and odd.search(node.name)
    ]
    assert files + classes == []


def test_files_are_short() -> None:
    files = [*SOURCES, *(ROOT / "scripts").rglob("*.py")]
    long = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}


# --- texts ---------------------------------------------------------------------------------------

_LETTER = r"[\u3040-\u30ff\u4e00-\u9fff]"
SENTENCE = re.compile(rf"{_LETTER}。|{_LETTER}{{13,}}")  # words and tokens of data are shorter


def test_sentences_are_told_from_words() -> None:
    assert SENTENCE.search("ファイルを読めません。")
    assert SENTENCE.search("指定緊急避難場所が見つかりませんでした")
    assert not SENTENCE.search("○ 対象 はい 可 指定緊急避難場所")
    assert not SENTENCE.search("[「『。、]")


def docstrings(module: ast.Module) -> set[int]:
    """Identities of the nodes that are docstrings or other bare strings."""
    return {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}


def test_sentences_live_in_texts_and_not_in_logic() -> None:
    found = []
    for path in SOURCES:
        module = tree(path)
        bare = docstrings(module)
        for node in ast.walk(module):
            text = node.value if isinstance(node, ast.Constant) and id(node) not in bare else None
            if isinstance(text, str) and SENTENCE.search(text):
                found.append(f"{shown(path)}:{node.lineno} {text[:30]}")
    assert found == []


def flatten(table: dict[str, object], prefix: str) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        name = f"{prefix}.{key}"
        flat |= flatten(value, name) if isinstance(value, dict) else {name: str(value)}
    return flat


def sentences(language: str) -> dict[str, str]:
    """The sentences read from their files without the package's own loader."""
    found: dict[str, str] = {}
    for path in (PACKAGE / "texts" / language).glob("*.toml"):
        found |= flatten(tomllib.loads(path.read_text(encoding="utf-8")), path.stem)
    return found


def placeholders(sentence: str) -> set[str]:
    names = (name for _, name, _, _ in string.Formatter().parse(sentence) if name)
    return {re.split(r"[.\[]", name)[0] for name in names}


def told_calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Every ``say("room.key", ...)`` and ``SomeError("room.key", ...)``: place, call, key."""
    for path in [*SOURCES, *(ROOT / "scripts").glob("*.py")]:
        for node in ast.walk(tree(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            key = node.args[0]
            if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
                continue
            is_error = node.func.id.endswith("Error") and re.fullmatch(r"[a-z_]+\.[a-z0-9_.]+", key.value)
            if node.func.id in ("say", "tell", "leave") or is_error:
                yield f"{shown(path)}:{node.lineno}", node, key.value


def test_every_sentence_that_is_used_exists() -> None:
    known = sentences("ja")
    calls = list(told_calls())
    assert len(calls) > 50
    assert [f"{place} {key}" for place, _, key in calls if key not in known] == []


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_placeholder_of_a_sentence_is_given_its_value(language: str) -> None:
    known = sentences(language)
    lacking = []
    for place, call, key in told_calls():
        given = {keyword.arg for keyword in call.keywords}
        if None not in given and key in known:  # ``**values`` cannot be read from the source
            missing = placeholders(known[key]) - given
            lacking += [f"{place} {key} lacks {name}" for name in sorted(missing)]
    assert lacking == []


# --- the repository ------------------------------------------------------------------------------

REGISTRIES = (
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.",
    "yarn" + "pkg.com",
    "anaconda" + ".org",
    "anaconda" + ".com",
    "golang" + ".org",
    "crates" + ".io",
    "ruby" + "gems.org",
)


def test_no_file_names_a_registry_host() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    tracked = [ROOT / name for name in listed.decode().split("\0") if name]
    found = [
        f"{shown(path)}: {host}"
        for path in tracked
        if path.is_file()
        for host in REGISTRIES
        if host.encode() in path.read_bytes()
    ]
    assert found == []
