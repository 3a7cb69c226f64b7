"""Picture: shows itself, and saves itself in every form or not at all."""

import json
import stat
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

from autograd import Value
from viz.drawing import graph
from viz.picture import Picture


@pytest.fixture
def picture():
    x = Value(3.0, name="x <1> \\n")
    return graph(x * x + 2.0, title="A & B")


@pytest.mark.parametrize("suffix", [".svg", ".html", ".dot", ".gv", ".SVG"])
def test_it_saves_by_suffix_and_returns_the_path(picture, tmp_path, suffix):
    path = picture.save(tmp_path / f"picture{suffix}")
    assert path == tmp_path / f"picture{suffix}"
    assert path.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_svg_is_the_svg(picture, tmp_path):
    assert picture.save(str(tmp_path / "p.svg")).read_text(encoding="utf-8") == picture.svg
    assert ET.fromstring(picture.svg).tag == "{http://www.w3.org/2000/svg}svg"


def test_html_is_one_page_that_loads_nothing(picture, tmp_path):
    loads = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            loads.extend(v for k, v in attrs if k in ("src", "href"))

    page = picture.save(tmp_path / "p.html").read_text(encoding="utf-8")
    Reader().feed(page)
    assert loads == []
    assert "url(" not in page
    assert "<title>A &amp; B</title>" in page
    assert picture.alt.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#x27;") in page


def test_a_picture_without_a_page_is_shown_in_one(tmp_path):
    picture = Picture("<svg></svg>", title="A & B", alt="nothing")
    page = picture.save(tmp_path / "p.html").read_text(encoding="utf-8")
    assert "<svg></svg>" in page
    assert "<script" not in page


def test_json_has_every_box_and_edge(picture, tmp_path):
    data = json.loads(picture.save(tmp_path / "p.json").read_text(encoding="utf-8"))
    (sheet,) = data["sheets"]
    assert [box["label"] for box in sheet["boxes"]] == [
        "x <1> \\n",
        "constant 2",
        "multiply",
        "result",
    ]
    assert [(edge["from"], edge["to"]) for edge in sheet["edges"]] == [
        (0, 2),
        (0, 2),
        (2, 3),
        (1, 3),
    ]


def test_dot_has_the_same_boxes_and_edges(picture):
    assert picture.dot.count(" -> ") == 4
    assert picture.dot.count("[label=") == 2 + 4 + 3
    assert "x <1> \\\\n" in picture.dot


def test_unknown_types_are_refused_before_anything_is_written(picture, tmp_path):
    with pytest.raises(ValueError, match=r"'p\.bmp': its name must end in one of \.svg, \.html"):
        picture.save(tmp_path / "p.bmp")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(picture, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"the folder .*nowhere' does not exist"):
        picture.save(tmp_path / "nowhere" / "p.svg")


def test_a_picture_without_dot_says_so(tmp_path):
    plain = Picture("<svg/>", title="Network", alt="")
    with pytest.raises(ValueError, match="'Network' has no DOT source"):
        plain.save(tmp_path / "p.dot")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".png", ".pdf"])
def test_without_a_converter_the_extra_is_named(picture, tmp_path, suffix, monkeypatch):
    monkeypatch.setitem(sys.modules, "cairosvg", None)
    with pytest.raises(ImportError, match=r"glassgrad\[export\]"):
        picture.save(tmp_path / f"p{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_a_converter_gets_the_svg(picture, tmp_path, monkeypatch):
    converter = SimpleNamespace(
        svg2png=lambda bytestring, scale: b"png" + bytestring,
        svg2pdf=lambda bytestring: b"pdf" + bytestring,
    )
    monkeypatch.setitem(sys.modules, "cairosvg", converter)
    assert picture.save(tmp_path / "p.png").read_bytes() == b"png" + picture.svg.encode()
    assert picture.save(tmp_path / "p.pdf").read_bytes() == b"pdf" + picture.svg.encode()


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_graphviz_lays_it_out_where_it_is_there(picture, tmp_path, monkeypatch, suffix):
    import graphviz

    asked = []

    def pipe(source, format):
        asked.append((source.source.strip(), format))
        return b"drawn by dot"

    monkeypatch.setattr(graphviz.Source, "pipe", pipe)
    assert picture.save(tmp_path / f"p{suffix}", engine="dot").read_bytes() == b"drawn by dot"
    assert asked == [(picture.dot.strip(), suffix[1:])]


def test_without_the_program_the_package_that_has_it_inside_is_asked(
    picture, tmp_path, monkeypatch
):
    import graphviz

    def pipe(source, format):
        raise graphviz.ExecutableNotFound(["dot"])

    class Graph:
        def __init__(self, string):
            self.string = string

        def draw(self, format, prog):
            return f"{prog} draws {format} of {len(self.string)} letters".encode()

    monkeypatch.setattr(graphviz.Source, "pipe", pipe)
    monkeypatch.setitem(sys.modules, "pygraphviz", SimpleNamespace(AGraph=Graph))
    drawn = picture.save(tmp_path / "p.svg", engine="dot").read_text()
    assert drawn == f"dot draws svg of {len(picture.dot)} letters"
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(ImportError, match=r"glassgrad\[layout\]"):
        picture.save(tmp_path / "q.svg", engine="dot")
    assert not (tmp_path / "q.svg").exists()


def test_engines_that_do_not_fit_are_refused(picture, tmp_path):
    with pytest.raises(ValueError, match="engine is 'own' or 'dot', not 'neato'"):
        picture.save(tmp_path / "p.svg", engine="neato")
    with pytest.raises(ValueError, match=r"saved as \.svg, \.png, \.pdf, not 'p\.html'"):
        picture.save(tmp_path / "p.html", engine="dot")


def test_a_failed_save_leaves_the_old_file_and_no_other(picture, tmp_path, monkeypatch):
    path = tmp_path / "p.svg"
    path.write_text("old")

    def fail(source, target):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        picture.save(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_saved_file_has_ordinary_permissions(picture, tmp_path):
    (tmp_path / "ordinary").touch()
    ordinary = stat.S_IMODE((tmp_path / "ordinary").stat().st_mode)
    assert stat.S_IMODE(picture.save(tmp_path / "p.svg").stat().st_mode) == ordinary


def test_a_notebook_is_offered_html_svg_and_words(picture):
    bundle = picture._repr_mimebundle_()
    assert bundle.keys() == {"text/plain", "text/html", "image/svg+xml"}
    assert bundle["image/svg+xml"] == picture.svg
    assert "4 argument slots" in bundle["text/plain"]


def test_where_frames_and_styles_are_stripped_a_described_image_is_left(picture):
    parts = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            parts.append((tag, dict(attrs)))

    Reader().feed(picture._repr_html_())
    assert [tag for tag, _ in parts] == ["style", "img", "iframe"]
    assert parts[1][1]["alt"] == f"A & B. {picture.alt}"
    assert parts[2][1]["srcdoc"] == picture.html
    # Nothing but the script of the page itself is allowed.
    assert parts[2][1]["sandbox"] == "allow-scripts"
