"""A real browser for the tests that are marked `browser`."""

import pytest

from tests.browser import chromium

#: Ends the script of a page. Before it everything in the script's scope has a name, so this is
#: where a door is put in.
_END = "\n})();</script>"
_HOOK = "\nwindow.inside = (script, x) => eval(script);"


@pytest.fixture(scope="session")
def browser():
    """The system's Chromium, or the one that Playwright has installed."""
    with chromium() as browser:
        yield browser


class Opened:
    """A page that was opened from its file; what is not here, Playwright's own page has."""

    def __init__(self, page):
        self._page = page

    def __getattr__(self, name):
        return getattr(self._page, name)

    def inside(self, script, argument=None):
        """What an expression gives in the scope of the page's script, which calls `argument` x."""
        return self._page.evaluate("([script, x]) => window.inside(script, x)", [script, argument])


@pytest.fixture
def open_page(browser, tmp_path):
    """Open a Picture's page: ``open_page(picture)``; further arguments go to the browser's context.

    The test fails if the page writes an error or a warning to the console, throws, or asks for
    anything but itself.
    """
    contexts, troubles = [], []

    def note(kind, text, wrong=True):
        if wrong:
            troubles.append(f"{kind}: {text}")

    def open_(picture, **options):
        html = picture.html
        assert html.count(_END) == 1
        file = tmp_path / f"page{len(contexts)}.html"
        file.write_text(html.replace(_END, _HOOK + _END), "utf-8")
        own = file.as_uri()
        contexts.append(
            browser.new_context(**{"viewport": {"width": 1200, "height": 800}} | options)
        )
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: note("thrown", error))
        page.on(
            "console", lambda said: note("console", said.text, said.type in ("error", "warning"))
        )
        page.on("request", lambda request: note("asked for", request.url, request.url != own))
        page.goto(own)
        page.wait_for_function("() => window.inside", timeout=10_000)
        return Opened(page)

    yield open_
    for context in contexts:
        context.close()
    assert troubles == []
