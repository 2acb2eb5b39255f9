"""`accord energy dispatch`: tables, JSON, and faults."""

from __future__ import annotations

import json


def test_the_command_prints_tables_and_json(accord):
    code, out, _ = accord("energy", "dispatch", "--with", "nuclear-BLR")
    assert code == 0
    assert "What nuclear-BLR displaces" in out
    code, out, _ = accord("energy", "dispatch", "--fuel-price.gas-BLR", "200", "--json")
    content = json.loads(out)
    assert code == 0
    assert content["tables"]["power_regions"]["rows"][0]["region"] == "BLR"
    assert content["inputs"]["plant.ccgt-BLR.efficiency"]["low"] < 0.55
    code, _, err = accord("energy", "dispatch", "--fuel-price.gaz-BLR", "200")
    assert code == 4
    assert "Did you mean 'gas-BLR'" in err
