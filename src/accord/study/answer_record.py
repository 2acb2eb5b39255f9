"""The record of an answer in files (`accord delay FILE --out DIR` and its like): from it anybody can ask again and compare.

    DIR/record.json   the words of the command; hashes of the World, of the code, of every input and of every file; versions
    DIR/inputs/       each file that the command read, a programme as it was after `--set`
    DIR/tables/       every table as Parquet and CSV, and units.json

What a whole run (`accord run`) leaves is in `record.py`.
"""

from __future__ import annotations

import json
import platform
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from accord import __version__
from accord.errors import AccordError, RecordError
from accord.programme import effective_text, read_programme
from accord.study.record import (
    LIBRARIES,
    RECORD,
    hashes_of,
    library_version,
    record_hash,
    sound_record,
    source_hash,
)
from accord.world import read_world

FORMAT = "accord answer 1"
INPUTS = "inputs"
DATED = frozenset({"delay", "status"})
"""Commands whose answer depends on the day that they are asked."""
WORLDLESS = frozenset({"estimate"})
SILENT = ("--json", "--quiet", "--keep", "--no-keep")
"""Words that change what is printed or kept, and no number."""
MOST_BYTES = 5_000_000
"""Larger inputs are named by their hash alone."""


def write_answer_record(folder: Path, words: Sequence[str]) -> None:
    """Copy the inputs of the command `words` into `folder` and write its record; called when everything else is there."""
    kept, changes, world_name = _options(words)
    inputs: dict[str, dict[str, Any]] = {}
    programme_world, as_of = None, None
    for place, word in enumerate(kept[1:], start=1):
        path = Path(word).expanduser()
        if word.startswith("-") or not path.is_file():
            continue
        name = f"{INPUTS}/{place}/{path.name}"
        content = path.read_bytes()
        if path.suffix == ".toml":
            read = _programme(path, changes)
            if read is not None:
                content = effective_text(path, changes).encode()
                programme_world, as_of = programme_world or read.world, as_of or read.as_of
                for beside, text in read.attachments().items():
                    _write(folder / INPUTS / str(place) / beside, text.encode())
        stored = len(content) <= MOST_BYTES
        if stored:
            _write(folder / name, content)
            kept[place] = name
        inputs[word] = {"file": name if stored else str(path.absolute()), "word": place, "kept": stored}
        inputs[word]["sha256"] = _hash_of(content)
    if (kept[0] in DATED or "--paths" in kept) and "--as-of" not in kept:
        kept += ["--as-of", (as_of or datetime.now(UTC).astimezone().date()).isoformat()]
    world = None if kept[0] in WORLDLESS else read_world(world_name or programme_world or "embedded")
    record = {
        "format": FORMAT,
        "command": shlex.join(["accord", *kept]),
        "words": kept,
        "inputs": inputs,
        "world": None if world is None else {"name": world.name, "content_hash": world.content_hash},
        "world_asked": world_name or programme_world or "embedded",
        "accord": {"version": __version__, "source_sha256": source_hash()},
        "versions": {
            "python": platform.python_version(),
            **{name: library_version(name) for name in LIBRARIES},
        },
        "platform": f"{platform.system()} {platform.machine()}",
        "files": hashes_of(folder),
    }
    text = json.dumps({**record, "record_sha256": record_hash(record)}, indent=1, ensure_ascii=False)
    (folder / RECORD).write_text(text + "\n", encoding="utf-8")


def is_answer(directory: Path) -> bool:
    """Whether `directory` holds the record of an answer, sound or not."""
    try:
        return json.loads((directory / RECORD).read_text(encoding="utf-8")).get("format") == FORMAT
    except (OSError, ValueError, AttributeError):
        return False


def read_answer_record(directory: Path) -> dict[str, Any]:
    """Return the record of an answer; raise a `RecordError` when there is none or it was changed."""
    return sound_record(directory, FORMAT)


def words_again(directory: Path, record: Mapping[str, Any], out: Path) -> list[str]:
    """The words that ask the same again, with the recorded inputs; the World and inputs not kept must be what they were.

    Raises:
        RecordError: The World, or a large input, is not the one of the record.
    """
    words = list(record["words"])
    for entry in record["inputs"].values():
        if entry["kept"]:
            words[entry["word"]] = str((directory / entry["file"]).absolute())
            continue
        file = Path(entry["file"])
        if not file.is_file() or _hash_of(file.read_bytes()) != entry["sha256"]:
            raise RecordError(f"{file}: not the file that this answer was made from.\n  Put that one back.")
        words[entry["word"]] = str(file)
    if record["world"] is not None:
        _same_world(record)
    return [*words, "--out", str(out)]


def _same_world(record: Mapping[str, Any]) -> None:
    name, expected = record["world_asked"], record["world"]["content_hash"]
    try:
        found = read_world(name).content_hash
    except AccordError as error:
        raise RecordError(f"the World '{name}' of this answer cannot be read: {error}") from error
    if found != expected:
        raise RecordError(
            f"World '{name}' is not the one of this answer: content hash {found[:12]}..., expected {expected[:12]}...\n"
            "  Get the edition that the record names (accord data list), or ask again on the present one."
        )


def _options(words: Sequence[str]) -> tuple[list[str], tuple[str, ...], str | None]:
    """(words without where to write and what to print, values of --set, value of --world)."""
    kept: list[str] = []
    changes: list[str] = []
    world = None
    following = iter(words)
    for word in following:
        name, given, value = word.partition("=")
        if name in {"--out", "--set"}:
            value = value if given else next(following, "")
            changes += [value] if name == "--set" else []
        elif word not in SILENT:
            kept.append(word)
            if name == "--world":
                value = value if given else next(following, "")
                world = value
                kept += [] if given else [value]
    return kept, tuple(changes), world


def _programme(path: Path, changes: tuple[str, ...]) -> Any:
    """The programme of a file; None where it is no programme (a power system, say)."""
    try:
        return read_programme(path, changes)
    except AccordError:
        return None


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def _hash_of(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()
