"""Check a site that was built: no link is dead, and nothing is loaded from a network.

python -m tests.docs.site build/docs
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: What a browser loads by itself, rather than when a reader clicks.
_LOADED = {
    ("script", "src"), ("link", "href"), ("img", "src"), ("img", "srcset"), ("source", "src"),
    ("source", "srcset"), ("iframe", "src"), ("video", "src"), ("object", "data"),
    ("image", "href"), ("use", "href"),
}  # fmt: skip
_IN_STYLES = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


class _Page(HTMLParser):
    """The links of a page, what it loads, and its anchors."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.anchors: set[str] = set()
        self._in_style = False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            elif (tag, name) in _LOADED and value:
                self.loaded.add(value)
            elif (tag, name) == ("a", "href") and value:
                self.links.add(value)
            elif name == "style" and value:
                self.loaded.update(_in_styles(value))

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.loaded.update(_in_styles(data))


def problems(site: Path) -> Iterator[str]:
    """What is wrong with a site, one sentence for each."""
    pages = {path: _Page(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(site)
        for address in sorted(page.loaded | page.links):
            if urlsplit(address).scheme or address.startswith("//"):
                if address in page.loaded and not address.startswith("data:"):
                    yield f"{name} loads {address}"
                continue
            target, _, anchor = unquote(address.partition("?")[0]).partition("#")
            there = (path.parent / target).resolve() if target else path
            if not there.exists():
                yield f"{name} points to {address}, which is not there"
            elif anchor and there in pages and anchor not in pages[there].anchors:
                yield f"{name} points to {address}, but that page has no such place"
    for path in sorted(site.rglob("*.css")):
        for address in _in_styles(path.read_text(encoding="utf-8")):
            if urlsplit(address).scheme not in ("", "data") or address.startswith("//"):
                yield f"{path.relative_to(site)} loads {address}"


def _in_styles(text: str) -> list[str]:
    return [first or second for first, second in _IN_STYLES.findall(text)]


def main() -> None:
    found = list(problems(Path(sys.argv[1]).resolve()))
    print("\n".join(found), file=sys.stderr)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
