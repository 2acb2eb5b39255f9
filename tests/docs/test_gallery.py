"""The gallery shows the programmes as they are: one that has moved on makes it stale."""

from __future__ import annotations

import re

from accord.programme import read_programme


def test_the_gallery_shows_each_programme_as_it_is_now(repository):
    page = (repository / "docs" / "gallery.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"<!-- (\S+\.toml) ([0-9a-f]{64}) -->", page))
    programmes = {file.name: read_programme(file) for file in (repository / "programmes").glob("*.toml")}
    # The World of this one is the user's to bring; the page may show it or not.
    needed = {name for name, programme in programmes.items() if programme.world == "embedded"}
    assert needed <= set(shown)
    for name, content in shown.items():
        assert programmes[name].content_hash == content, f"{name} has moved on: python tools/build_gallery.py"


def test_every_picture_of_the_gallery_is_there(repository):
    page = (repository / "docs" / "gallery.md").read_text(encoding="utf-8")
    pictures = re.findall(r"\]\((gallery/[^)]+)\)", page)
    assert pictures
    assert all((repository / "docs" / picture).is_file() for picture in pictures)
