"""The same measure at other values of its estimates, whatever its kind."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from accord.errors import Fault, ProgrammeError, nearest
from accord.programme.estimate import Estimate

AnyModel = TypeVar("AnyModel", bound=BaseModel)


def with_values(
    measure: AnyModel, where: str, estimates: Mapping[str, Estimate], values: Mapping[str, float]
) -> AnyModel:
    """Return `measure` with the estimates named in `values` at those values, without a range.

    An estimate is found wherever it stands: among the measure's own keys, in a list of tables, in a table of numbers.

    Args:
        measure: A measure.
        where: What messages call it.
        estimates: Its estimates by key, as `Measure.estimates` gives them.
        values: New values by key.

    Raises:
        ProgrammeError: A key is none of the measure's.
    """
    unknown = [key for key in values if key not in estimates]
    if unknown:
        raise ProgrammeError(
            Fault(where, f"no number '{key}'", f"one of: {', '.join(estimates)}", nearest(key, estimates))
            for key in unknown
        )
    fresh = {key: Estimate.exactly(value, estimates[key].source) for key, value in values.items()}
    fields = _fields_by_key(type(measure))
    changes: dict[str, Any] = {fields[key]: estimate for key, estimate in fresh.items() if key in fields}
    # What is no key of its own stands deeper: it is known by identity, since `estimates` hands out the very objects.
    deeper = {id(estimates[key]): estimate for key, estimate in fresh.items() if key not in fields}
    for name in type(measure).model_fields if deeper else ():
        if name not in changes and (value := getattr(measure, name)) is not None:
            changed = _replaced(value, deeper)
            if changed is not value:
                changes[name] = changed
    return measure.model_copy(update=changes)


@cache
def _fields_by_key(kind: type[BaseModel]) -> dict[str, str]:
    """Names of a kind's fields by the keys that files use."""
    return {info.alias or name: name for name, info in kind.model_fields.items()}


def _replaced(value: object, fresh: Mapping[int, Estimate]) -> object:
    """Return `value` with the estimates whose identity is in `fresh` replaced; `value` itself where nothing is."""
    if isinstance(value, str | float | int):
        return value
    if isinstance(value, Estimate):
        return fresh.get(id(value), value)
    if isinstance(value, BaseModel):
        parts = {name: getattr(value, name) for name in type(value).model_fields}
        changed = {name: new for name, old in parts.items() if (new := _replaced(old, fresh)) is not old}
        return value.model_copy(update=changed) if changed else value
    if isinstance(value, tuple):
        old_items = cast("tuple[object, ...]", value)
        items = tuple(_replaced(item, fresh) for item in old_items)
        return items if any(new is not old for new, old in zip(items, old_items, strict=True)) else old_items
    if isinstance(value, dict):
        old_table = cast("dict[str, object]", value)
        table = {key: _replaced(item, fresh) for key, item in old_table.items()}
        return table if any(table[key] is not old_table[key] for key in table) else old_table
    return value
