import sys
from pathlib import Path

import pytest

from core import discovery


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An importable, empty package named `shelf`."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "shelf"]:
        monkeypatch.delitem(sys.modules, name)
    return folder


def test_every_module_directly_below_is_imported(package: Path) -> None:
    (package / "one.py").touch()
    (package / "two.py").touch()
    (package / "deep").mkdir()
    (package / "deep" / "__init__.py").touch()
    (package / "deep" / "three.py").touch()

    discovery.import_all("shelf")

    assert {"shelf.one", "shelf.two", "shelf.deep"} <= sys.modules.keys()
    assert "shelf.deep.three" not in sys.modules


def test_importing_twice_runs_a_module_once(package: Path) -> None:
    (package / "counted.py").write_text(
        "import sys\nsys.modules['shelf'].runs = getattr(sys.modules['shelf'], 'runs', 0) + 1"
    )

    discovery.import_all("shelf")
    discovery.import_all("shelf")

    assert sys.modules["shelf"].runs == 1


def test_what_a_module_raises_on_import_is_raised_with_its_file(package: Path) -> None:
    (package / "broken.py").write_text("1 / 0")

    with pytest.raises(ZeroDivisionError) as raised:
        discovery.import_all("shelf")

    assert raised.traceback[-1].path == package / "broken.py"


def test_a_missing_package_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError, match="nowhere"):
        discovery.import_all("nowhere")
