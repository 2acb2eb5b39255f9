"""Read a programme file. Every fault of the file is reported at once, in the words of the file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, cast

from pydantic import BaseModel, ValidationError

from accord.errors import Fault, ProgrammeError, nearest
from accord.programme.amounts import with_plain_numbers
from accord.programme.consistency import Draft, inconsistencies
from accord.programme.faults import problem_of, where_of
from accord.programme.includes import whole_file
from accord.programme.lever import Lever
from accord.programme.measures import KINDS, Measure
from accord.programme.measures.shock_table import with_file
from accord.programme.overrides import WHERE, Overrides, changed_keys, with_overrides
from accord.programme.problems import KeyPath, Problem, shown
from accord.programme.programme import Groups, Programme
from accord.programme.published_count import PublishedCount
from accord.programme.redraw import AnyModel
from accord.programme.region_sets import with_region_sets
from accord.programme.source import text_of
from accord.programme.written import written

Source = str | os.PathLike[str] | IO[str] | IO[bytes] | Mapping[str, Any] | Programme
"""What a programme can be read from: a path, an open file, a table with the keys of a file, or a programme."""


def read_programme(source: Source, overrides: Overrides = ()) -> Programme:
    """Return the programme that `source` holds.

    Args:
        source: Path of a TOML file, an open file, a mapping with the same keys, or a programme, which is returned as it is.
        overrides: Changes from outside the file: {"measure.barriers.cut": 0.3}, or texts "measure.barriers.cut=0.3".

    Raises:
        ProgrammeError: With every fault: file, line, measure, key, what was found, what was expected, and the remedy.
    """
    if isinstance(source, Programme):
        if not overrides:
            return source
        return _programme(_File(source.name, with_overrides(_content_of(source), overrides)))
    if isinstance(source, Mapping):
        return _programme(
            _File("programme", with_overrides(source, overrides) if overrides else dict(source))
        )
    name, text, path = text_of(source)
    folder = Path() if path is None else path.parent
    whole = whole_file(text, name, folder, above=() if path is None else (path.resolve(),))
    content = with_overrides(whole.content, overrides) if overrides else whole.content
    changed = changed_keys(content, overrides)
    lines = {
        at: line for at, line in whole.lines.items() if not any(at[: len(key)] == key for key in changed)
    }
    files = {**{at: whole.files[at] for at in lines}, **dict.fromkeys(changed, WHERE)}
    programme = _programme(_File(name, content, lines, folder, files))
    return programme if path is None else programme.read_from(path)


def effective_text(source: str | os.PathLike[str], overrides: Overrides = ()) -> str:
    """Return the text of a programme file as a run keeps it: the file's own, or one text of all that makes the programme.

    The latter where the file includes others, or where `overrides` change it; a comment at its top says so.
    """
    name, text, path = text_of(source)
    whole = whole_file(text, name, Path() if path is None else path.parent)
    if not overrides and not whole.included:
        return text
    changes = (
        [f"{key} = {value}" for key, value in overrides.items()]
        if isinstance(overrides, Mapping)
        else list(overrides)
    )
    opening = f"Written by accord from {name}" + (" and the files that it includes" if whole.included else "")
    opening += "".join(f"\nset from outside: {change}" for change in changes)
    return written(with_overrides(whole.content, overrides) if overrides else whole.content, opening=opening)


def _content_of(programme: Programme) -> dict[str, Any]:
    """The keys of a file that would give this programme, without those that say nothing."""
    return cast("dict[str, Any]", _without_none(programme.model_dump(by_alias=True)))


def _without_none(value: object) -> object:
    if isinstance(value, Mapping):
        table = cast("Mapping[str, object]", value)
        return {key: _without_none(entry) for key, entry in table.items() if entry is not None}
    if isinstance(value, list | tuple):
        return [_without_none(entry) for entry in cast("Sequence[object]", value)]
    return value


@dataclass(frozen=True)
class _File:
    """A file that is TOML.

    Attributes:
        name: Its name in messages.
        content: What it holds.
        lines: Line of each key, as far as it stands in a file.
        folder: Where files named in it are looked for.
        files: What each key comes from: the name of a file, its own or an included one, or the option that sets it.
    """

    name: str
    content: dict[str, Any]
    lines: Mapping[KeyPath, int] = field(default_factory=dict[KeyPath, int])
    folder: Path = Path()
    files: Mapping[KeyPath, str] = field(default_factory=dict[KeyPath, str])

    @property
    def tables(self) -> list[Any]:
        """The measures as they stand in the file, whatever they are."""
        tables = self.content.get("measure", [])
        if isinstance(tables, Mapping):
            return [tables]
        return list(cast("Sequence[Any]", tables)) if isinstance(tables, list | tuple) else []


def _programme(file: _File) -> Programme:
    measures: dict[int, Measure] = {}
    content, of_units = with_plain_numbers(with_region_sets(file.content))
    file = replace(file, content=content)
    problems: list[Problem] = []
    for index, table in enumerate(file.tables):
        measure, found = _measure(table, file.folder)
        problems += [problem.below("measure", index) for problem in found]
        if measure is not None:
            measures[index] = measure
    header, found = _header(file.content)
    problems += found
    problems += inconsistencies(_draft(file, header, found, measures))
    # A quantity that could not be read stands as zero so far: what follows from that is no fault of its own.
    unread = [problem.at for problem in of_units]
    problems = [
        *of_units,
        *(problem for problem in problems if not any(at[: len(problem.at)] == problem.at for at in unread)),
    ]
    if problems:
        raise ProgrammeError(_faults(file, problems))
    return Programme.model_validate({**header, "measure": tuple(measures.values())})


def _faults(file: _File, problems: list[Problem]) -> Iterator[Fault]:
    """Yield the problems as faults, in the order of the file."""
    named = {
        index: (_text_or_none(table, "id"), _text_or_none(table, "kind"))
        for index, table in enumerate(file.tables)
    }

    def place(problem: Problem) -> tuple[int, int]:
        at = problem.at
        line = next((file.lines[at[:end]] for end in range(len(at), 0, -1) if at[:end] in file.lines), 0)
        return (line, len(at) and int(at[1]) if at[:1] == ("measure",) and len(at) > 1 else -1)

    for problem in sorted(problems, key=place):
        known = [problem.at[:end] for end in range(len(problem.at), 0, -1) if problem.at[:end] in file.files]
        name = file.files[known[0]] if known else file.name
        where = where_of(problem.at, name, named, file.lines if name != WHERE else None)
        yield Fault(where, problem.found, problem.expected, problem.remedy)


def _text_or_none(table: object, key: str) -> str | None:
    value = cast("Mapping[str, object]", table).get(key) if isinstance(table, Mapping) else None
    return value if isinstance(value, str) else None


# One measure --------------------------------------------------------------------------------------------------------


def _measure(table: object, folder: Path) -> tuple[Measure | None, list[Problem]]:
    if not isinstance(table, Mapping):
        return None, [
            Problem(
                (), shown(table), "a table with the keys of a measure", "Begin each measure with [[measure]]."
            )
        ]
    given, unread = with_file(cast("Mapping[str, Any]", table), folder)
    if unread:
        return None, unread
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        return None, [*_kind_problem(given), *_problems_of_any_kind(given)]
    try:
        measure = KINDS[kind].model_validate(given)
    except ProgrammeError:
        return None, list(KINDS[kind].rules(given))
    except ValidationError as error:
        belongs = _other_kinds(kind)
        by_type = [problem_of(detail, KINDS[kind], belongs) for detail in error.errors()]
        return None, _merged(by_type, list(KINDS[kind].rules(given)))
    return measure, []


def _merged(by_type: list[Problem], by_rule: list[Problem]) -> list[Problem]:
    """Of two problems of one key keep the one that says more: the rule's where the key is missing, else the type's."""
    ruled = {problem.at for problem in by_rule}
    kept = [problem for problem in by_type if problem.at not in ruled or "missing" not in problem.found]
    typed = {problem.at for problem in kept}
    return kept + [problem for problem in by_rule if problem.at not in typed]


def _kind_problem(given: Mapping[str, Any]) -> Iterator[Problem]:
    expected = f"one of: {', '.join(KINDS)}"
    if "kind" not in given:
        fitting = [name for name, kind in KINDS.items() if set(given) <= _keys(kind)]
        remedy = f'Its keys fit: kind = "{fitting[0]}"' if len(fitting) == 1 else ""
        yield Problem(("kind",), "the key is missing", expected, remedy)
    else:
        yield Problem(
            ("kind",), f"unknown kind {shown(given['kind'])}", expected, nearest(str(given["kind"]), KINDS)
        )


def _problems_of_any_kind(given: Mapping[str, Any]) -> list[Problem]:
    """Problems of the keys that every measure has; the others cannot be judged without the kind."""
    shared = _keys(Measure)
    anywhere = _keys(*KINDS.values())
    some_kind = next(iter(KINDS.values()))
    try:
        some_kind.model_validate({key: value for key, value in given.items() if key in shared - {"kind"}})
    except ValidationError as error:
        found = [problem_of(detail, some_kind) for detail in error.errors()]
        kept = [problem for problem in found if problem.at[0] in shared]
    except ProgrammeError:
        kept = []
    else:
        kept = []
    unknown = [
        Problem((key,), f"unknown key '{key}'", "a key of some kind of measure", nearest(key, anywhere))
        for key in given
        if key not in anywhere
    ]
    return [*kept, *unknown]


def _keys(*kinds: type[BaseModel]) -> set[str]:
    return {info.alias or name for kind in kinds for name, info in kind.model_fields.items()}


def _other_kinds(kind: str) -> dict[str, str]:
    """For each key that this kind lacks: the kinds that have it."""
    owners: dict[str, list[str]] = {}
    for name, other in KINDS.items():
        for key in _keys(other) - _keys(KINDS[kind]):
            owners.setdefault(key, []).append(f"'{name}'")
    return {key: f"It is a key of kind {' and '.join(names)}." for key, names in owners.items()}


# The rest of the file -----------------------------------------------------------------------------------------------


def _header(content: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the content without its measures, and what is wrong with it."""
    header = {key: value for key, value in content.items() if key != "measure"}
    if "include" in header:
        found = Problem(
            ("include",),
            "files can be included in a file alone",
            "a programme file",
            "Read the file by its path.",
        )
        return header, [found]
    belongs = {
        **dict.fromkeys(
            _keys(*KINDS.values()), "It is a key of a measure; write it below a [[measure]] line."
        ),
        **{kind: f'Write a [[measure]] with kind = "{kind}".' for kind in KINDS},
    }
    problems: list[Problem] = []
    try:
        Programme.model_validate({**header, "measure": ()})
    except ValidationError as error:
        problems = [problem_of(detail, Programme, belongs) for detail in error.errors()]
    except ProgrammeError:
        pass  # found again, with their lines, by `inconsistencies`
    measures = content.get("measure")
    if not measures:
        if not any(nearest("measure", [key]) for key in set(header) - _keys(Programme)):  # else a misspelling
            problems.append(Problem(("measure",), "there is no measure", "at least one [[measure]]"))
    elif not isinstance(measures, list | tuple | dict):
        problems.append(
            Problem(("measure",), shown(measures), "tables", "Begin each measure with [[measure]].")
        )
    return header, problems


def _draft(
    file: _File, header: Mapping[str, Any], problems: list[Problem], measures: dict[int, Measure]
) -> Draft:
    """Return what could be read, so that the parts that are right are checked against each other."""
    wrong = {problem.at[0] for problem in problems}

    def sound(key: str) -> Any:
        return None if key in wrong else header.get(key)

    partners = sound("partners")
    groups = Groups() if sound("groups") is None else Groups.model_validate(header["groups"])
    return Draft(
        partners=(partners,) if isinstance(partners, str) else tuple(partners) if partners else None,
        base_year=sound("base_year"),
        groups={"regions": groups.regions, "sectors": groups.sectors},
        measures=measures,
        tables={
            index: cast("Mapping[str, Any]", table)
            for index, table in enumerate(file.tables)
            if isinstance(table, Mapping)
        },
        levers=_listed(Lever, sound("lever")),
        counts=_listed(PublishedCount, sound("published_count")),
    )


def _listed(kind: type[AnyModel], tables: Any) -> tuple[AnyModel, ...]:
    if tables is None:
        return ()
    listed = [cast("Any", tables)] if isinstance(tables, Mapping) else cast("list[Any]", tables)
    return tuple(kind.model_validate(table) for table in listed)
