"""Links in the Markdown files lead somewhere: to files, to headings, to generated pages."""

import re

import pytest

from tests.docs.pages import PAGES, ROOT

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.DOTALL | re.MULTILINE)

NAMES = [*PAGES, ROOT / "CHANGELOG.md", ROOT / "notebooks" / "README.md"]


def anchors(page):
    """What may stand behind # in a link to a page: its headings, as GitHub and MyST name them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", NAMES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for link in _LINK.findall(_CODE.sub("", page.read_text())):
        if link.startswith("https://"):
            continue
        target, _, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        if ROOT / "docs" / "generated" in path.parents:
            continue  # written when the site is built, which fails if a page is missing
        if path.parent == ROOT / "docs" and path.name in ("contributing.md", "changelog.md"):
            path = ROOT / path.name.upper().replace(".MD", ".md")  # which they include
        assert path.exists(), link
        assert not anchor or anchor in anchors(path), link


def test_all_pages_of_the_site_are_in_its_menu():
    index = (ROOT / "docs" / "index.md").read_text()
    for page in PAGES:
        if ROOT / "docs" in page.parents and page.name != "index.md":
            name = str(page.relative_to(ROOT / "docs").with_suffix(""))
            assert re.search(rf"^{name}$", index, flags=re.MULTILINE), name
