"""Graphviz's own layout, where it is there: the program `dot`, or the wheel of pygraphviz."""

from __future__ import annotations


def lay_out_by_dot(source: str, form: str) -> bytes:
    """Let Graphviz draw.

    Parameters
    ----------
    source : str
        In the DOT language.
    form : {"svg", "png", "pdf"}
        What it is to draw.

    Raises
    ------
    ImportError
        If neither the program `dot` is on the PATH nor pygraphviz is installed, which has it
        inside.
    """
    import graphviz

    try:
        drawn: bytes = graphviz.Source(source).pipe(format=form)
    except graphviz.ExecutableNotFound:
        return _by_pygraphviz(source, form)
    return drawn


def _by_pygraphviz(source: str, form: str) -> bytes:
    try:
        import pygraphviz
    except ImportError as error:
        raise ImportError(
            "Graphviz's layout needs the program `dot` or the package pygraphviz, and neither was "
            "found; install the latter with pip install 'glassgrad[layout]', or leave out "
            "engine='dot': the layout of this package needs nothing."
        ) from error
    drawn: bytes = pygraphviz.AGraph(string=source).draw(format=form, prog="dot")
    return drawn
