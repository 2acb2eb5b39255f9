"""Compiled solvers kept on disk, so that the second process starts solving at once."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import jax

import accord.numerics.double_precision  # noqa: F401 - 64-bit JAX is part of what is compiled


def enable_compilation_cache(folder: Path | None = None) -> Path | None:
    """Keep what JAX compiles in `folder` and return it; go without, and return None, where it cannot be written.

    Args:
        folder: By default `jax` below $ACCORD_CACHE_DIR or the platform's cache folder for accord.
    """
    folder = folder or _cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        return None
    jax.config.update("jax_compilation_cache_dir", str(folder))
    # By default JAX keeps only what took a second to compile; a run compiles dozens of small things too.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder


def _cache_folder() -> Path:
    chosen = os.environ.get("ACCORD_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser() / "jax"
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("accord", appauthor=False)) / "jax"
