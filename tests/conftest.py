"""Settings and fixtures that every test shares: caches per clone, the hypothesis profile, golden files, reference data."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parents[1]

# Before anything imports jax: each clone compiles for itself, and tests leave the user's own caches alone.
os.environ.setdefault("ACCORD_CACHE_DIR", str(REPOSITORY / ".cache"))
# Compiling is most of what tests would do: what one worker or an earlier run has compiled is not compiled again. JAX finds it by
# the hash of the computation itself, its options and versions, so that changed code is always compiled anew.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(os.environ["ACCORD_CACHE_DIR"]) / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

# Commands that tests run leave no records in the clone; tests of records take this away again (fixture `records`).
os.environ.setdefault("ACCORD_NO_RECORD", "1")

# The same examples on every run; no deadline, for timings never decide a test.
settings.register_profile("accord", derandomize=True, max_examples=50, deadline=None, database=None)
settings.load_profile("accord")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files instead of comparing")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "golden: compares with a stored file (set by the fixtures; not by hand)"
    )


OF_SECONDS = {"analysis", "benchmarks", "cli", "docs", "engines", "laws", "present", "published", "study"}
"""Folders whose tests solve, or start the command: `make test-fast` leaves them out."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    no_browser = chromium_path() is None
    for item in items:
        if OF_SECONDS & set(item.path.parts):
            item.add_marker("medium")
        if {"golden", "update_golden"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("golden")
        if no_browser and item.get_closest_marker("browser"):
            item.add_marker(
                pytest.mark.skip(reason="Debian's chromium is not installed (`make test` does, as root)")
            )


MOST_MAPPINGS = 30_000
"""Compiled code lies in mappings of memory, of which Linux gives a process 65,530; LLVM aborts the process at the last one."""


def pytest_runtest_setup() -> None:
    """Let go of compiled code before there is too much of it; the cache on disk gives it back."""
    maps = Path("/proc/self/maps")
    if "jax" in sys.modules and maps.exists() and maps.read_bytes().count(b"\n") > MOST_MAPPINGS:
        sys.modules["jax"].clear_caches()
        gc.collect()


def chromium_path() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Debian's Chromium, for playwright's `executable_path`; its tests carry the marker `browser`."""
    path = chromium_path()
    if path is None:
        pytest.skip("Debian's chromium is not installed")
    return path


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the clone."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of reference data that is not part of the project: $ACCORD_SHARED, or ../shared/data beside the clone."""
    folder = Path(os.environ.get("ACCORD_SHARED") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"reference data not found at {folder} (set ACCORD_SHARED)")
    return folder


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    """True under `make golden`: rewrite stored results instead of comparing with them."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture
def golden(update_golden: bool) -> Callable[[str, str], None]:
    """`golden("report.txt", text)` compares text with tests/golden/report.txt, or rewrites that file under `make golden`."""

    def check(name: str, text: str) -> None:
        file = REPOSITORY / "tests" / "golden" / name
        if update_golden:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert file.exists(), f"{file} does not exist; write it with: make golden"
        assert text == file.read_text(encoding="utf-8"), (
            f"{name} has changed; if rightly so: make golden, then read the diff"
        )

    return check


@pytest.fixture
def accord(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run one command in this process, as a user would; return (exit code, standard output, standard error)."""
    from accord.cli import main

    def run(*arguments: object) -> tuple[int, str, str]:
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as done:
            code = int(done.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
