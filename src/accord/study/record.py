"""A run on disk: its tables, its page, and the record from which anybody can repeat it and check every value.

    RUN/record.json     hashes of World, programme, code and every file; options and versions; the command that repeats the run
    RUN/programme.toml  the programme as it was read, with the tables that it names beside it
    RUN/outcome.json    the verdict and the regions, as `--json` prints them, without wall times
    RUN/tables/         every table as Parquet and CSV, and units.json with unit and method of each column
    RUN/timing.json     wall times; the one file that differs between two equal runs and is in no hash

Whoever presents the outcome may add pages (the HTML report); they are hashed like the rest.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shlex
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any, Literal

from accord import __version__
from accord.errors import RecordError
from accord.study.folders import whole_folder
from accord.study.outcome import Outcome
from accord.study.table_files import write_tables

FORMAT = "accord run 1"
RECORD, TIMING, PROGRAMME, OUTCOME, TABLES = (
    "record.json",
    "timing.json",
    "programme.toml",
    "outcome.json",
    "tables",
)
LIBRARIES = ("numpy", "scipy", "jax", "jaxlib", "pandas", "duckdb", "altair", "vl-convert-python")
SOURCES = (".py", ".j2", ".css", ".toml", ".csv")
"""Endings of what decides an answer beside the World: code, and the tables of figures that come with it."""


Horizon = Literal["long-run", "one-year", "both"]


@dataclass(frozen=True)
class RunOptions:
    """What a user chose when running; None is the programme's or the World's own choice.

    Attributes:
        world: Name or path of the World, as given.
        elasticities: Name of an elasticity set.
        closure: Trade imbalance closure.
        model: Other options of the long-run engine.
        variants: Whether rents and elasticity sets are tried.
        full: Whether every further question is answered.
        horizon: "long-run", "one-year" or "both".
    """

    world: str | None = None
    elasticities: str | None = None
    closure: str | None = None
    model: Mapping[str, Any] = field(default_factory=dict)
    variants: bool = True
    full: bool = False
    horizon: Horizon = "both"


Pages = Callable[[Outcome, Mapping[str, Any]], Mapping[str, bytes]]
"""Makes further files of a run, by path inside it, from the outcome and the record so far."""


def write_run(
    outcome: Outcome,
    programme_text: str,
    options: RunOptions | None = None,
    out: str | Path | None = None,
    *,
    pages: Pages | None = None,
    timing: Mapping[str, float] | None = None,
    attachments: Mapping[str, str] | None = None,
) -> Path:
    """Write `outcome` as a run directory, whole or not at all, and return its path.

    Args:
        outcome: What `study.run` gave.
        programme_text: The programme file as it was read.
        options: What the user chose; needed to repeat the run.
        out: The directory; by default `runs/PROGRAMME-HASH` in the current one. An earlier run there is replaced; anything
            else that is not empty is left alone, with an error.
        pages: Makes further files, such as the report.
        timing: Wall times in seconds to note beside the solver's.
        attachments: Files that the programme names (`Programme.attachments`).
    """
    options = options or RunOptions()
    target = (Path(out).expanduser() if out is not None else default_directory(outcome, options)).absolute()
    _refuse_strangers(target)
    with whole_folder(target) as folder:
        build_run(folder, outcome, programme_text, options, pages, attachments)
        _write_json(folder / TIMING, {"solve_seconds": outcome.seconds, **(timing or {})})
    return target


def default_directory(outcome: Outcome, options: RunOptions) -> Path:
    """`runs/PROGRAMME-HASH`: the same programme, World, options and code give the same name."""
    decides = (
        outcome.programme_hash,
        outcome.world_hash,
        outcome.closure,
        outcome.elasticity_set,
        options.variants,
        options.full,
        options.horizon,
        source_hash(),
    )
    return folder_name(outcome.programme_name, repr(decides))


def folder_name(words: str, decides: str, longest: int = 48) -> Path:
    """The folder of a record in the folder of runs: `words` in plain letters, and a hash of what `decides` its content."""
    letters = unicodedata.normalize("NFKD", words.lower())  # "ü" is "u" and a mark of its own, which goes
    slug = (
        re.sub(r"[^a-z0-9]+", "-", re.sub(r"[\u0300-\u036f]", "", letters)).strip("-")[:longest].strip("-")
        or "programme"
    )
    return Path("runs") / f"{slug}-{_sha256(decides.encode())[:8]}"


def build_run(
    folder: Path,
    outcome: Outcome,
    programme_text: str,
    options: RunOptions,
    pages: Pages | None = None,
    attachments: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Write everything of a run but its wall times to the empty `folder`; return the record."""
    (folder / PROGRAMME).write_bytes(programme_text.encode())
    for name, text in (attachments or {}).items():
        _write_beside(folder, name, text)
    _write_json(folder / OUTCOME, outcome_json(outcome))
    write_tables(outcome.tables.values(), folder / TABLES)
    record = _record(outcome, options) | {"files": hashes_of(folder)}
    for name, content in (pages(outcome, record) if pages else {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    record["files"] = hashes_of(folder)
    _write_json(folder / RECORD, {**record, "record_sha256": record_hash(record)})
    return record


def _write_beside(folder: Path, name: str, text: str) -> None:
    """Write a file that the programme names; never outside the run."""
    file = (folder / name).resolve()
    taken = {TABLES, "figures", PROGRAMME, OUTCOME, RECORD, TIMING, "report.html"}
    if Path(name).parts[0] in taken:
        raise RecordError(
            f"the programme names the file {name}, and a run has a {Path(name).parts[0]} of its own.\n"
            "  Rename the folder or file of the table."
        )
    if not file.is_relative_to(folder.resolve()):
        raise RecordError(
            f"the programme names a file outside its own folder: {name}, which a run cannot keep.\n"
            "  Put the table beside the programme file, or write its text as `table`."
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """`Outcome.to_json` without the wall time, which no result file holds."""
    content = outcome.to_json()
    content["solver"] = {name: value for name, value in content["solver"].items() if name != "seconds"}
    return content


def read_record(directory: str | Path) -> dict[str, Any]:
    """Return the record of a run; raise a `RecordError` when there is none or it was damaged."""
    return sound_record(directory, FORMAT)


def sound_record(directory: str | Path, expected: str) -> dict[str, Any]:
    """Return the record in `directory`, held to its own hash and to the format `expected`."""
    file = Path(directory) / RECORD
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecordError(
            f"{directory}: no run here: {RECORD} is missing.\n"
            "  Give the directory that `accord run` named at its end, or make the run again."
        ) from None
    except (OSError, ValueError) as error:
        raise RecordError(
            f"{file}: cannot be read ({error}).\n  Make the run again: accord run PROGRAMME --out {directory}"
        ) from None
    if not isinstance(record, dict) or record.get("format") != expected:
        found = record.get("format") if isinstance(record, dict) else type(record).__name__
        if expected == FORMAT and str(found).startswith("accord answer"):
            raise RecordError(
                f"{directory}: the answer of `{record.get('command')}`, not a whole run.\n"
                f"  Show it with: accord runs show {directory}; ask it again and compare with: accord verify {directory}"
            )
        raise RecordError(
            f"{file}: format '{found}', expected '{expected}'.\n  Use the version of accord that wrote it, or run again."
        )
    stated = record.pop("record_sha256", None)
    if stated != record_hash(record):
        raise RecordError(
            f"{file}: the record was changed after it was written (its own hash does not match).\n"
            f"  Make the run again: {record.get('command', 'accord run')}"
        )
    return record


def record_hash(record: Mapping[str, Any]) -> str:
    """Hash of a record without its own hash."""
    return _sha256(json.dumps(record, sort_keys=True, ensure_ascii=False).encode())


def hashes_of(folder: Path) -> dict[str, dict[str, str | int]]:
    """SHA-256 and size of every file below `folder` but the record and the wall times, by path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return {
        name: {"sha256": _sha256(path.read_bytes()), "bytes": path.stat().st_size}
        for name, path in names.items()
        if name not in {RECORD, TIMING}
    }


@cache
def source_hash() -> str:
    """Hash of the package's own source files and small tables of figures: names and content, in order."""
    package = Path(str(resources.files("accord")))
    digest = hashlib.sha256()
    for name in sorted(_source_files(package)):
        digest.update(f"{name}\0".encode())
        digest.update((package / name).read_bytes())
    return digest.hexdigest()


def _source_files(package: Path) -> Iterator[str]:
    """Names of source files below `package`, with `/`: in one walk, since every record waits for it."""
    for folder, _, files in os.walk(package):
        below = Path(folder).relative_to(package)
        yield from ((below / name).as_posix() for name in files if name.endswith(SOURCES))


def _record(outcome: Outcome, options: RunOptions) -> dict[str, Any]:
    from accord.adapters import equilibrium as adapter  # heavy, and other records need none of it

    return {
        "format": FORMAT,
        "programme": {
            "name": outcome.programme_name,
            "content_hash": outcome.programme_hash,
            "file": PROGRAMME,
        },
        "world": {
            "name": outcome.world_name,
            "content_hash": outcome.world_hash,
            "source": outcome.world_source,
        },
        "method": outcome.method,
        "closure": outcome.closure,
        "elasticities": outcome.elasticity_set,
        "model": dict(outcome.model_options),
        "engine": {
            "name": "equilibrium" if outcome.has_long_run else "prices",
            "options": adapter.Options()._asdict() if outcome.has_long_run else {},
        },
        "options": asdict(options),
        "command": _command(outcome, options),
        "accord": {"version": __version__, "source_sha256": source_hash()},
        "versions": {
            "python": platform.python_version(),
            **{name: library_version(name) for name in LIBRARIES},
        },
        "platform": f"{platform.system()} {platform.machine()}",
    }


def _command(outcome: Outcome, options: RunOptions) -> str:
    words = ["accord", "run", PROGRAMME, "--world", options.world or outcome.world_name]
    words += ["--elasticities", outcome.elasticity_set, "--closure", outcome.closure]
    words += [f"--model.{key}={value}" for key, value in options.model.items()]
    words += [] if options.horizon == "both" else ["--horizon", options.horizon]
    words += [] if options.variants else ["--no-variants"]
    return shlex.join([*words, *(["--full"] if options.full else [])])


def _refuse_strangers(target: Path) -> None:
    """Only a run of accord may be replaced."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if target.is_dir() and (target / RECORD).is_file():
        return
    raise RecordError(
        f"{target}: exists and is no run of accord, so it is left alone.\n  Choose another directory with --out."
    )


def library_version(library: str) -> str:
    """Version of an installed library."""
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "not installed"


def _write_json(file: Path, content: Mapping[str, Any]) -> None:
    file.write_text(
        json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
