"""`accord doctor`: is this installation sound, where does it keep things, and what is missing?"""

from __future__ import annotations

import json as json_format
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from accord.cli.options import Json

CORE = (
    "numpy",
    "scipy",
    "jax",
    "jaxlib",
    "xarray",
    "pandas",
    "pydantic",
    "duckdb",
    "altair",
    "vl-convert-python",
)
"""Libraries that results rest on."""

EXTRAS = {
    "pymrio": "readers of EXIOBASE, EORA26 and GLORIA (extra: sources)",
    "harpy3": "GTAP base data in HAR files (extra: har)",
    "openpyxl": "Excel files of a run",
    "SALib": "sensitivity indices by SALib (extra: odds)",
    "statsmodels": "accord estimate",
    "pypsa": "the independent check of the power engine in the tests",
}
"""Libraries that only some commands need, and what for."""


class Finding(NamedTuple):
    """One thing that was looked at.

    Attributes:
        area: What it belongs to ("system", "libraries", "data", "caches").
        item: What was looked at.
        state: "ok", "missing" (something optional is not there) or "broken" (results or commands depend on it).
        found: What was found.
        remedy: The next step, where one is needed.
    """

    area: str
    item: str
    state: str
    found: str
    remedy: str = ""


def doctor(*, json: Json = False) -> None:
    """Say whether this installation is sound: versions, data, caches, what is missing. The exit code is 1 when something is broken.

    For example:
        accord doctor

        accord doctor --json | jq '.findings[] | select(.state != "ok")'

    """
    findings = list(_findings())
    broken = [finding for finding in findings if finding.state == "broken"]
    if json:
        sound = {"sound": not broken, "findings": [finding._asdict() for finding in findings]}
        print(json_format.dumps(sound, ensure_ascii=False))
    else:
        _print(findings, broken)
    if broken:
        sys.exit(1)


def _findings() -> Iterator[Finding]:
    for examine in (_system, _libraries, _precision, _worlds, _folders, _shell):
        yield from examine()


def _system() -> Iterator[Finding]:
    from accord import __version__

    yield Finding("system", "accord", "ok", f"{__version__}, in {Path(__file__).parents[1]}")
    recent = sys.version_info >= (3, 11)
    yield Finding(
        "system",
        "Python",
        "ok" if recent else "broken",
        platform.python_version(),
        "" if recent else "accord needs Python 3.11 or later",
    )
    yield Finding("system", "machine", "ok", f"{platform.platform()}, {os.cpu_count()} processors")


def _libraries() -> Iterator[Finding]:
    for name in CORE:
        version = _version(name)
        if version:
            yield Finding("libraries", name, "ok", version)
        else:
            yield Finding("libraries", name, "broken", "not installed", "Install accord again.")
    for name, purpose in EXTRAS.items():
        version = _version(name)
        if version:
            yield Finding("libraries", name, "ok", version)
        else:
            yield Finding("libraries", name, "missing", f"needed for: {purpose}", f"pip install {name}")


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _precision() -> Iterator[Finding]:
    """Every solver asserts 64 bits; here the user learns it before a run does."""
    import jax.numpy as jnp

    import accord.numerics.double_precision  # noqa: F401 - switches JAX to 64 bits

    kind = str(jnp.ones(1).dtype)
    yield Finding("system", "precision", "ok" if kind == "float64" else "broken", kind)


def _worlds() -> Iterator[Finding]:
    from accord.errors import AccordError
    from accord.world.sources import SOURCES
    from accord.world.store import cached_worlds, read_world

    for name in ("toy", "embedded"):
        try:
            world = read_world(name)
        except AccordError as error:
            yield Finding("data", name, "broken", str(error).splitlines()[0], "Install accord again.")
        else:
            size = f"{len(world.regions)} regions x {len(world.sectors)} sectors, {world.year}"
            yield Finding("data", name, "ok", f"{size}, content {world.content_hash[:12]}")
    kept = cached_worlds()
    for name in kept:
        yield Finding("data", name, "ok", "kept by you")
    for name, source in SOURCES.items():
        if name not in {*kept, "toy", "embedded"}:
            yield Finding("data", name, "missing", source.description, source.command)


def _folders() -> Iterator[Finding]:
    from accord.engines.compilation import enable_compilation_cache
    from accord.world.store import cache_dir

    compiled = enable_compilation_cache()
    if compiled is None:
        yield Finding(
            "caches",
            "compiled solvers",
            "missing",
            "the folder cannot be written, so that every process compiles anew",
            "Set ACCORD_CACHE_DIR to a folder of yours.",
        )
    else:
        size = sum(file.stat().st_size for file in compiled.rglob("*") if file.is_file()) / 1e6
        yield Finding("caches", "compiled solvers", "ok", f"{compiled}, {size:,.0f} MB (safe to delete)")
    for item, folder, variable in (("Worlds", cache_dir(), "ACCORD_DATA_DIR"), ("runs", Path("runs"), "")):
        state = "ok" if _writable(folder) else "missing"
        remedy = (
            "" if state == "ok" else (f"Set {variable} to a folder of yours." if variable else "Use --out.")
        )
        yield Finding(
            "caches", item, state, f"{folder}{'' if state == 'ok' else ' cannot be written'}", remedy
        )


def _writable(folder: Path) -> bool:
    """Whether files can be made in `folder`, or in the nearest folder above it that exists."""
    while not folder.exists():
        folder = folder.absolute().parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _shell() -> Iterator[Finding]:
    command = shutil.which("accord")
    yield Finding(
        "shell",
        "command",
        "ok" if command else "missing",
        command or "accord is not on PATH",
        "" if command else f"Use {Path(sys.executable).parent / 'accord'}, or add its folder to PATH.",
    )
    yield Finding("shell", "completion", "ok", "to set it up: accord --install-completion")


def _print(findings: list[Finding], broken: list[Finding]) -> None:
    from rich.text import Text

    from accord.cli.tables import console, new_grid

    grid = new_grid()
    for heading in ("", "State", "Found", "What to do"):
        grid.add_column(heading, overflow="fold")
    styles: dict[str, str] = {"ok": "green", "missing": "yellow", "broken": "bold red"}
    for finding in findings:
        grid.add_row(
            finding.item,
            Text(finding.state, style=styles[finding.state]),
            Text(finding.found),
            Text(finding.remedy),
        )
    console().print(grid)
    missing = sum(finding.state == "missing" for finding in findings)
    say: Callable[[str], None] = print
    say("")
    if broken:
        say(f"{len(broken)} broken: {', '.join(finding.item for finding in broken)}.")
    else:
        say(f"Nothing is broken; {missing} optional things are not here.")
