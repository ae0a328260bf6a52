"""Go's own sumdb/tlog and note packages (Debian) accept our logs as published, and refuse each one altered."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fanghu.tlog.publication import paths, resource
from fanghu.tlog.reader import LogReader
from tests.tlog.stage import NOW, SIGNER, Stage, entries

PROGRAM = Path(__file__).parent / "go" / "verify.go"
SIZE = 66_000


def publish(folder: Path, target: Path) -> Path:
    """Write every resource of a log under ``target``."""
    reader = LogReader(folder)
    for path in paths(reader.size, reader.first):
        data = resource(reader, path)
        assert data is not None
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(data)
    return target


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go program, built from Debian's sources without the network."""
    folder = tmp_path_factory.mktemp("go")
    environment = {
        **os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "", "HOME": str(folder),
    }  # fmt: skip
    subprocess.run(["go", "build", "-o", folder / "verify", PROGRAM], env=environment, check=True)
    return folder / "verify"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A log with a full tile of level 1, published, and a checkpoint of it when it was younger."""
    base = tmp_path_factory.mktemp("log")
    stage = Stage(base)
    with stage.writer() as writer:
        writer.append(entries(0, 40_000))
        older = base / "older"
        older.write_bytes(writer.seal(NOW).note)
        writer.append(entries(40_000, SIZE))
        writer.seal(NOW)
    return publish(stage.folder, base / "site"), older


def ask(program: Path, site: Path, *more: object) -> str:
    """What Go says of a published log."""
    ended = subprocess.run(
        [program, site, str(SIGNER.verifier), *map(str, more)], capture_output=True, text=True, check=False
    )
    return ended.stdout.strip() or ended.stderr


def test_go_accepts_every_entry_and_that_the_log_only_grew(program: Path, published: tuple[Path, Path]) -> None:
    site, older = published
    assert ask(program, site, older) == f"OK {SIGNER.name} {SIZE}"


def test_go_accepts_what_is_left_of_a_pruned_log(program: Path, published: tuple[Path, Path], tmp_path: Path) -> None:
    """The proofs of what is left need nothing of what is gone; a proof from within what is gone cannot be had."""
    base, older = published[0].parent, published[1]
    stage = Stage(Path(shutil.copytree(base, tmp_path / "copy")))
    with stage.writer() as writer:
        assert writer.prune(SIZE, {}, NOW).first == 65_536
        newer = tmp_path / "newer"
        newer.write_bytes(writer.checkpoint.note)
        writer.append(entries(SIZE, SIZE + 300))
        size = writer.seal(NOW).size
    site = publish(stage.folder, tmp_path / "site")
    assert not (site / "tile/0/000").exists() and not (site / "tile/entries/000").exists()
    assert ask(program, site, newer, 65_536) == f"OK {SIGNER.name} {size}"
    assert ask(program, site, base / "site/checkpoint", 65_536) == f"OK {SIGNER.name} {size}"
    assert ask(program, site, older, 65_536).startswith("REFUSED"), "40,000 is no multiple of 256"
    assert ask(program, site, "", 65_280).startswith("REFUSED")


@pytest.mark.parametrize(
    "name",
    ["checkpoint", "tile/0/017", "tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1", "tile/entries/200", "tile/entries/257.p/208"],
)  # fmt: skip
def test_go_refuses_one_flipped_bit(program: Path, published: tuple[Path, Path], tmp_path: Path, name: str) -> None:
    site = shutil.copytree(published[0], tmp_path / "site")
    data = bytearray((site / name).read_bytes())
    data[len(data) // 2] ^= 1
    (site / name).write_bytes(data)
    assert ask(program, site).startswith("REFUSED")


def test_go_refuses_a_checkpoint_of_another_history(
    program: Path, published: tuple[Path, Path], tmp_path: Path
) -> None:
    other = Stage(tmp_path)
    with other.writer() as writer:
        writer.append(entries(1, 40_001))
        (tmp_path / "older").write_bytes(writer.seal(NOW).note)
    assert ask(program, published[0], tmp_path / "older").startswith("REFUSED")


def test_a_path_that_the_log_does_not_have_is_nothing(published: tuple[Path, Path]) -> None:
    reader = LogReader(published[0].parent / "log")
    for path in (
        "tile/0/258", "tile/0/257", "tile/0/257.p/209", "tile/1/001", "tile/entries/258", "tile/3/000", "frames/tail",
        "tile/entries/../checkpoint", "tile/0/17", "tile/-1/000", "checkpoint/", "",
    ):  # fmt: skip
        assert resource(reader, path) is None, path
    assert resource(reader, "tile/0/257.p/100") == resource(reader, "tile/0/257.p/208")[:3200]  # type: ignore[index]
