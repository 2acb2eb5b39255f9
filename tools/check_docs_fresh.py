"""Check that the documents a reader expects exist, and that generated reference pages match their generators.

A generator is a file tools/generate_*.py with a function `pages()` that returns {file name below docs/reference: text}.
A page below docs/reference that no generator makes is a fault too. Run a fix with: python tools/check_docs_fresh.py --write
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
REQUIRED = ("README.md", "CHANGELOG.md", "ARCHITECTURE.md")


def main(arguments: list[str]) -> int:
    """Print every fault; return 1 when there is one. With `--write`, write the generated pages first."""
    generated = generated_pages(REPOSITORY / "tools")
    reference = REPOSITORY / "docs" / "reference"
    if "--write" in arguments:
        for name, text in generated.items():
            (reference / name).parent.mkdir(parents=True, exist_ok=True)
            (reference / name).write_text(text, encoding="utf-8")
    faults = [*missing_documents(REPOSITORY), *stale_pages(reference, generated)]
    for fault in faults:
        print(f"docs: {fault}")
    if not faults:
        print(f"docs: {len(REQUIRED)} documents present, {len(generated)} generated pages fresh")
    return 1 if faults else 0


def missing_documents(root: Path) -> Iterator[str]:
    """Yield a fault for each required document that is absent or empty."""
    for name in REQUIRED:
        file = root / name
        if not file.is_file() or not file.read_text(encoding="utf-8").strip():
            yield f"{name} is missing or empty"


def stale_pages(reference: Path, generated: dict[str, str]) -> Iterator[str]:
    """Yield a fault for each page that differs from what its generator gives, and for each that none makes."""
    for name, text in sorted(generated.items()):
        file = reference / name
        if not file.is_file():
            yield f"docs/reference/{name} is missing; write it with: python tools/check_docs_fresh.py --write"
        elif file.read_text(encoding="utf-8") != text:
            yield f"docs/reference/{name} is stale; refresh it with: python tools/check_docs_fresh.py --write"
    if reference.is_dir():
        for file in sorted(reference.rglob("*.md")):
            name = file.relative_to(reference).as_posix()
            if name not in generated:
                yield f"docs/reference/{name} is made by no tools/generate_*.py"


def generated_pages(tools: Path) -> dict[str, str]:
    """Return the text of every page that the generators make, by name below docs/reference."""
    pages: dict[str, str] = {}
    for file in sorted(tools.glob("generate_*.py")):
        spec = importlib.util.spec_from_file_location(file.stem, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        pages.update(module.pages())
    return pages


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
