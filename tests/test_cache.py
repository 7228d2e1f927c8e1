"""The cache of loaded bases: right after every change, never in the way, and kept to its owner."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from bases import SECTIONS, write_base

from expert import cache
from expert.cache import cached_load, default_folder
from expert.load import BaseErrors, load

ROOT = Path(__file__).parent.parent


@pytest.fixture
def keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the cache."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("LEGWISE_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def base_folder(tmp_path: Path) -> Path:
    return write_base(tmp_path / "base")


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every folder that is really loaded."""
    loaded: list[object] = []
    monkeypatch.setattr("expert.load.load", lambda folder: loaded.append(folder) or load(folder))
    return loaded


def kept_file(keep: Path) -> Path:
    (path,) = keep.glob("*.base")
    return path


def test_the_second_time_the_same_base_comes_from_the_cache(keep: Path, base_folder: Path, loads: list[object]) -> None:
    first, second = cached_load(base_folder), cached_load(base_folder)
    assert first == second == load(base_folder)
    assert list(second.questions) == list(first.questions)
    assert len(loads) == 1


def test_a_hit_imports_neither_yaml_nor_the_loader(keep: Path, base_folder: Path) -> None:
    cached_load(base_folder)
    code = (
        "import sys; from expert.cache import cached_load; cached_load(sys.argv[1]); "
        "print(sorted({'yaml', 'expert.load', 'expert.reading', 'platformdirs'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(base_folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("change", ["text", "new file", "file gone", "renamed"])
def test_any_change_to_the_files_is_seen(keep: Path, base_folder: Path, loads: list[object], change: str) -> None:
    (base_folder / "zz_more.yaml").write_text("sources: {more: {title: More, seen: true}}")
    cached_load(base_folder)
    path = base_folder / "zz_more.yaml"
    match change:
        case "text":
            path.write_text("sources: {more: {title: Less, seen: true}}")
        case "new file":
            (base_folder / "zz_other.yaml").write_text("sources: {other: {title: Other, seen: true}}")
        case "file gone":
            path.unlink()
        case "renamed":
            path.rename(base_folder / "zz_new.yaml")
    assert cached_load(base_folder).sources == load(base_folder).sources
    assert len(loads) == 2


def test_a_change_to_the_loader_makes_what_is_kept_stale(
    keep: Path, base_folder: Path, loads: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    cached_load(base_folder)
    monkeypatch.setattr(cache, "_fingerprint", lambda: "another")
    cached_load(base_folder)
    assert len(loads) == 2


def damage_nothing_left(path: Path) -> None:
    path.write_bytes(b"")


def damage_cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def damage_one_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def damage_not_a_base(path: Path) -> None:
    path.write_bytes(cache.hashlib.sha256(b"\x80").digest() + b"\x80")


def damage_deep_rubbish(path: Path) -> None:
    rubbish = b"\x91" * 100_000
    path.write_bytes(cache.hashlib.sha256(rubbish).digest() + rubbish)


def damage_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def damage_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    "damage",
    [
        damage_nothing_left,
        damage_cut_short,
        damage_one_bit,
        damage_not_a_base,
        damage_deep_rubbish,
        damage_a_folder,
        damage_a_pipe,
    ],
)
def test_a_damaged_cache_is_only_slower(keep: Path, base_folder: Path, loads: list[object], damage: object) -> None:
    cached_load(base_folder)
    damage(kept_file(keep))  # type: ignore[operator]
    assert cached_load(base_folder) == load(base_folder)
    assert len(loads) == 2


def test_a_kept_base_put_in_place_of_another_is_not_taken(keep: Path, tmp_path: Path) -> None:
    """Somebody who copies a file over another must not change what people are told."""
    mild = write_base(tmp_path / "mild", red_flags=SECTIONS["red_flags"].replace("emergency", "routine"))
    cached_load(mild)
    content = kept_file(keep).read_bytes()
    kept_file(keep).unlink()
    real = write_base(tmp_path / "real")
    cached_load(real)
    kept_file(keep).write_bytes(content)
    assert cached_load(real).red_flags["heart"].urgency == "emergency"


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs owners of files")
def test_what_others_could_have_written_is_not_taken(keep: Path, base_folder: Path, loads: list[object]) -> None:
    cached_load(base_folder)
    kept_file(keep).chmod(0o666)
    cached_load(base_folder)
    assert len(loads) == 2
    keep.chmod(0o777)
    cached_load(base_folder)
    assert len(loads) == 3


@pytest.mark.skipif(os.name != "posix", reason="needs permissions")
def test_only_the_owner_can_read_what_is_kept(keep: Path, base_folder: Path) -> None:
    cached_load(base_folder)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (keep, kept_file(keep))] == [0o700, 0o600]
    assert [path.suffix for path in keep.iterdir()] == [".base"]


@pytest.mark.parametrize("place", ["a file", "no such root", "a name too long"])
def test_a_folder_that_cannot_be_used_is_only_slower(
    tmp_path: Path, base_folder: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (tmp_path / "file").touch()
    folder = {"a file": tmp_path / "file", "no such root": "/dev/null/x", "a name too long": "x" * 5000}[place]
    monkeypatch.setenv("LEGWISE_CACHE_DIR", str(folder))
    assert cached_load(base_folder) == load(base_folder)


def test_nothing_switches_it_off(tmp_path: Path, base_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGWISE_CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "platform"))
    cached_load(base_folder)
    assert not (tmp_path / "platform").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="where Linux keeps caches")
def test_the_platform_says_where_it_is(tmp_path: Path, base_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEGWISE_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "platform"))
    cached_load(base_folder)
    assert kept_file(tmp_path / "platform" / "legwise")


def test_a_faulty_base_is_told_of_and_not_kept(keep: Path, tmp_path: Path) -> None:
    folder = write_base(tmp_path / "faulty", sources="sources: {boook: {title: A, seen: true}}")
    for _ in range(2):
        with pytest.raises(BaseErrors, match="Did you mean 'boook'"):
            cached_load(folder)
    with pytest.raises(BaseErrors, match="cannot be read as a folder"):
        cached_load(tmp_path / "nowhere")
    assert not keep.exists()


def test_the_cache_does_not_grow_for_ever(keep: Path, base_folder: Path) -> None:
    for number in range(cache.MAX_KEPT + 3):
        (base_folder / "zz_more.yaml").write_text(f"# {number}")
        cached_load(base_folder)
    assert len(list(keep.iterdir())) == cache.MAX_KEPT


def test_what_is_kept_can_be_forgotten_and_nothing_else_goes(keep: Path, base_folder: Path) -> None:
    assert cache.forget() == ()
    cached_load(base_folder)
    other = keep / "diary.txt"
    other.touch()
    kept = kept_file(keep)
    assert cache.forget() == (kept,)
    assert list(keep.iterdir()) == [other]
    other.unlink()
    cached_load(base_folder)
    cache.forget()
    assert not keep.exists()


def test_the_shipped_base_stands_beside_the_package() -> None:
    assert default_folder() == ROOT / "rules" / "stiff_legs"
