"""How every class that reads a part of a programme file is set up, and what its fields mean."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from functools import cache

from pydantic import BaseModel, ConfigDict

SETTINGS = ConfigDict(
    extra="forbid",
    frozen=True,
    strict=True,
    populate_by_name=True,
    allow_inf_nan=False,
)
"""Settings of every class that a programme file is read into.

Pydantic could read the docstrings of fields too, but does so when a class is made: a third of a second of every command.
"""


@cache
def meanings(kind: type[BaseModel]) -> Mapping[str, str]:
    """Return the docstring of each field of `kind` by name, those it inherits included; read from the source when asked for."""
    found: dict[str, str] = {}
    for owner in reversed(kind.__mro__):
        if issubclass(owner, BaseModel) and owner is not BaseModel:
            found |= _own_meanings(owner)
    return {name: text for name, text in found.items() if name in kind.model_fields}


def _own_meanings(kind: type[BaseModel]) -> dict[str, str]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(definition, ast.ClassDef)
    found: dict[str, str] = {}
    for field, after in zip(definition.body, definition.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            found[field.target.id] = inspect.cleandoc(after.value.value)
    return found
