"""The record that every command that computes leaves (`accord delay FILE` and its like): from it anybody can ask again and compare.

    ANSWER/record.json   the words of the command; hashes of the World, of the code, of every input and of every file; versions
    ANSWER/answer.txt    the answer as it was printed for readers
    ANSWER/answer.json   what `--json` says beside the tables
    ANSWER/inputs/       each file that the command read, a programme as it was after `--set`
    ANSWER/tables/       every table as CSV, and units.json; with `--out` also as Parquet, and figures beside them

Where nobody names a folder it is `runs/COMMAND-WHAT-HASH`: the same question about the same data with the same code gives the
same name, and its answer stands in the place of the earlier one. What a whole run (`accord run`) leaves is in `record.py`.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accord import __version__
from accord.errors import AccordError, RecordError
from accord.study.folders import whole_folder
from accord.study.record import (
    LIBRARIES,
    PROGRAMME,
    RECORD,
    TABLES,
    folder_name,
    hashes_of,
    library_version,
    record_hash,
    sound_record,
    source_hash,
)
from accord.study.table_files import write_tables

if TYPE_CHECKING:
    from accord.programme import Programme
    from accord.tables import Table
    from accord.world import World

FORMAT = "accord answer 2"
INPUTS, TEXT, FACTS = "inputs", "answer.txt", "answer.json"
DATED = frozenset({"delay", "status"})
"""Commands whose answer depends on the day that they are asked."""
SILENT = frozenset({"--json", "--quiet", "--keep", "--no-keep", "--no-record"})
"""Words that change what is printed or kept, and no number."""
LONGEST_NAME = 40
"""Letters of a folder's name before its hash, so that a line that names it fits 80 columns."""
MOST_BYTES = 5_000_000
"""Larger inputs are named by their hash alone."""


@dataclass(frozen=True)
class Input:
    """A file that the command read.

    Attributes:
        word: Place of its name among the words.
        option: What stands before the name in the same word ("--shares="), if anything.
        given: Its path as it was given.
        path: Its whole path.
        file: Its place in the record; empty where it is too large to be kept.
        parts: What is kept, by place in the record.
        sha256: Hash of the file, of a programme as it was after `--set`.
    """

    word: int
    option: str
    given: str
    path: Path
    file: str
    parts: Mapping[str, bytes]
    sha256: str


@dataclass(frozen=True)
class Question:
    """What was asked, in a form that can be asked again anywhere.

    Attributes:
        words: The words after `accord`, inputs by their place in the record, and without what changes no number.
        about: What was asked about.
        inputs: The files read.
        facts: The part of the record that is known before the answer is written.
    """

    words: tuple[str, ...]
    about: str
    inputs: tuple[Input, ...]
    facts: Mapping[str, Any]


def asked(
    words: Sequence[str],
    *,
    command: str,
    about: str,
    headline: str,
    layout: str,
    inputs: Mapping[Path, Programme | None],
    world: World | None,
    world_asked: str | None = None,
) -> Question:
    """Return the question that `words` ask; see `cli.answers.Answer` for the rest."""
    kept, changes, world_named = _options(words)
    found = tuple(_inputs(kept, changes, inputs))
    for entry in found:
        kept[entry.word] = entry.option + (entry.file or str(entry.path))
    programmes = [programme for programme in inputs.values() if programme is not None]
    if (kept[0] in DATED or "--paths" in kept) and not any(word.startswith("--as-of") for word in kept):
        days = (programme.as_of for programme in programmes if programme.as_of is not None)
        kept += ["--as-of", next(days, datetime.now(UTC).astimezone().date()).isoformat()]
    name = world_asked or world_named or (programmes[0].world if programmes else "embedded")
    if Path(name).expanduser().is_file():  # a World in a file is found from any directory
        name = str(Path(name).expanduser().absolute())
        kept = [*_without_world(kept), "--world", name]
    facts = {
        "format": FORMAT,
        "command": shlex.join(["accord", *kept]),
        "name": command,
        "about": about,
        "headline": headline,
        "layout": layout,
        "words": kept,
        "inputs": {
            str(entry.word): {
                "given": entry.given,
                "path": str(entry.path),
                "option": entry.option,
                "file": entry.file,
                "sha256": entry.sha256,
            }
            for entry in found
        },
        "world": None if world is None else {"name": world.name, "content_hash": world.content_hash},
        "world_asked": None if world is None else name,
    }
    return Question(tuple(kept), about, found, facts)


def default_folder(question: Question) -> Path:
    """`runs/COMMAND-WHAT-HASH`, in the folder that `accord run` uses."""
    facts = question.facts
    hashes = [entry.sha256 for entry in question.inputs]
    decides = (question.words, hashes, (facts["world"] or {}).get("content_hash"), source_hash())
    return folder_name(f"{facts['name']} {question.about}", repr(decides), LONGEST_NAME)


