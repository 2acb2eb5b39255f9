"""The `[model]` table of a programme: how the long-run engine is set up. Every default is Caliendo and Parro (2015)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, WithJsonSchema

from accord.errors import Fault, ProgrammeError
from accord.programme.estimate import Within
from accord.programme.faults import problem_of
from accord.programme.fields import Codes, Text
from accord.programme.problems import complaint, shown
from accord.programme.settings import SETTINGS

ELASTICITY = "an elasticity of substitution; 0 is fixed proportions, 1 is Cobb-Douglas"
Elasticity = Annotated[float, Within(0, 20, ELASTICITY)]


def _mobility(value: object) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if (isinstance(value, str) and value in {"mobile", "specific"}) or (
        is_number and 0 <= float(str(value)) <= 1_000
    ):
        return value
    raise complaint(
        f"{shown(value)} says nothing about how factors move",
        '"mobile", "specific", or the elasticity of transformation between sectors, from 0 to 1000',
    )


Mobility = Annotated[str | float, BeforeValidator(_mobility)]


USE_GROUPS = ("auto", "one", "intermediate-final", "uses", "every-user")


def _use_groups(value: object) -> object:
    if isinstance(value, str) and value in USE_GROUPS:
        return value
    expected = f'one of {", ".join(USE_GROUPS)}, or lists of users: [["C19", "D"], ["household"]]'
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise complaint(f"{shown(value)} says nothing about use groups", expected)
    named: tuple[tuple[object, ...], ...] = tuple(
        tuple(cast("Sequence[object]", group)) if isinstance(group, list | tuple) else ()
        for group in cast("Sequence[object]", value)
    )
    if not named or not all(named):
        raise complaint("a group is no list of users", expected, "Each group is a list of its own.")
    users = [user for group in named for user in group]
    if not all(isinstance(user, str) and user.strip() for user in users):
        raise complaint("a user is no name", expected, "Write each user in quotes.")
    doubled = sorted({str(user) for user in users if users.count(user) > 1})
    if doubled:
        raise complaint(f"{', '.join(doubled)} stands in more than one place", "each user once")
    return named


UseGroupChoice = Annotated[
    str | tuple[tuple[str, ...], ...],
    BeforeValidator(_use_groups),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(USE_GROUPS)},
                {
                    "type": "array",
                    "items": {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
                    "minItems": 1,
                },
            ]
        }
    ),
]


class ModelOptions(BaseModel):
    """Options of the long-run engine. What differs from the default is named in every outcome."""

    model_config = SETTINGS

    closure: Literal["balanced", "world-share", "own-share", "level"] = "balanced"
    """Trade imbalances: `balanced` (the balanced base first, then the policy), or kept as a constant share of world income
    (`world-share`), of own income (`own-share`) or as a constant level in units of the numeraire (`level`); in the last two the
    region with the largest income takes what is left."""
    elasticities: Text | None = None
    """Name of a set of trade elasticities of the World; its default when left out."""
    trade_elasticity_scale: Annotated[
        float, Within(0.05, 5, "a factor on every trade elasticity; below 1 for the short run")
    ] = 1.0
    """Factor on every trade elasticity; below one for horizons under three years."""
    horizon: Literal["long", "short"] = "long"
    """`short` for horizons under three years: every trade elasticity is multiplied by 0.38, the ratio of the elasticity of trade to
    tariffs within a year (0.76) to that after seven to ten (about 2) in Boehm, Levchenko and Pandalai-Nayar (2023), on top of
    `trade_elasticity_scale`. Combine with `capital = "specific"` and, for rigid wages, `rigid_wages = true`."""
    use_groups: UseGroupChoice = "auto"
    """Users that share their sourcing: as few groups as the measures need (`auto`), all of them (`one`), intermediate against final
    users (`intermediate-final`), intermediate users against each final use (`uses`), every using sector and final use on its own
    (`every-user`), or lists of users, those not named being one more group: [["C19", "D"], ["household"]]."""
    government_and_investment: Literal["real", "nominal"] = "real"
    """Whether government and investment buy a fixed real quantity or spend a fixed share of income."""
    factors: Mobility = "mobile"
    """How factors move between sectors: `mobile`, `specific`, or the elasticity of transformation between the two."""
    labour_share: Annotated[float, Within(0, 1, "the share of value added that is paid to labour")] | None = (
        None
    )
    """Splits the value added of a World without factors into labour and capital; an assumption."""
    labour: Mobility | None = None
    """How labour moves; as `factors` when left out."""
    capital: Mobility | None = None
    """How capital moves; as `factors` when left out."""
    resource_share: Annotated[
        float, Within(0, 0.95, "the share of value added that is a rent of natural resources")
    ] = 0.0
    """Share of value added in `resource_sectors` that is earned by a natural resource specific to them; an assumption."""
    resource_sectors: Codes | None = None
    """Sectors with a natural resource, needed beside `resource_share`."""
    rigid_wages: bool = False
    """Real wages stay at base and employment adjusts. Needs labour apart from capital."""
    value_added_materials: Elasticity = 1.0
    """Elasticity between value added and materials in every sector."""
    labour_capital: Elasticity = 1.0
    """Elasticity among factors in every sector."""
    labour_capital_by_sector: dict[str, Elasticity] = Field(default_factory=dict)
    """Elasticity among factors in the sectors named (code of the World -> elasticity); `labour_capital` holds in the others."""
    materials: Elasticity = 1.0
    """Elasticity among inputs, and of them with the energy bundle."""
    energy: Elasticity = 1.0
    """Elasticity among energy products (sectors of kind `energy` of the World)."""
    final: Elasticity = 1.0
    """Elasticity among products in every final use."""
    final_energy: Elasticity = 1.0
    """Elasticity among energy products in every final use."""
    fixed_inputs: Codes | None = None
    """Inputs in fixed proportions to output, each written supplying>using: ["B06>C19"] is crude oil in refining."""
    scale: Annotated[
        float, Within(0, 1, "the elasticity of productivity to the size of a sector in a region")
    ] = 0.0
    """External economies of scale psi in goods: productivity rises with the quantity of inputs to this power."""
    scale_theta: Annotated[
        float,
        Within(
            0,
            1,
            "economies of scale times trade elasticity; 1 is Krugman (1980) and Melitz (2003) with Pareto",
        ),
    ] = 0.0
    """Economies of scale as psi x theta, the same in all goods, so that psi differs by sector: 1 is Krugman (1980) with free entry, and
    Melitz (2003) with Pareto productivity (Costinot and Rodriguez-Clare 2014). With inputs, sectors may empty out well below 1; the
    engine then says that it found no finite solution. Instead of `scale`."""

    pass_through: Annotated[
        float, Within(0, 1, "the share of a cost change that producers pass on; value added absorbs the rest")
    ] = 1.0
    """Share of cost changes that goes into prices at the one-year horizon; value added absorbs the rest. The long run ignores it."""

    def changed(self) -> dict[str, Any]:
        """Return what differs from the default, by name."""
        plain = self.model_dump()
        return {
            name: plain[name]
            for name, field in ModelOptions.model_fields.items()
            if plain[name] != field.get_default(call_default_factory=True)
        }

    def over(self, changes: dict[str, Any]) -> ModelOptions:
        """Return the options with `changes` put over them; a `ProgrammeError` lists every fault."""
        try:
            return ModelOptions.model_validate({**self.model_dump(), **changes})
        except ValidationError as error:
            problems = [problem_of(detail, ModelOptions, {}) for detail in error.errors()]
            raise ProgrammeError(
                Fault(
                    ".".join(["model", *map(str, problem.at)]),
                    problem.found,
                    problem.expected,
                    problem.remedy,
                )
                for problem in problems
            ) from None
