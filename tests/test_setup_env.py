"""The two commands on machines that are too old, half set up, or changed since."""

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
Made = list[tuple[str, ...]]


@pytest.fixture
def setup_env(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The set-up module, working on a project of its own that needs no package."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import setup_env as module  # noqa: PLC0415 - found through the path above

    venv = tmp_path / "町 の プロジェクト" / ".venv"
    venv.parent.mkdir()
    for name in ("requirements.lock", "pyproject.toml"):
        (venv.parent / name).write_text("", encoding="utf-8")
    monkeypatch.setattr(module, "ROOT", venv.parent)
    monkeypatch.setattr(module, "LOCK", venv.parent / "requirements.lock")
    monkeypatch.setattr(module, "VENV", venv)
    monkeypatch.setattr(module, "STAMP", venv / "knr-setup.stamp")
    monkeypatch.setattr(module, "UNFINISHED", venv / "knr-setup.unfinished")
    return module


@pytest.fixture
def installed(setup_env: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Made:
    """What pip is asked for, instead of asking it."""
    asked: Made = []
    monkeypatch.setattr(setup_env, "pip", lambda _python, *arguments: asked.append(arguments))
    return asked


Say = Callable[[], str]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Say:
    return lambda: capsys.readouterr().out


def test_sets_up_once_and_again_when_the_lock_changes(
    setup_env: ModuleType, installed: Made, printed: Say
) -> None:
    python = setup_env.ensure_environment()
    assert subprocess.run([python, "-c", ""], check=True).returncode == 0
    assert "初回の準備" in printed()
    assert len(installed) == 2

    assert setup_env.ensure_environment() == python
    assert printed() == ""
    assert len(installed) == 2

    marker = setup_env.VENV / "kept"
    marker.touch()
    setup_env.LOCK.write_text("# changed", encoding="utf-8")
    setup_env.ensure_environment()
    assert "更新しています" in printed()
    assert len(installed) == 4
    assert marker.exists()


def test_an_interrupted_set_up_is_redone_from_nothing(
    setup_env: ModuleType, installed: Made, printed: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_python: Path, *_: str) -> None:
        (setup_env.VENV / "half a package").touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(setup_env, "pip", interrupt)
        with pytest.raises(SystemExit, match="中断しました"):
            setup_env.ensure_environment()
    printed()

    setup_env.ensure_environment()

    assert "やり直して" in printed()
    assert not (setup_env.VENV / "half a package").exists()
    assert len(installed) == 2


def test_an_environment_whose_python_is_gone_is_made_again(
    setup_env: ModuleType, installed: Made, printed: Say
) -> None:
    python = setup_env.ensure_environment()
    python.unlink()
    printed()

    assert setup_env.runs(setup_env.ensure_environment())
    assert "初回の準備" in printed()
    assert len(installed) == 4


def test_a_failed_install_is_one_line_after_pip_s_own(
    setup_env: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    setup_env.LOCK.write_text("no-such-package==1 --hash=sha256:" + "0" * 64, encoding="utf-8")

    with pytest.raises(SystemExit) as caught:
        setup_env.ensure_environment()

    assert "部品を入れられませんでした" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert setup_env.UNFINISHED.exists()
    assert not setup_env.STAMP.exists()


def test_the_editable_install_points_by_ascii_alone(
    setup_env: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An absolute path with Japanese letters in a .pth file stops Python 3.11 in another locale."""

    def install_editable(_python: Path, *_: str) -> None:
        site = next(setup_env.VENV.rglob("site-packages"))
        (site / "_editable_impl_knr_gis.pth").write_text(str(setup_env.ROOT), encoding="utf-8")

    monkeypatch.setattr(setup_env, "pip", install_editable)
    (setup_env.ROOT / "only_in_the_checkout.py").touch()
    python = setup_env.ensure_environment()

    pointer = next(setup_env.VENV.rglob("*knr_gis*.pth"))
    assert pointer.read_bytes().isascii()
    other_locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [python, "-c", "import only_in_the_checkout"]
    assert subprocess.run(command, check=False, env=other_locale).returncode == 0


def test_a_python_that_is_too_old_is_one_line(setup_env: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    with pytest.raises(SystemExit, match=r"3\.11 以上が必要です（これは 3\.9\.18") as caught:
        setup_env.ensure_environment()
    assert "\n" not in str(caught.value)


def test_a_python_without_venv_is_one_line(setup_env: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(SystemExit, match="python3-venv"):
        setup_env.ensure_environment()


@pytest.mark.parametrize("name", ["setup_env.py", "demo.py", "test.py"])
def test_an_old_python_can_parse_what_tells_it_so(name: str) -> None:
    assert ast.parse((SCRIPTS / name).read_text(encoding="utf-8"), feature_version=(3, 7))


@pytest.mark.parametrize("name", ["setup_env.py", "demo.py", "test.py"])
def test_the_set_up_needs_the_standard_library_alone(name: str) -> None:
    module = ast.parse((SCRIPTS / name).read_text(encoding="utf-8"))
    roots = {
        alias.name.split(".")[0] for n in ast.walk(module) if isinstance(n, ast.Import) for alias in n.names
    }
    roots |= {str(n.module).split(".")[0] for n in ast.walk(module) if isinstance(n, ast.ImportFrom)}
    assert roots - set(sys.stdlib_module_names) <= {"setup_env", "knr_gis"}
    texts = ast.parse((SCRIPTS.parent / "knr_gis" / "texts.py").read_text(encoding="utf-8"))
    used = {a.name for n in ast.walk(texts) if isinstance(n, ast.Import) for a in n.names}
    assert used <= set(sys.stdlib_module_names)