def write_answer(
    target: Path,
    question: Question,
    tables: Mapping[str, Table],
    *,
    facts: Mapping[str, Any],
    text: str,
    files: Mapping[str, bytes],
    parquet: bool,
) -> None:
    """Write an answer with its record to `target`, whole or not at all; a folder that is no answer of this command is left alone.

    Args:
        target: The folder.
        question: What was asked.
        tables: The tables.
        facts: What `--json` says beside them.
        text: What was printed for readers.
        files: Figures, by name.
        parquet: Write the tables as Parquet too.
    """
    _refuse_strangers(target, question)
    with whole_folder(target.absolute()) as folder:
        write_tables(tables.values(), folder / TABLES, parquet=parquet)
        content = {TEXT: text.encode(), FACTS: _as_text(facts), **files}
        for entry in question.inputs:
            content |= entry.parts
        for name, part in content.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(part)
        record = {
            **question.facts,
            "accord": {"version": __version__, "source_sha256": source_hash()},
            "versions": {
                "python": platform.python_version(),
                **{name: library_version(name) for name in LIBRARIES},
            },
            "platform": f"{platform.system()} {platform.machine()}",
            "files": hashes_of(folder),
        }
        (folder / RECORD).write_bytes(_as_text({**record, "record_sha256": record_hash(record)}))


def is_answer(directory: Path) -> bool:
    """Whether `directory` holds the record of an answer, sound or not."""
    return str(_unchecked(directory).get("format", "")).startswith("accord answer")


def read_answer_record(directory: Path) -> dict[str, Any]:
    """Return the record of an answer; raise a `RecordError` when there is none or it was changed."""
    return sound_record(directory, FORMAT)


def words_again(directory: Path, record: Mapping[str, Any], out: Path) -> list[str]:
    """The words that ask the same again, with the recorded inputs; the World and inputs not kept must be what they were.

    Raises:
        RecordError: The World, or a large input, is not the one of the record.
    """
    words = list(record["words"])
    for place, entry in record["inputs"].items():
        file = (directory / entry["file"]).absolute() if entry["file"] else Path(entry["path"])
        if not entry["file"]:
            _same_input(file, entry["sha256"])
        words[int(place)] = entry["option"] + str(file)
    if record["world"] is not None:
        _same_world(record)
    return [*words, "--out", str(out)]


def _same_input(file: Path, expected: str) -> None:
    found = _hash_of_file(file) if file.is_file() else None
    if found != expected:
        said = "the file is missing" if found is None else f"SHA-256 {found[:12]}..."
        raise RecordError(
            f"{file}: not the file that this answer was made from, and too large for the record to hold it: {said}, "
            f"expected SHA-256 {expected[:12]}...\n  Put that one back in its place."
        )


def _same_world(record: Mapping[str, Any]) -> None:
    from accord.world import read_world

    name, expected = record["world_asked"], record["world"]["content_hash"]
    try:
        found = read_world(name).content_hash
    except AccordError as error:
        raise RecordError(
            f"the World '{name}' of this answer cannot be read: {error}\n"
            f"  Get the World with content hash {expected[:12]}... back (accord data list, accord data add)."
        ) from error
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
        elif name not in SILENT:
            kept.append(word)
            if name == "--world":
                value = value if given else next(following, "")
                world = value
                kept += [] if given else [value]
    return kept, tuple(changes), world


def _without_world(words: Sequence[str]) -> list[str]:
    kept: list[str] = []
    following = iter(words)
    for word in following:
        name, given, _ = word.partition("=")
        if name != "--world":
            kept.append(word)
        elif not given:
            next(following, "")
    return kept


def _inputs(
    words: Sequence[str], changes: tuple[str, ...], inputs: Mapping[Path, Programme | None]
) -> Iterator[Input]:
    for place, word in enumerate(words):
        option, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
        path = Path(value).expanduser()
        known = next((given for given in inputs if given.expanduser() == path), None) if value else None
        if known is None:
            continue
        parts, sha256 = _parts(path, f"{INPUTS}/{place}", inputs[known], changes)
        file = f"{INPUTS}/{place}/{path.name}" if parts else ""
        yield Input(place, option + equals, value, path.absolute(), file, parts, sha256)


def _parts(
    path: Path, place: str, programme: Programme | None, changes: tuple[str, ...]
) -> tuple[dict[str, bytes], str]:
    """(what is kept of an input, by place in the record, and its hash)."""
    if programme is not None:
        from accord.programme import effective_text

        folder, beside = place, programme.attachments()
        parts = {}
        if path.is_dir():  # a run
            folder = f"{place}/{path.name}"
            parts[f"{folder}/{RECORD}"] = (path / RECORD).read_bytes()
            path = path / PROGRAMME
        text = effective_text(path, changes).encode()
        parts[f"{folder}/{path.name}"] = text
        parts |= {f"{folder}/{name}": content.encode() for name, content in beside.items()}
        return parts, hashlib.sha256(b"\0".join(parts.values())).hexdigest()
    sha256 = _hash_of_file(path)
    if path.stat().st_size > MOST_BYTES:
        return {}, sha256
    return {f"{place}/{path.name}": path.read_bytes()}, sha256


def _refuse_strangers(target: Path, question: Question) -> None:
    """Only an answer of the same command may be replaced."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    name = question.facts["name"]
    if target.is_dir() and is_answer(target) and _unchecked(target).get("name") == name:
        return
    raise AccordError(f"{target} exists and is no folder of `accord {name}`.\n  Name another with: --out DIR")


def _unchecked(directory: Path) -> dict[str, Any]:
    """The record of a folder as it stands; nothing where there is none."""
    try:
        found = json.loads((directory / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _as_text(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _hash_of_file(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
