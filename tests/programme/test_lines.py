"""Positions of keys in TOML text: the fault must name the line that the user sees."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from accord.programme.lines import key_lines

TEXT = '''\
# a comment with [[measure]] = "in it"
name = "A # no comment" # one
"quoted key" = 'its'

[groups.regions]
EU = [
  "DEU", # [Germany]
  "FRA",
]

[[measure]]
id = "a"
text = """
id = "not a key"
"""
ave = { central = 1 }

[[measure]]
cost = [
  { payer = "x", usd = 1 },
  { payer = "]", usd = 2 },
]

[measure.responsible]
ARC = "Ministry"

[[measure.cost_lines]]
payer = 1
[[measure.cost_lines]]
payer = 2
'''


def line_of(fragment: str) -> int:
    return next(number for number, row in enumerate(TEXT.splitlines(), start=1) if fragment in row)


def test_quotes_may_end_a_long_text():
    text = 'a = """ends in a quote""""\nb = """ends in two"""""\nc = 1'
    assert tomllib.loads(text)["b"] == 'ends in two""'
    assert key_lines(text)["c",] == 3


def test_keys_are_found_on_their_lines():
    tomllib.loads(TEXT)
    lines = key_lines(TEXT)
    assert lines["name",] == 2
    assert lines["quoted key",] == 3
    assert lines["groups", "regions", "EU"] == line_of("EU = [")
    assert lines["groups", "regions", "EU", 1] == line_of('"FRA"')
    assert lines["measure", 0] == line_of('id = "a"') - 1
    assert lines["measure", 0, "ave", "central"] == line_of("ave = {")
    assert lines["measure", 1, "cost", 1, "payer"] == line_of('"]"')
    assert lines["measure", 1, "responsible", "ARC"] == line_of("ARC =")
    assert lines["measure", 1, "cost_lines", 1, "payer"] == line_of("payer = 2")
    assert ("measure", 0, "not a key") not in lines


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
VALUES = st.one_of(
    st.integers(-9, 9).map(str),
    TEXTS.map(lambda text: "'" + text.replace("'", "") + "'"),
    TEXTS.map(lambda text: '"' + text.replace("\\", "").replace('"', '\\"') + '"'),
    TEXTS.map(lambda text: '"""\n' + text.replace("\\", "").replace('"', "") + '\n""quoted"" """'),
    st.lists(st.sampled_from(["1", "'a'", "# ]\n2", "{ x = [ 1 ] }"]), max_size=3).map(
        lambda items: "[\n" + ",\n".join(items) + "\n]"
    ),
)


@given(values=st.lists(VALUES, min_size=1, max_size=6))
def test_any_mixture_of_values_leaves_the_keys_after_them_where_they_are(values: list[str]):
    rows: list[str] = []
    expected: dict[str, int] = {}
    for number, value in enumerate(values):
        expected[f"key{number}"] = sum(row.count("\n") + 1 for row in rows) + 1
        rows.append(f"key{number} = {value}")
    text = "\n".join(rows)
    tomllib.loads(text)
    lines = key_lines(text)
    assert {key: lines[key,] for key in expected} == expected
