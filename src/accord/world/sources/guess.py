"""Which source a file comes from, by its look: enough to check it without naming its kind."""

from __future__ import annotations

import re
from pathlib import Path


def kind_of(name: str | Path) -> str | None:
    """Return the name of the source that `name` seems to come from; None where it is the name or file of a World."""
    path = Path(name).expanduser()
    if path.suffix.lower() == ".har":
        return "gtap-har"
    if path.is_dir():
        if (path / "trade_share.csv").is_file():
            return "kite"
        return "long-csv" if (path / "flows.csv").is_file() else None
    if path.suffix.lower() != ".csv" or not path.is_file():
        return "long-csv" if path.suffix.lower() == ".csv" else None
    with path.open("rb") as file:
        header = file.readline(20_000_000).decode("utf-8", errors="replace")
    # Other separators than commas are a fault, which the reader of the kind that is meant says best.
    cells = [cell.strip().strip('"').lower() for cell in re.split(r"[,;\t]", header.lstrip("\ufeff"))]
    own = not header.strip() or {"exporter", "importer", "user"} & set(cells[:12])
    return "long-csv" if own else "oecd-icio"
