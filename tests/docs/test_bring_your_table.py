"""The how-to names every kind of table and every fix."""

from __future__ import annotations

from pathlib import Path

from accord.world.raw import FIXES
from accord.world.raw.stocks import METHODS
from accord.world.sources import SOURCES

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "bring-your-table.md").read_text(encoding="utf-8")


def test_every_fix_every_kind_and_every_way_with_inventories_is_on_the_page():
    assert [line for line in PAGE.splitlines() if line.startswith("| `") and line.endswith("|")]
    for name, meaning in FIXES.items():
        assert f"| `{name}` | {meaning} |" in PAGE
    for name in [*(source.name for source in SOURCES.values() if source.how == "add"), *METHODS]:
        assert f"`{name}`" in PAGE
