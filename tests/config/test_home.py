import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.embedded import reach
from config.embedded.errors import StartError
from config.embedded.home import open_home


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory for temporary files with a path shorter than pytest's."""
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:
        monkeypatch.setattr(tempfile, "tempdir", directory)
        yield Path(directory)


def test_second_instance_is_refused_with_who_holds_it(tmp_path: Path) -> None:
    _, lock = open_home(tmp_path / "home")

    with lock, pytest.raises(StartError, match=rf"runs already on .*home \(process {os.getpid()}\)"):
        open_home(tmp_path / "home")


def test_home_is_free_again_after_its_instance(tmp_path: Path) -> None:
    open_home(tmp_path)[1].close()

    _, lock = open_home(tmp_path)

    lock.close()


def test_home_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StartError, match="cannot be used"):
        open_home(tmp_path / "file" / "home")


def test_sockets_lie_in_the_home_while_its_path_is_short(temporary: Path) -> None:
    assert reach.socket_directory(temporary) == temporary / "run"


def test_long_home_has_a_short_closed_directory_of_its_own(temporary: Path) -> None:
    homes = [Path("/") / ("long" * 30) / name for name in ("a", "b")]

    first, second = (reach.socket_directory(home) for home in homes)

    assert first != second
    assert reach.socket_directory(homes[0]) == first
    assert {first.parent, second.parent} == {temporary}
    assert stat.S_IMODE(first.stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)
    assert len(f"{first}{reach.LONGEST_SOCKET_NAME}") <= reach.SOCKET_PATH_BYTES


def test_odd_home_has_a_plain_directory_for_its_sockets(temporary: Path) -> None:
    assert reach.socket_directory(temporary / "my home, 100%").parent == temporary


@pytest.mark.parametrize("trap", ["link", "file", "open"])
def test_directory_that_others_could_have_made_is_refused(temporary: Path, trap: str) -> None:
    home = Path("/") / ("long" * 30)
    directory = reach.socket_directory(home)
    directory.rmdir()
    if trap == "link":
        directory.symlink_to(temporary)
    elif trap == "file":
        directory.touch()
    else:
        directory.mkdir()
        directory.chmod(0o777)

    with pytest.raises(StartError, match="belongs to somebody else"):
        reach.socket_directory(home)


def test_traversal_is_judged_by_every_directory_above(tmp_path: Path) -> None:
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o700)
    uid, gid = os.geteuid() + 12345, os.getegid() + 12345

    assert not reach.can_traverse(inner, uid=uid, gid=gid)
    assert not reach.can_traverse(inner / "yet to be made", uid=uid, gid=gid)
    assert reach.can_traverse(Path("/"), uid=uid, gid=gid)
