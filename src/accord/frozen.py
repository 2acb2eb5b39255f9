"""Frozen dataclasses that are made by the hundred thousand: a draw makes two hundred shocks and selections of flows.

What `dataclass` writes for a frozen class sets every field through `object.__setattr__`, by its name. The descriptors of its slots do
the same at half the time; what calls them is written here as `dataclass` writes its own, from the names of the fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, fields
from functools import cache, wraps
from typing import Any, TypeVar

Made = TypeVar("Made")


def quickly_made(kind: type[Made]) -> type[Made]:
    """Give a frozen dataclass with slots a quicker `__init__`, with the arguments of its own."""
    known: dict[str, Any] = {}
    arguments = ["self"]
    for field in _fields(kind):
        if field.default_factory is not MISSING or not field.init or hasattr(kind, "__post_init__"):
            raise TypeError(f"{kind.__name__}.{field.name}: only plain fields can be set quickly")
        if field.kw_only and "*" not in arguments:
            arguments.append("*")
        known[f"default_{field.name}"] = field.default
        arguments.append(field.name if field.default is MISSING else f"{field.name}=default_{field.name}")
    values = {field.name: field.name for field in _fields(kind)}
    made = _written("__init__", arguments, _puts(values), known | _setters(kind))
    kind.__init__ = wraps(kind.__init__)(made)
    return kind


def changed(made: Made, **values: Any) -> Made:
    """Return a copy with other values of some fields: `dataclasses.replace` of what is quickly made, at a third of the time."""
    return changer(type(made), tuple(values))(made, *values.values())


@cache
def changer(kind: type, names: tuple[str, ...]) -> Callable[..., Any]:
    """Return what copies one of `kind` with other values of the fields `names`: they follow it, in that order."""
    if unknown := set(names) - {field.name for field in _fields(kind)}:
        raise TypeError(f"{kind.__name__} has no field {', '.join(sorted(unknown))}")
    values = {
        field.name: field.name if field.name in names else f"made.{field.name}" for field in _fields(kind)
    }
    lines = ["self = new(kind)", *_puts(values), "return self"]
    return _written("change", ["made", *names], lines, _setters(kind))


def _fields(kind: type) -> tuple[Field[Any], ...]:
    return fields(kind)  # pyright: ignore[reportArgumentType]


def _puts(values: dict[str, str]) -> list[str]:
    """Lines that set each field of `self` to what is written beside its name."""
    return [f"put_{name}(self, {value})" for name, value in values.items()]


def _setters(kind: type) -> dict[str, Any]:
    puts = {f"put_{field.name}": getattr(kind, field.name).__set__ for field in _fields(kind)}
    return {"new": object.__new__, "kind": kind, **puts}


def _written(
    name: str, arguments: Iterable[str], lines: Iterable[str], scope: dict[str, Any]
) -> Callable[..., Any]:
    text = "\n ".join([f"def {name}({', '.join(arguments)}):", *lines])
    exec(text, scope)  # noqa: S102  (names of fields alone, as `dataclass` does)
    return scope[name]
