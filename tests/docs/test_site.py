"""The check of the built site finds what it is there to find."""

import pytest

from tests.docs.site import problems

GOOD = '<html><body><h1 id="top">x</h1><a href="other.html#top">o</a> <a href="#top">t</a></body>'


def site(folder, **pages):
    for name, text in {
        "index": GOOD,
        "other": GOOD.replace("other.html", "index.html"),
        **pages,
    }.items():
        (folder / f"{name}.html").write_text(text)
    return folder


def test_a_good_site_has_no_problems(tmp_path):
    (tmp_path / "style.css").write_text("a { background: url(data:image/png;base64,AAAA) }")
    elsewhere = '<link rel="stylesheet" href="style.css"><a href="https://example.org">away</a>'
    assert list(problems(site(tmp_path, links=elsewhere))) == []


@pytest.mark.parametrize(
    ("markup", "problem"),
    [
        ('<a href="missing.html">', "points to missing.html, which is not there"),
        ('<a href="other.html#missing">', "that page has no such place"),
        ('<a href="#missing">', "that page has no such place"),
        ('<img src="missing.png">', "points to missing.png, which is not there"),
        ('<script src="https://cdn.example/x.js">', "loads https://cdn.example/x.js"),
        ('<link rel="stylesheet" href="//cdn.example/x.css">', "loads //cdn.example/x.css"),
        ("<style>@import 'https://cdn.example/x.css';</style>", "loads https://cdn.example"),
        ('<p style="background: url(https://cdn.example/x.png)">', "loads https://cdn.example"),
    ],
)
def test_each_kind_of_problem_is_found(tmp_path, markup, problem):
    (found,) = problems(site(tmp_path, bad=markup))
    assert found.startswith("bad.html ")
    assert problem in found


def test_style_sheets_load_nothing_from_elsewhere(tmp_path):
    (tmp_path / "style.css").write_text("@font-face { src: url(https://fonts.example/x.woff2) }")
    assert list(problems(site(tmp_path))) == ["style.css loads https://fonts.example/x.woff2"]
