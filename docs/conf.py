"""How Sphinx builds the site: `make docs`. The pages of losses and families are made by `_ext/losspages`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

import losskit

project = "losskit"
author = "The losskit developers"
copyright = author
version = release = losskit.__version__

extensions = ["myst_parser", "losspages"]
myst_enable_extensions = ["attrs_block", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
smartquotes = False  # options begin with two dashes
html_math_renderer = "svg"

html_theme = "pydata_sphinx_theme"
html_title = "losskit"
html_static_path = ["_static"]
html_css_files = ["losskit.css"]
html_sidebars = {"parity": [], "accuracy": [], "bench": []}  # no pages below them: the room is for their tables
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_align": "left",
    "github_url": "https://github.com/losskit/losskit",
    "show_prev_next": False,
    "secondary_sidebar_items": {
        # A family's page gives that room to its table.
        page: ["page-toc"]
        for page in ("index", "examples", "losses/*", "parity", "accuracy", "bench")
    },
    "footer_start": ["copyright"],
    "footer_end": [],
}
