"""What the pages have in common stands in one place."""

import re
from html.parser import HTMLParser

import pytest

from hand_geo_keras.viewer.page import static_files

PAGES = [f"hand_geo_keras.viewer.{name}" for name in ("page", "correct", "live")]


class Elements(HTMLParser):
    """Counts start tags."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)


@pytest.mark.parametrize("package", PAGES)
def test_a_page_has_one_head(package):
    content, kind = static_files(package)["/"]
    page = content.decode()
    assert page.startswith("<!doctype html>") and kind.startswith("text/html")
    tags = Elements(page).tags
    for tag in ("html", "title", "body", "main" if "live" not in package else "table"):
        assert tags.count(tag) == 1, tag
    assert page.count('name="viewport"') == page.count('name="color-scheme"') == 1
    assert tags.index("title") < tags.index("body")


@pytest.mark.parametrize("package", PAGES)
def test_requests_are_sent_in_one_place(package):
    scripts = {
        path: content.decode()
        for path, (content, _) in static_files(package).items()
        if path.endswith(".js")
    }
    assert [path for path, text in scripts.items() if "fetch(" in text] == ["/ask.js"]
    for text in scripts.values():
        for name in re.findall(r'from "\./([\w.]+)"', text):
            if package.endswith("correct"):
                continue  # its server adds files of the first page
            assert f"/{name}" in scripts
