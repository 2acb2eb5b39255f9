"""The house holds what it promises: targets, layers, quick imports, package data."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

HEAVY = (
    "altair",
    "duckdb",
    "equinox",
    "h5py",
    "jax",
    "numpy",
    "optimistix",
    "pandas",
    "pydantic",
    "scipy",
    "xarray",
)
TARGETS = (
    "help",
    "install",
    "demo",
    "test-fast",
    "test",
    "test-slow",
    "lint",
    "bench",
    "docs",
    "golden",
    "clean",
)


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True)


def heavy_modules_after(statement: str, repository: Path) -> list[str]:
    report = (
        f"import sys\n{statement}\nprint('loaded:', *[name for name in {HEAVY!r} if name in sys.modules])"
    )
    outcome = run(sys.executable, "-c", report, cwd=repository)
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout.splitlines()[-1].removeprefix("loaded:").split()


def test_importing_accord_loads_none_of_the_heavy_libraries(repository):
    assert heavy_modules_after("import accord", repository) == []


def test_asking_for_help_loads_none_of_the_heavy_libraries(repository):
    ask = (
        "import accord.cli\ntry: accord.cli.main(['--help'])\nexcept SystemExit as done: assert not done.code"
    )
    assert heavy_modules_after(ask, repository) == []


def test_make_help_lists_every_target_with_a_sentence(repository):
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    declared = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert declared is not None
    assert set(declared[1].split()) == set(TARGETS)
    listed = re.findall(r"^  make (\S+) +\S.+$", run("make", cwd=repository).stdout, re.MULTILINE)
    assert set(listed) == set(TARGETS)


def test_continuous_integration_runs_the_three_promised_targets_in_order(repository):
    script = repository / ".ci" / "run"
    assert script.stat().st_mode & 0o111, ".ci/run is not executable"
    assert re.findall(r"^step (\S+)$", script.read_text(encoding="utf-8"), re.MULTILINE) == [
        "test",
        "test-slow",
        "lint",
    ]


@pytest.mark.parametrize("fault", ["none", "a failing target"])
def test_continuous_integration_fails_exactly_when_a_target_fails(repository, tmp_path, fault):
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "run").write_bytes((repository / ".ci" / "run").read_bytes())
    slow = "@echo broken; exit 1" if fault != "none" else "@echo '=== 2 passed in 0.10s ==='"
    (tmp_path / "Makefile").write_text(
        f"test:\n\t@echo '=== 7 passed in 0.20s ==='\ntest-slow:\n\t{slow}\nlint:\n\t@echo fine\n"
    )
    outcome = run("bash", ".ci/run", cwd=tmp_path)
    assert outcome.stdout.count("=== 7 passed in 0.20s ===") == 2, (
        "the summary line is not repeated at the end"
    )
    assert (outcome.returncode == 0) == (fault == "none"), outcome.stdout


@pytest.mark.medium
def test_the_layers_hold(repository):
    outcome = run(str(Path(sys.executable).with_name("lint-imports")), cwd=repository)
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.medium
@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("engines/toy/solve.py", "import accord.present", "Each layer imports only what stands below it"),
        ("programme/extra.py", "import accord.world", "Each layer imports only what stands below it"),
        ("novelty/__init__.py", "", "Each layer imports only what stands below it"),
        ("engines/toy/solve.py", "import accord.engines.rival", "No engine imports another"),
    ],
    ids=["an engine imports present", "siblings", "a package without a place", "an engine imports another"],
)
def test_the_linter_catches_a_broken_layer(repository, tmp_path, file, line, contract):
    """On a skeleton with the project's own contracts: they would notice, not merely pass."""
    package = tmp_path / "accord"
    for name in ("cli", "present", "programme", "world", "engines", "engines/toy", "engines/rival"):
        (package / name).mkdir(parents=True, exist_ok=True)
        (package / name / "__init__.py").touch()
    for name in ("__init__.py", "units.py", "errors.py", "frozen.py"):
        (package / name).touch()
    (package / file).parent.mkdir(exist_ok=True)
    (package / file).write_text(line)
    (tmp_path / "pyproject.toml").write_bytes((repository / "pyproject.toml").read_bytes())
    linter = "import sys, runpy; sys.path.insert(0, '.'); from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    outcome = run(sys.executable, "-c", linter, cwd=tmp_path)
    broken = [text for text in outcome.stdout.splitlines() if text.rstrip().endswith("BROKEN")]
    assert outcome.returncode != 0, outcome.stdout
    assert len(broken) == 1, outcome.stdout + outcome.stderr
    assert broken[0].startswith(contract)


@pytest.mark.medium
def test_the_wheel_holds_the_package_and_its_data(repository, tmp_path):
    build = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    outcome = run(sys.executable, "-c", build, str(tmp_path), cwd=repository)
    assert outcome.returncode == 0, outcome.stderr
    (wheel,) = tmp_path.glob("accord-*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    tracked = run("git", "ls-files", "src/accord", cwd=repository).stdout.split()
    promised = {name.removeprefix("src/") for name in tracked if (repository / name).is_file()}
    assert promised, "git lists no file of the package"
    assert promised <= held
    assert any(name.endswith("licenses/DATA_LICENSES.md") for name in held)


def test_every_make_target_that_a_document_names_exists(repository):
    documents = [*repository.glob("*.md"), *(repository / "docs").rglob("*.md")]
    named = {
        (file.name, target)
        for file in documents
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert ("index.md", "demo") in named
    assert {pair for pair in named if pair[1] not in TARGETS} == set()


def test_checking_a_programme_waits_for_no_solver_no_figures_and_no_database(repository: Path):
    """What `accord check` does not need it does not import: JAX alone would take a third of its time."""
    code = (
        "import sys; from accord.cli import main\n"
        "try: main(['check', 'programmes/usmca_autos.toml'])\n"
        "except SystemExit: pass\n"
        "print('loaded:', sorted({'jax', 'altair', 'duckdb', 'openpyxl', 'accord.study.running'} & set(sys.modules)))"
    )
    outcome = run(sys.executable, "-c", code, cwd=repository)
    assert "no fault found" in outcome.stdout, outcome.stderr
    assert outcome.stdout.rstrip().endswith("loaded: []")
