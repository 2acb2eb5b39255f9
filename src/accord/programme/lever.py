"""What is up for negotiation: `[[lever]]` tables and `[bargaining]` of a programme.

A lever moves one number: a key of a decision (`of = "gas-price.contract_price"`), how much of a decision is taken
(`of = "no-barriers-on-goods.intensity"`), how fast or when it comes (`phase_in_years`, `delay_years`), or a yearly transfer between two
parties (`transfer = { payer, recipient }`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, Field, ValidationError

from accord.errors import ProgrammeError, nearest
from accord.programme.estimate import Estimate, Within
from accord.programme.fields import AS_LIST, Codes, Slug, Text
from accord.programme.measures.base import SETTINGS, Measure
from accord.programme.problems import Problem

INTENSITY = "intensity"
"""Last part of `of` that means how much of a decision is taken, from 0 (nothing) to 1 (as written)."""

PHASE_IN, DELAY = "phase_in_years", "delay_years"
"""Keys of a decision that say when it acts: years to full effect, and years by which it comes later than the record says."""

TIMING = (PHASE_IN, DELAY)

Outcome = Literal["long-run", "present-value"]
"""What a party's gain is: a year of the long run, or the present value of the years."""

LONGEST_DELAY = 50.0
"""Years by which a start can be moved; as long as a phase-in can take."""

USD = "USD million a year"


class LeverTransfer(BaseModel):
    """Who gives whom."""

    model_config = SETTINGS

    payer: Text
    """Region that gives."""
    recipient: Text
    """Region that receives."""


class Lever(BaseModel):
    """A number that the parties negotiate about, with its bounds and owners."""

    model_config = SETTINGS

    id: Slug
    """Short name, unique among the levers."""
    title: Text | None = None
    """The lever in one line, for readers."""
    of: Text | None = None
    """What it moves: a decision and its key, as in "gas-price.contract_price", "no-barriers-on-goods.intensity" (how much of it is
    taken), "no-barriers-on-goods.phase_in_years" (how fast), "no-barriers-on-goods.delay_years" (how much later it begins; less than
    nothing: earlier). The last two make every gain a present value over years."""
    transfer: LeverTransfer | None = None
    """A transfer instead: `{ payer, recipient }`; the lever is its amount, from 0 on, since the programme as written pays nothing."""
    low: float
    """Lowest value that can be agreed on."""
    high: float
    """Highest value that can be agreed on; a bound in the WTO or in a treaty stands here."""
    unit: Text | None = None
    """Unit of the value, for readers; May be left out for an intensity ("share"), for years and for a transfer."""
    owner: Codes | None = None
    """Parties that decide on it; alone where only one is named. All partners when left out."""
    source: Text | None = None
    """Where the bounds come from."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Way to what it moves: id of the measure, then keys; empty for a transfer."""
        return () if self.of is None else tuple(self.of.split("."))

    @property
    def shown_unit(self) -> str:
        """Unit for readers."""
        if self.unit is not None:
            return self.unit
        if self.transfer:
            return USD
        return "years" if is_timing(self.parts[1:]) else "share"


class Budget(BaseModel):
    """The most that a party pays outright in a year."""

    model_config = SETTINGS

    payer: Text
    """Region whose payments are limited."""
    usd_million_per_year: Annotated[float, Within(0, 10_000_000, "USD million a year")]
    """The limit on costs of measures, purchases and transfers that it pays, USD million a year."""
    source: Text | None = None
    """Where the limit comes from."""


class Bargaining(BaseModel):
    """How the parties bargain."""

    model_config = SETTINGS

    outcome: Outcome | None = None
    """What a party's gain is: `long-run`, a year in which every decision acts in full, or `present-value`, the years of the programme
    at its discount rate. The present value when a lever moves the timing of a decision, else the long run."""
    threat: Literal["no-deal", "best-reply"] = "no-deal"
    """What happens without agreement: the context alone, or each party's best reply with the levers that it owns alone."""
    weights: dict[str, Annotated[float, Within(0, 1_000, "a bargaining weight")]] = Field(
        default_factory=dict
    )
    """Bargaining weights by party; one for each when left out."""
    margin_pct: Annotated[float, Within(0, 100, "per cent of base household consumption")] = 0.001
    """Least gain that counts for a party, % of its base household consumption."""
    budgets: Annotated[tuple[Budget, ...], AS_LIST] = ()
    """Limits on what parties pay outright."""


