# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx builds the site: guides in Markdown, reference pages by antsibull-docs. No downloads."""

from __future__ import annotations

import zlib
from pathlib import Path

project = "winfleet.hotfix"
copyright = "2026, the winfleet.hotfix developers"
author = "The winfleet.hotfix developers"

extensions = ["myst_parser", "sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
# The pages are those that people read on the forge, as they lie there. Links to other files become downloads.
include_patterns = [
    "index.rst",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.rst",
    "docs/README.md",
    "docs/guide/*.md",
    "roles/*/README.md",
    "tests/lab/**README.md",
    "reference/**.rst",
]
root_doc = "index"
myst_heading_anchors = 3


def local_inventory() -> str:
    """What the reference pages mention of Ansible's own documentation, as an inventory file of Sphinx.

    The table beside this file stands in for the inventory that Sphinx would download.
    """
    header = b"# Sphinx inventory version 2\n# Project: Ansible\n# Version: \n# zlib\n"
    table = Path(__file__).with_name("ansible-core.inventory").read_bytes()
    path = Path(__file__).resolve().parents[2] / "build" / "ansible-core.inv"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(header + zlib.compress(table))
    return str(path)


intersphinx_mapping = {"ansible": ("https://docs.ansible.com/projects/ansible/latest/", local_inventory())}

default_role = "any"
nitpicky = True
highlight_language = "yaml+jinja"

html_theme = "sphinx_ansible_theme"
html_title = "winfleet.hotfix"
html_copy_source = False
html_show_sphinx = False
html_use_index = False
