"""Worlds on disk: NetCDF4 files that appear whole or not at all, and the names by which they are found."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from importlib import resources
from pathlib import Path
from typing import Any

import h5py
import xarray as xr

from accord.errors import Fault, WorldError, nearest
from accord.world.checks import ensure_valid
from accord.world.toy import toy_world
from accord.world.variables import COORDINATES, VARIABLES
from accord.world.world import Provenance, World

FORMAT = "accord world 1"
"""Written into every file; a file of another format is refused by name rather than misread."""

EMBEDDED = Path(str(resources.files("accord.world"))) / "embedded" / "world.nc"
"""Package data. HDF5 opens real files alone, so accord is installed as files, never run from a zip archive."""

BUILT_IN = ("embedded", "toy")

ATTRIBUTES = ("unit", "meaning", "set")
"""Attributes of variables; HDF5 keeps others of its own beside them."""


def read_world(source: World | str | Path = "embedded", *, check: bool = True) -> World:
    """Return a World.

    Args:
        source: A World (returned as it is); the path of a .nc file; 'embedded' or 'toy', which come with accord; or the name of a
            World in the cache (`accord data list`).
        check: Raise an error that lists every fault of the accounts; False only to look at a World that has some.
    """
    if isinstance(source, World):
        return source
    world = toy_world() if source == "toy" else _read_file(_find(source))
    return ensure_valid(world) if check else world


def _find(source: str | Path) -> Path:
    if isinstance(source, Path) or _looks_like_path(source):
        return Path(source).expanduser()
    if source == "embedded" and EMBEDDED.is_file():
        return EMBEDDED
    if source in cached_worlds():
        return cached_path(source)
    raise WorldError([_unknown_name(source)])


def write_world(world: World, path: str | Path, *, packed: bool = True) -> Path:
    """Write `world` as NetCDF4 to `path`, whole or not at all, and return the path.

    The same World gives the same bytes with the same versions of the libraries.

    Args:
        world: The data.
        path: File to write.
        packed: Compress numbers, which saves a quarter to a half. Worlds that are read by every command are kept as they are: to unpack
            80 x 50 takes half a second, to read it a tenth.
    """
    target = Path(path).expanduser()
    data = world.data.copy()
    data.attrs = {
        "format": FORMAT,
        "name": world.name,
        "year": world.year,
        "content_sha256": world.content_hash,
        **{key: _text(value) for key, value in asdict(world.provenance).items()},
    }
    with whole_file(target) as temporary:
        data.to_netcdf(temporary, engine="h5netcdf", encoding=_encoding(data, packed=packed))
    return target


def cache_dir() -> Path:
    """Folder of fetched and added Worlds: $ACCORD_DATA_DIR/worlds, or the platform's data folder for accord."""
    chosen = os.environ.get("ACCORD_DATA_DIR")
    if chosen:
        return Path(chosen).expanduser() / "worlds"
    from platformdirs import user_data_dir

    return Path(user_data_dir("accord", appauthor=False)) / "worlds"


def cached_path(name: str) -> Path:
    """File of the World `name` in the cache, whether it exists or not."""
    return cache_dir() / f"{name}.nc"


def cached_worlds() -> tuple[str, ...]:
    """Names of the Worlds in the cache, sorted."""
    folder = cache_dir()
    return tuple(sorted(file.stem for file in folder.glob("*.nc") if not file.name.startswith(".")))


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give a temporary path beside `target` and move it there when the block succeeds; on any failure remove it."""
    if target.is_dir():
        raise WorldError(f"{target} is a folder. Give the name of a file to write.")
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target)
    # A dot file in the same folder: the move is atomic there, and no listing of Worlds shows it.
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        # mkstemp gives 0600; a World is as readable as any file its owner makes.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _sweep(target: Path) -> None:
    """Remove what a killed process left beside `target`; a day is longer than any write that is still going on."""
    for leftover in target.parent.glob(f".{target.name}.*.part"):
        if time.time() - leftover.stat().st_mtime > 86_400:
            leftover.unlink(missing_ok=True)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _looks_like_path(source: str) -> bool:
    return source.endswith(".nc") or os.sep in source or source.startswith((".", "~"))


def _unknown_name(name: str) -> Fault:
    from accord.world.sources import SOURCES

    known = sorted({*BUILT_IN, *cached_worlds(), *SOURCES})
    source = SOURCES.get(name)
    steps = [nearest(name, (other for other in known if other != name))]
    if source is not None:
        steps.append(f"Get it first: {source.command}")
    else:
        steps.append(
            "More Worlds: accord data fetch icio-2022, accord data add cp2015 FILE. List all: accord data list"
        )
    at_hand = [*(world for world in BUILT_IN if world != "embedded" or EMBEDDED.is_file()), *cached_worlds()]
    return Fault(
        where=f"World '{name}'",
        found="no World of this name is here" if source is None else "this World is known but not yet here",
        expected=f"the path of a .nc file, or one of {', '.join(dict.fromkeys(at_hand))}",
        remedy=" ".join(step for step in steps if step),
    )


# Reading ------------------------------------------------------------------------------------------------------------


def _read_file(path: Path) -> World:
    if path.is_dir():
        raise WorldError(
            [
                Fault(
                    where=str(path),
                    found="a folder that holds neither flows.csv nor trade_share.csv",
                    expected="a World written by accord (.nc), or a folder with one of those",
                    remedy="docs/how-to/bring-your-table.md says what such folders hold.",
                )
            ]
        )
    if not path.is_file():
        raise WorldError(
            [
                Fault(
                    where=str(path),
                    found="no such file",
                    expected="a World written by accord (.nc)",
                    remedy="Check the path. Worlds by name: accord data list",
                )
            ]
        )
    # A damaged HDF5 file can fail in many ways inside h5py, none of which helps its reader.
    try:
        with h5py.File(path, "r") as file:
            world, promised = _world_from(path, file)
        found = world.content_hash
    except WorldError:
        raise
    except Exception as error:
        raise WorldError([_damaged(path, f"it cannot be read ({type(error).__name__})")]) from error
    if found != promised:
        raise WorldError([_damaged(path, "its content does not match the hash stored in it")])
    return world


def _world_from(path: Path, file: h5py.File) -> tuple[World, str]:
    """The World in `file` and the content hash that it promises.

    The declarations of `accord.world.variables` say what to read, so h5py is enough; it is several times quicker than xarray.
    """
    attributes = {str(key): value for key, value in file.attrs.items()}
    if attributes.get("format") != FORMAT:
        raise WorldError(
            [
                Fault(
                    where=str(path),
                    found=f"format {attributes.get('format', 'not stated')!r}",
                    expected=f"{FORMAT!r}",
                    remedy="This is no World of this version of accord; fetch or add it again (accord data list).",
                )
            ]
        )
    variables = {
        name: _stored(file, name, declared.dims) for name, declared in VARIABLES.items() if name in file
    }
    axes = {dim for variable in variables.values() for dim in variable.dims}
    labels = {str(dim): _stored(file, str(dim), (str(dim),)) for dim in sorted(map(str, axes))}
    texts = {name: _stored(file, name, (dim,)) for name, (dim, _) in COORDINATES.items()}
    provenance = Provenance(
        **{field.name: _value(attributes[field.name], field.type) for field in fields(Provenance)}
    )
    data = xr.Dataset(variables, coords={**labels, **texts})
    (year,) = attributes["year"]  # NetCDF keeps numbers in attributes as lists of one
    world = World(str(attributes["name"]), int(year), data, provenance)
    return world, str(attributes["content_sha256"])


def _stored(file: h5py.File, name: str, dims: tuple[str, ...]) -> xr.Variable:
    stored = file[name]
    if not isinstance(stored, h5py.Dataset):
        raise TypeError(name)
    is_text = h5py.check_string_dtype(stored.dtype) is not None
    values = stored.asstr()[...].astype(str) if is_text else stored[...]
    attributes = {key: str(stored.attrs[key]) for key in ATTRIBUTES if key in stored.attrs}
    return xr.Variable(dims, values, attrs=attributes)


def _damaged(path: Path, found: str) -> Fault:
    return Fault(
        where=str(path),
        found=f"the file is damaged: {found}",
        expected="a World as accord wrote it",
        remedy="Delete it and get it again: accord data fetch NAME, or accord data add NAME FILE "
        "(for the embedded World: reinstall accord).",
    )


# Encoding -----------------------------------------------------------------------------------------------------------


def _encoding(data: xr.Dataset, *, packed: bool) -> dict[str, dict[str, Any]]:
    """Compress numbers if asked, with their bytes shuffled. No fill values: blank is an error here."""
    how = {"zlib": True, "complevel": 6, "shuffle": True} if packed else {}
    return {
        str(name): {**how, "_FillValue": None} for name, variable in data.data_vars.items() if variable.ndim
    }


def _text(value: str | tuple[str, ...]) -> str:
    """Lists of sentences are stored as JSON, which every language reads."""
    return value if isinstance(value, str) else json.dumps(list(value), ensure_ascii=False)


def _value(text: str, declared: Any) -> Any:
    return text if declared in {"str", str} else tuple(json.loads(text))
