"""The web site of guides and API builds without a warning and holds what is public."""

import importlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

import hand_geo_keras

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
GUIDES = EXAMPLES / "guides"
PAGES = sorted((GUIDES / "api").glob("*.md"))
DIRECTIVE = re.compile(r"^::: ([\w.]+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    for name in ("mkdocs", "mkdocstrings_handlers"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"needs {name} (extra `docs`)")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    options = ["--config-file", GUIDES / "mkdocs.yml", "--site-dir", folder]
    ran = subprocess.run(
        [*command, *map(str, options)], capture_output=True, text=True, cwd=ROOT
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert "WARNING" not in ran.stderr
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_name_modules_that_exist(page):
    found = DIRECTIVE.findall(page.read_text())
    assert found
    for name in found:
        importlib.import_module(name)


def test_every_package_has_a_page():
    packages = set(hand_geo_keras._PACKAGES) - {"cli"}  # described by --help
    assert packages <= {page.stem for page in PAGES}


def test_every_page_is_in_the_navigation():
    text = (GUIDES / "mkdocs.yml").read_text()
    for page in GUIDES.rglob("*.md"):
        assert str(page.relative_to(EXAMPLES)) in text


# The overview names the package's own attributes without describing them again.
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.stem != "index"], ids=lambda page: page.stem
)
def test_public_names_are_described(site, page):
    text = (site / "guides" / "api" / f"{page.stem}.html").read_text()
    # A function that is named like its module is described with that module.
    described = set(re.findall(r'id="hand_geo_keras\.[\w.]*?(\w+)"', text))
    for module in map(importlib.import_module, DIRECTIVE.findall(page.read_text())):
        for name in getattr(module, "__all__", ()):
            assert name in described or not callable(getattr(module, name)), name


def test_signatures_carry_types(site):
    text = (site / "guides" / "api" / "prediction.html").read_text()
    plain = re.sub(r"<[^>]+>", "", text)
    assert "save(path: str | PathLike) -&gt; None" in plain


def test_images_are_part_of_the_site(site):
    for page in site.rglob("*.html"):
        for image in re.findall(r'<img[^>]* src="([^"]+)"', page.read_text()):
            assert image.startswith("data:") or (page.parent / image).is_file(), page
