"""Configuration of the documentation: Sphinx with MyST's Markdown, built by `make docs`.

Nothing is loaded from a network, neither when the site is built nor when it is read: the theme
brings its own files, and formulas are MathML, which browsers show without help.
"""

from __future__ import annotations

import shutil
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(HERE)]

from generators import api, benchmarks, derivatives, notebooks  # noqa: E402

_METADATA = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

project = "glassgrad"
author = copyright = "the glassgrad authors"
release = _METADATA["version"]

extensions = [
    "myst_nb",  # Markdown, and the course's notebooks with the outputs they have
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "generators.docstrings",
    "generators.mathml",
]
exclude_patterns = [".*", "generators"]

html_theme = "furo"
html_title = "glassgrad"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_show_sphinx = False
html_copy_source = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"

# In docstrings, a name between single backticks is a link where it is known, and code elsewhere.
default_role = "py:obj"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Attributes", "params_style")]  # several names may share a line
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say more than the annotations do
autodoc_preserve_defaults = True
python_display_short_literal_types = True
toc_object_entries_show_parents = "hide"

generated = HERE / "generated"
shutil.rmtree(generated, ignore_errors=True)  # a page of what is no more would stay
api.write_pages(generated / "api")
derivatives.write_page(generated / "derivatives.md")
benchmarks.write_page(HERE / "benchmarks.json", generated / "benchmarks.md")
notebooks.copy_pages(ROOT / "notebooks", generated / "course")