class LeverFaultError(ValueError):
    """A lever that cannot move what it names; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.found)


def is_timing(keys: Sequence[str]) -> bool:
    """Whether `keys` of a decision say when it acts: such a lever moves years, and the long run has none."""
    return len(keys) == 1 and keys[0] in TIMING


def value_in(measure: Measure, keys: Sequence[str]) -> float:
    """Return the central value at `keys` of `measure`, or raise a `LeverFaultError` that names what can be moved."""
    if tuple(keys) == (INTENSITY,) and INTENSITY not in _content(measure):
        return 1.0
    if is_timing(keys):
        return measure.phase_in_years if keys[0] == PHASE_IN else 0.0
    number = _number(_holder(measure, keys).get(keys[-1]))
    if number is None:
        raise _no_number(measure, keys)
    return number


def moved(measure: Measure, keys: Sequence[str], value: float, source: str) -> Measure:
    """Return `measure` with `value` at `keys`, checked as if the file had it.

    In a table of shares that add up to one the others keep their proportions and make room. A delay moves no number of the measure.
    """
    if tuple(keys) == (DELAY,):
        if abs(value) > LONGEST_DELAY:
            found = f"a start of measure '{measure.id}' moved by {value:g} years"
            raise LeverFaultError(Problem((), found, f"{LONGEST_DELAY:g} years at most, either way"))
        return measure
    content = _content(measure)
    holder = _walk(content, keys[:-1])
    old = holder.get(keys[-1])
    if tuple(keys) == (PHASE_IN,):
        old = measure.phase_in_years
    if _number(old) is None:
        raise _no_number(measure, keys)
    if isinstance(old, Mapping):
        holder[keys[-1]] = {"central": value, "source": source}
    else:
        others = {
            key: number for key in holder if key != keys[-1] and (number := _number(holder[key])) is not None
        }
        holder[keys[-1]] = value
        if len(others) == len(holder) - 1 and others and abs(sum(others.values()) + _sure(old) - 1.0) < 1e-9:
            rest = sum(others.values())
            for key, share in others.items():
                holder[key] = (1.0 - value) * (share / rest if rest > 0.0 else 1.0 / len(others))
    return _read_again(measure, content, value)


def as_if_written(measure: Measure, value: float) -> Measure:
    """Return `measure`, some number of which was put at `value`, checked as if the file had it; a `LeverFaultError` says what is wrong."""
    return _read_again(measure, _content(measure), value)


def _read_again(measure: Measure, content: Mapping[str, Any], value: float) -> Measure:
    try:
        return type(measure).model_validate(content)
    except (ValidationError, ProgrammeError) as error:
        context: Mapping[str, str] = {}
        if isinstance(error, ValidationError):
            context = cast("Mapping[str, str]", error.errors()[0].get("ctx", {}))
        raise LeverFaultError(
            Problem(
                (),
                f"at {value:g} measure '{measure.id}' would be wrong: {context.get('found') or str(error).splitlines()[0]}",
                context.get("expected", "bounds within which the measure makes sense"),
            )
        ) from None


def lever_problems(levers: Sequence[Lever], measures: Mapping[str, Measure]) -> Iterator[Problem]:
    """Yield what is wrong with levers, given the measures of the programme by id."""
    seen: dict[str, int] = {}
    for index, lever in enumerate(levers):
        for problem in _of_lever(lever, measures):
            yield problem.below("lever", index)
        if lever.id in seen:
            yield Problem(
                ("lever", index, "id"), f"'{lever.id}' is lever {seen[lever.id] + 1} too", "another id"
            )
        seen.setdefault(lever.id, index)


def _of_lever(lever: Lever, measures: Mapping[str, Measure]) -> Iterator[Problem]:
    if (lever.of is None) == (lever.transfer is None):
        yield Problem(
            ("of",), "not exactly one of `of` and `transfer` is given", "what the lever moves: one of the two"
        )
        return
    if not lever.low < lever.high:
        yield Problem(("high",), f"low {lever.low:g} is not below high {lever.high:g}", "low < high")
        return
    if lever.transfer is not None:
        if lever.low < 0.0:
            yield Problem(
                ("low",),
                f"{lever.low:g} is a transfer the other way",
                "0 or more",
                "Write a second lever for it.",
            )
        if lever.low > 0.0:
            yield Problem(
                ("low",),
                f"at least {lever.low:g} would be paid, and the programme as written pays nothing",
                "low = 0: bounds hold the programme's own value",
                "Write the payment as a measure of kind transfer, and the lever on its usd_million_per_year.",
            )
        return
    name, *keys = lever.parts
    measure = measures.get(name)
    if lever.unit is None and keys != [INTENSITY] and not is_timing(keys):
        yield Problem(
            ("unit",), "the key is missing", 'the unit of the values, such as "USD per 1,000 m3" or "share"'
        )
    if measure is None:
        yield Problem(
            ("of",), f"no measure '{name}'", f"one of: {', '.join(measures)}", nearest(name, measures)
        )
    elif measure.role == "context" or measure.status == "dropped":
        what = "context: what others do" if measure.role == "context" else "dropped"
        yield Problem(("of",), f"measure '{name}' is {what}", "a decision that is not dropped")
    elif not keys:
        yield Problem(("of",), f"'{lever.of}' names no key", f'for example "{name}.{INTENSITY}"')
    else:
        yield from _of_key(lever, measure, keys)


def _of_key(lever: Lever, measure: Measure, keys: Sequence[str]) -> Iterator[Problem]:
    try:
        now = value_in(measure, keys)
        if tuple(keys) != (INTENSITY,) or INTENSITY in _content(measure):
            for value in (lever.low, lever.high):
                moved(measure, keys, value, "lever")
        elif lever.low < 0.0 or lever.high > 1.0:
            yield Problem(("low",), "an intensity outside 0 to 1", "0 (nothing) to 1 (as written)")
    except LeverFaultError as fault:
        yield Problem(("of",), *fault.problem[1:])
        return
    if not lever.low <= now <= lever.high:
        yield Problem(
            ("low",),
            f"the programme's own value {now:g} lies outside {lever.low:g} to {lever.high:g}",
            "bounds that hold the value from which changes are counted",
        )


def _content(measure: Measure) -> dict[str, Any]:
    """What the file gives for a measure, as tables that can be changed."""
    return _open(
        measure.model_dump(by_alias=True, exclude_unset=True, exclude_none=True) | {"kind": measure.kind}
    )


def _open(value: Any) -> Any:
    """Tuples of tables become lists, so that they can be walked and changed like the rest."""
    if isinstance(value, Mapping):
        return {key: _open(entry) for key, entry in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        entries = list(cast("Sequence[Any]", value))
        if any(isinstance(entry, Mapping) for entry in entries):
            return [_open(entry) for entry in entries]
        return cast("Any", value)
    return value


def _holder(measure: Measure, keys: Sequence[str]) -> dict[str, Any]:
    return _walk(_content(measure), keys[:-1])


def _walk(content: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Go down through tables; in a list of tables a party's name picks the one whose `payer` it is, a number the place from 1."""
    found: Any = content
    for key in keys:
        if isinstance(found, list):
            found = _entry(cast("list[Any]", found), key)
        else:
            found = cast("Mapping[str, Any]", found).get(key) if isinstance(found, Mapping) else None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _entry(entries: list[Any], key: str) -> Any:
    """The table whose `payer` is `key`, or that stands at that place."""
    for entry in entries:
        if isinstance(entry, Mapping) and cast("Mapping[str, Any]", entry).get("payer") == key:
            return cast("Any", entry)
    return entries[int(key) - 1] if key.isdigit() and 0 < int(key) <= len(entries) else None


def _number(value: object) -> float | None:
    if isinstance(value, Estimate):
        return value.central
    if isinstance(value, Mapping):
        value = cast("Mapping[str, object]", value).get("central")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _sure(value: object) -> float:
    number = _number(value)
    return 0.0 if number is None else number


def _no_number(measure: Measure, keys: Sequence[str]) -> LeverFaultError:
    known = list(dict.fromkeys([INTENSITY, *TIMING, *_numbers(_content(measure))]))
    key = ".".join(keys)
    return LeverFaultError(
        Problem(
            (),
            f"measure '{measure.id}' has no number '{key}'",
            f"one of: {', '.join(known)}",
            nearest(key, known),
        )
    )


def _numbers(content: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """Ways to every number of a table."""
    for key, value in content.items():
        if _number(value) is not None:
            yield f"{before}{key}"
        elif isinstance(value, Mapping):
            yield from _numbers(cast("Mapping[str, Any]", value), f"{before}{key}.")
        elif isinstance(value, list):
            for place, entry in enumerate(cast("list[Any]", value), start=1):
                if isinstance(entry, Mapping):
                    table = cast("Mapping[str, Any]", entry)
                    yield from _numbers(table, f"{before}{key}.{table.get('payer', place)}.")
