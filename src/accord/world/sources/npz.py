"""Arrays out of .npz files that others made: exact names and shapes, finite numbers, no pickled objects."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from accord.errors import Fault, WorldError, nearest


def read_arrays(
    path: str | Path, shapes: Mapping[str, tuple[int, ...]], *, remedy: str
) -> dict[str, np.ndarray]:
    """Return the arrays named in `shapes`; every fault of the file is listed at once.

    Args:
        path: The .npz file.
        shapes: Expected shape by name; arrays of other names are left alone.
        remedy: What to do when the file is not what it should be.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise WorldError([Fault(str(file), "no such file", "a NumPy archive (.npz)", remedy)])
    arrays: dict[str, np.ndarray] = {}
    faults: list[Fault] = []
    try:
        # Pickled objects can run code when they are loaded; a data file has no need of them.
        with zipfile.ZipFile(file), np.load(file, allow_pickle=False) as archive:
            for name, shape in shapes.items():
                array, found = _array_or_faults(file, archive, name, shape, remedy)
                faults += found
                if array is not None:
                    arrays[name] = array
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise WorldError(
            [
                Fault(
                    str(file),
                    "it is no NumPy archive, or it is damaged or cut short",
                    "a whole .npz file",
                    remedy,
                )
            ]
        ) from error
    if faults:
        raise WorldError(faults)
    return arrays


def file_sha256(path: str | Path) -> str:
    """SHA-256 of a file's bytes."""
    with Path(path).expanduser().open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def label_faults(path: str | Path, key: str, found: np.ndarray, expected: tuple[str, ...]) -> Iterator[Fault]:
    """Yield a fault when the labels of a file are not the expected ones in the expected order."""
    labels = tuple(str(label) for label in found)
    if labels != expected:
        position = next(
            index for index, pair in enumerate(zip(labels, expected, strict=True)) if pair[0] != pair[1]
        )
        yield Fault(
            where=f"{path}, array '{key}', position {position}",
            found=f"label '{labels[position]}'",
            expected=f"'{expected[position]}'",
            remedy="The order of labels is part of the data: use the file as published.",
        )


def _array_or_faults(
    file: Path, archive: np.lib.npyio.NpzFile, name: str, shape: tuple[int, ...], remedy: str
) -> tuple[np.ndarray | None, list[Fault]]:
    where = f"{file}, array '{name}'"
    if name not in archive.files:
        found = f"it is missing; the file has {', '.join(archive.files) or 'nothing'}"
        hint = f"{nearest(name, archive.files)} {remedy}".strip()
        return None, [Fault(where, found, f"an array of shape {shape}", hint)]
    try:
        array = archive[name]
    except ValueError as error:
        if "allow_pickle" not in str(error):
            raise
        plain = "plain numbers or text: pickled objects can run code and are never loaded"
        return None, [Fault(where, "it holds pickled Python objects", plain, remedy)]
    except (zipfile.BadZipFile, zlib.error, EOFError):
        return None, [
            Fault(where, "its bytes are damaged or cut short", f"an array of shape {shape}", remedy)
        ]
    if not isinstance(array, np.ndarray):
        return None, [Fault(where, "it is no array", f"an array of shape {shape}", remedy)]
    if array.shape != shape:
        return None, [Fault(where, f"shape {array.shape}", f"shape {shape}", remedy)]
    if array.dtype.kind not in "iufU":
        return None, [Fault(where, f"type {array.dtype}", "numbers, or text for labels", remedy)]
    blank = 0 if array.dtype.kind == "U" else int((~np.isfinite(array)).sum())
    if blank:
        return None, [Fault(where, f"{blank} cells are blank or infinite", "a number in every cell", remedy)]
    return array, []
