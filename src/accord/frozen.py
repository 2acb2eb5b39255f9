"""Frozen dataclasses that are made by the hundred thousand: a draw makes two hundred shocks and selections of flows.

What `dataclass` writes for a frozen class sets every field through `object.__setattr__`, by its name. The descriptors of its slots do
the same at half the time; what calls them is written here as `dataclass` writes its own, from the names of the fields.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, fields
from functools import wraps
from typing import Any, TypeVar

Made = TypeVar("Made")


def quickly_made(kind: type[Made]) -> type[Made]:
    """Give a frozen dataclass with slots a quicker `__init__`, with the arguments of its own."""
    known: dict[str, Any] = {}
    arguments = ["self"]
    entries = fields(kind)  # pyright: ignore[reportArgumentType]
    for place, field in enumerate(entries):
        _refuse_what_is_made_later(kind, field)
        if field.kw_only and not (place and entries[place - 1].kw_only):
            arguments.append("*")
        known[f"default_{field.name}"] = field.default
        arguments.append(
            field.name if field.default is MISSING else f"{field.name}=default_{field.name}"
        )
    made = _written(kind, [field.name for field in entries], f"__init__({', '.join(arguments)})", "", known)
    kind.__init__ = wraps(kind.__init__)(made)
    return kind


def maker(kind: type[Made], names: Sequence[str]) -> Callable[..., Made]:
    """Return what makes one of `kind` from the values of all its fields, in the order of `names`."""
    known = {"new": object.__new__, "kind": kind}
    return _written(kind, names, f"make({', '.join(names)})", "self = new(kind)", known, "return self")


def _written(
    kind: type, names: Sequence[str], head: str, first: str, known: dict[str, Any], last: str = ""
) -> Callable[..., Any]:
    """A function that sets the slots `names` of `self` to the arguments of those names."""
    puts = {f"put_{name}": getattr(kind, name).__set__ for name in names}
    lines = [first, *(f"put_{name}(self, {name})" for name in names), last]
    text = f"def {head}:\n" + "".join(f" {line}\n" for line in lines if line)
    scope = {**known, **puts}
    exec(text, scope)  # noqa: S102  (names of fields alone)
    return scope[head.partition("(")[0]]


def _refuse_what_is_made_later(kind: type, field: Field[Any]) -> None:
    if field.default_factory is not MISSING or not field.init or hasattr(kind, "__post_init__"):
        raise TypeError(f"{kind.__name__}.{field.name}: only plain fields can be set quickly")
