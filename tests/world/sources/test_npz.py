"""Archives of arrays that others made: whatever is wrong is told, nothing in them is run."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from accord.errors import WorldError
from accord.world.sources.npz import read_arrays


def saved(folder, **arrays):
    path = folder / "data.npz"
    np.savez(path, **arrays)
    return path


def test_missing_misshapen_blank_and_pickled_arrays_are_all_listed(tmp_path):
    path = saved(
        tmp_path,
        tariffs=np.zeros(3),
        flows=np.zeros((2, 2)),
        output=np.array([1.0, np.nan]),
        labels=np.array([{"a": 1}, 2], dtype=object),
    )
    shapes = {"tariff": (3,), "flows": (2, 3), "output": (2,), "labels": (2,)}
    with pytest.raises(WorldError) as raised:
        read_arrays(path, shapes, remedy="Get it again.")
    assert str(raised.value) == (
        f"""{path}, array 'tariff': it is missing; the file has tariffs, flows, output, labels.
  Expected: an array of shape (3,).
  Did you mean 'tariffs'? Get it again.

{path}, array 'flows': shape (2, 2).
  Expected: shape (2, 3).
  Get it again.

{path}, array 'output': 1 cells are blank or infinite.
  Expected: a number in every cell.
  Get it again.

{path}, array 'labels': it holds pickled Python objects.
  Expected: plain numbers or text: pickled objects can run code and are never loaded.
  Get it again."""
    )


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.7, 0.99])
def test_a_file_cut_short_is_told(tmp_path, kept):
    path = saved(tmp_path, flows=np.random.default_rng(1).random((50, 50)))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])
    with pytest.raises(WorldError, match="damaged or cut short"):
        read_arrays(path, {"flows": (50, 50)}, remedy="Get it again.")


def test_a_damaged_array_is_told(tmp_path):
    path = saved(tmp_path, flows=np.random.default_rng(1).random((50, 50)))
    damaged = bytearray(path.read_bytes())
    damaged[5000] ^= 0xFF
    path.write_bytes(damaged)
    with pytest.raises(WorldError, match="damaged or cut short"):
        read_arrays(path, {"flows": (50, 50)}, remedy="Get it again.")


def test_a_file_that_is_no_archive_is_told(tmp_path):
    np.save(tmp_path / "bare.npy", np.zeros(3))
    for path in (tmp_path / "bare.npy", tmp_path / "absent.npz"):
        with pytest.raises(WorldError, match=r"no NumPy archive|no such file"):
            read_arrays(path, {"flows": (3,)}, remedy="Get it again.")
    with zipfile.ZipFile(tmp_path / "other.npz", "w") as archive:
        archive.writestr("flows", b"not an array")
    with pytest.raises(WorldError, match="it is no array"):
        read_arrays(tmp_path / "other.npz", {"flows": (3,)}, remedy="Get it again.")
