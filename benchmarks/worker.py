"""The process that runs one case: `python -m benchmarks.worker CASE FILE` leaves its rows in FILE."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.cases import load

if __name__ == "__main__":
    name, answer = sys.argv[1:]
    rows = load(name).measures()
    Path(answer).write_text(json.dumps([asdict(row) for row in rows]), encoding="utf-8")
