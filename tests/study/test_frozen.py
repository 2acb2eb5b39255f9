"""Frozen classes that are quickly made are those that `dataclass` makes."""

import inspect
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from accord import shocks
from accord.frozen import changed, changer, quickly_made
from accord.shocks import Flows, Shock, TransferShock

KINDS = sorted(
    (kind for kind in vars(shocks).values() if isinstance(kind, type) and issubclass(kind, Shock)),
    key=lambda kind: kind.__name__,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_shock_is_what_dataclass_would_make(kind):
    values = {field.name: f"value of {field.name}" for field in fields(kind)}
    made, names = kind(**values), list(values)[::-1]
    assert {name: getattr(made, name) for name in values} == values
    others = {name: f"another {name}" for name in names}
    assert changer(kind, tuple(names))(made, *others.values()) == kind(**others)
    assert changed(made, weight=2.0) == replace(made, weight=2.0)
    with pytest.raises(FrozenInstanceError):
        made.weight = 3.0
    required = {
        entry.name for entry in inspect.signature(kind).parameters.values() if entry.default is entry.empty
    }
    with pytest.raises(TypeError, match="missing"):
        kind(**{name: value for name, value in values.items() if name != "measure"})
    assert kind(**{name: values[name] for name in required}).weight == 1.0


def test_fields_that_are_not_there_are_refused():
    with pytest.raises(TypeError, match="no field amonut"):
        changed(TransferShock(measure="m", payer="A", recipient="B", amount=1.0), amonut=2.0)
    with pytest.raises(TypeError, match="unexpected"):
        TransferShock(measure="m", payer="A", recipient="B", amount=1.0, weights=1.0)


def test_fields_may_be_given_by_their_places_where_dataclass_lets_them():
    assert Flows(("A",), ("B",), home=True) == Flows(exporters=("A",), importers=("B",), home=True)
    assert Flows().sectors is None


def test_fields_that_are_made_later_are_refused():
    @dataclass(frozen=True, slots=True)
    class Later:
        items: list[int] = field(default_factory=list)

    with pytest.raises(TypeError, match="only plain fields"):
        quickly_made(Later)
