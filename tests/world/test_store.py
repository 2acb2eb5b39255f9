"""Worlds on disk: found by name, whole or not at all, and never misread."""

from __future__ import annotations

import os
import time

import pytest

from accord.errors import WorldError
from accord.world.store import cache_dir, cached_path, cached_worlds, read_world, whole_file, write_world
from accord.world.toy import toy_world


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ACCORD_DATA_DIR", str(tmp_path / "data"))


def test_a_world_is_returned_as_it_is():
    toy = toy_world()
    assert read_world(toy) is toy


def test_a_world_is_found_by_path_by_name_and_in_the_package(tmp_path):
    written = write_world(toy_world(), tmp_path / "mine.nc")
    kept = write_world(toy_world(), cached_path("kept"))
    assert cached_worlds() == ("kept",)
    assert kept.parent == cache_dir()
    hashes = {read_world(source).content_hash for source in (written, str(written), "kept", "toy")}
    assert hashes == {toy_world().content_hash}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "toi",
            """World 'toi': no World of this name is here.
  Expected: the path of a .nc file, or one of toy.
  Did you mean 'toy'? More Worlds: accord data fetch icio-2022, accord data add cp2015 FILE. List all: accord data list""",
        ),
        (
            "cp2015",
            """World 'cp2015': this World is known but not yet here.
  Expected: the path of a .nc file, or one of toy.
  Get it first: accord data add cp2015 FILE""",
        ),
        (
            "icio-2022",
            """World 'icio-2022': this World is known but not yet here.
  Expected: the path of a .nc file, or one of toy.
  Get it first: accord data fetch icio-2022""",
        ),
        (
            "nowhere/world.nc",
            """nowhere/world.nc: no such file.
  Expected: a World written by accord (.nc).
  Check the path. Worlds by name: accord data list""",
        ),
    ],
)
def test_an_unknown_world_is_an_error_that_says_what_to_type(name, message, monkeypatch, tmp_path):
    monkeypatch.setattr("accord.world.store.EMBEDDED", tmp_path / "absent.nc")
    with pytest.raises(WorldError) as raised:
        read_world(name)
    assert str(raised.value) == message


@pytest.mark.parametrize("kept", [0, 1, 100, 2000, 0.5, 0.99])
def test_a_truncated_file_is_an_error_with_its_remedy(tmp_path, kept):
    path = write_world(toy_world(), tmp_path / "world.nc")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole)) if isinstance(kept, float) else kept])
    with pytest.raises(WorldError, match="the file is damaged") as raised:
        read_world(path)
    assert "get it again: accord data fetch NAME" in str(raised.value)


def test_no_damage_to_a_byte_gives_another_world_or_a_traceback(tmp_path):
    toy = toy_world()
    whole = write_world(toy, tmp_path / "world.nc").read_bytes()
    damaged = tmp_path / "damaged.nc"
    noticed = 0
    for position in range(0, len(whole), len(whole) // 150):
        flipped = bytearray(whole)
        flipped[position] ^= 0xFF
        damaged.write_bytes(flipped)
        try:
            world = read_world(damaged)
        except WorldError:
            noticed += 1
        else:
            assert world.content_hash == toy.content_hash
    assert noticed > 0  # most bytes of so small a file are padding


def test_a_file_of_another_format_is_refused_by_name(tmp_path):
    data = toy_world().data.copy()
    data.attrs["format"] = "accord world 99"
    data.to_netcdf(tmp_path / "future.nc", engine="h5netcdf")
    with pytest.raises(WorldError, match="format 'accord world 99'"):
        read_world(tmp_path / "future.nc")


def test_a_changed_number_is_noticed_by_the_hash(tmp_path):
    import h5py

    path = write_world(toy_world(), tmp_path / "world.nc")
    with h5py.File(path, "r+") as file:
        file["tariff_rate"][0, 1, 2] = 0.11
    with pytest.raises(WorldError, match="does not match the hash"):
        read_world(path)


def test_faulty_accounts_are_an_error_unless_one_only_looks(tmp_path):
    toy = toy_world()
    broken = toy.with_data({"trade_elasticity": -toy.data["trade_elasticity"]}, step="broken")
    path = write_world(broken, tmp_path / "broken.nc")
    with pytest.raises(WorldError, match="zero or negative"):
        read_world(path)
    assert read_world(path, check=False).content_hash == broken.content_hash


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "world.nc"
    target.write_text("old")

    def fail() -> None:
        with whole_file(target) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_what_a_killed_process_left_is_neither_listed_nor_kept_for_ever(tmp_path):
    target = cached_path("world")
    target.parent.mkdir(parents=True)
    fresh, stale = (target.parent / f".world.nc.{name}.part" for name in ("fresh", "stale"))
    for leftover in (fresh, stale):
        leftover.write_text("half")
    os.utime(stale, (time.time() - 100_000,) * 2)
    write_world(toy_world(), target)
    assert cached_worlds() == ("world",)
    assert fresh.exists()
    assert not stale.exists()


def test_a_folder_is_no_file_to_write(tmp_path):
    with pytest.raises(WorldError, match="is a folder"):
        write_world(toy_world(), tmp_path)


def test_packed_or_not_the_content_is_the_same_to_the_bit(tmp_path):
    world = read_world("embedded")
    packed, plain = write_world(world, tmp_path / "a.nc"), write_world(world, tmp_path / "b.nc", packed=False)
    assert packed.stat().st_size < 0.9 * plain.stat().st_size
    first, second = read_world(packed), read_world(plain)
    assert first.content_hash == second.content_hash == world.content_hash
    assert first.data.equals(second.data)
    assert plain.read_bytes() == write_world(world, tmp_path / "c.nc", packed=False).read_bytes()
