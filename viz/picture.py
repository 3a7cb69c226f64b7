"""Picture: what the drawing functions return; it shows itself in a notebook and saves itself."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from viz.render.engine import lay_out_by_dot
from viz.render.html import embed, page, play
from viz.render.raster import to_pdf, to_png


class Picture:
    """A finished drawing.

    Parameters
    ----------
    svg : str
        The drawing: one ``<svg>`` element with its own style, title and legend.
    title : str
        One line: what is shown.
    alt : str
        What the drawing says, in words, for readers who cannot see it.
    page : callable, optional
        Gives a page in which the drawing can be explored; by default the page only shows it.
    dot : callable, optional
        Gives the same graph as source for Graphviz.
    data : callable, optional
        Gives all that the page shows, as JSON.

    Notes
    -----
    The markup of a picture contains no ids, so any number of them can share a page. What is given
    as a callable is called only when it is asked for.
    """

    def __init__(
        self,
        svg: str,
        *,
        title: str,
        alt: str,
        page: Callable[[], str] | None = None,
        dot: Callable[[], str] | None = None,
        data: Callable[[], str] | None = None,
    ) -> None:
        self.svg = svg
        self.title = title
        self.alt = alt
        self._make_page = page
        self._make_dot = dot
        self._make_data = data

    @property
    def dot(self) -> str:
        """Source for Graphviz.

        Raises
        ------
        ValueError
            If this kind of picture has none.
        """
        return self._made("DOT source", self._make_dot)

    @property
    def json(self) -> str:
        """All boxes, edges, places and numbers, as JSON.

        Raises
        ------
        ValueError
            If this kind of picture has none.
        """
        return self._made("data", self._make_data)

    def _made(self, what: str, make: Callable[[], str] | None) -> str:
        if make is None:
            raise ValueError(
                f"the picture {self.title!r} has no {what}, because it is not drawn as a "
                "graph of operations; save it as .svg or .html."
            )
        return make()

    @property
    def html(self) -> str:
        """A self-contained page that shows the picture; a graph can be explored in it."""
        return page(self.svg, self.title) if self._make_page is None else self._make_page()

    def save(self, path: str | os.PathLike[str], *, engine: Literal["own", "dot"] = "own") -> Path:
        """Write the picture to a file; the suffix says in which form.

        Parameters
        ----------
        path : str or path
            Ends in .svg, .html, .dot, .gv, .json, .png or .pdf. An existing file is replaced, and
            only once the new one is complete.
        engine : {"own", "dot"}
            Whose layout: this package's, or Graphviz's, which a graph can have as .svg, .png and
            .pdf where Graphviz is there.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        ValueError
            If the suffix is none of these, or the picture has no DOT source or data; or for an
            engine that does not exist or cannot write such a file.
        ImportError
            If cairosvg, which turns SVG into PNG and PDF, is not installed; or Graphviz is not.
        FileNotFoundError
            If the folder does not exist.
        """
        path = Path(path)
        form = path.suffix.lower()
        if engine not in ("own", "dot"):
            raise ValueError(f"engine is 'own' or 'dot', not {engine!r}.")
        if engine == "dot" and form not in _BY_DOT:
            raise ValueError(
                f"with engine='dot' a picture is saved as {', '.join(_BY_DOT)}, not {path.name!r}."
            )
        try:
            render = _BY_DOT[form] if engine == "dot" else _FORMS[form]
        except KeyError:
            raise ValueError(
                f"cannot save a picture as {path.name!r}: its name must end in one of "
                f"{', '.join(_FORMS)}."
            ) from None
        if not path.parent.is_dir():
            raise FileNotFoundError(
                f"cannot save {path.name!r}: the folder {str(path.parent)!r} does not exist."
            )
        _replace(path, render(self))
        return path

    def __repr__(self) -> str:
        return f"<Picture {self.title!r}: {self.alt}>"

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        if self._make_page is None:
            return embed(self.svg, self.title, self.alt)
        return play(self.html, self.svg, self.title, self.alt)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {
            "text/plain": repr(self),
            "text/html": self._repr_html_(),
            "image/svg+xml": self.svg,
        }


#: What is written for each suffix.
_FORMS: dict[str, Callable[[Picture], bytes]] = {
    ".svg": lambda picture: picture.svg.encode(),
    ".html": lambda picture: picture.html.encode(),
    ".dot": lambda picture: picture.dot.encode(),
    ".gv": lambda picture: picture.dot.encode(),
    ".json": lambda picture: picture.json.encode(),
    ".png": lambda picture: to_png(picture.svg),
    ".pdf": lambda picture: to_pdf(picture.svg),
}

#: The same for Graphviz's layout.
_BY_DOT: dict[str, Callable[[Picture], bytes]] = {
    ".svg": lambda picture: lay_out_by_dot(picture.dot, "svg"),
    ".png": lambda picture: lay_out_by_dot(picture.dot, "png"),
    ".pdf": lambda picture: lay_out_by_dot(picture.dot, "pdf"),
}


def _replace(path: Path, content: bytes) -> None:
    """Write a file beside the wanted one and put it in its place: no reader meets half a file."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "wb") as file:
            file.write(content)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(draft, 0o666 & ~umask)  # mkstemp makes files that only their owner may read
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise
