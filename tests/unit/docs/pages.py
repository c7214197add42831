# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of the documentation as data: links, anchors, and what stands between fences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/*.md", "docs/guide/*.md", "roles/*/*.md", "tests/lab/**/*.md")
    for page in ROOT.glob(pattern)
)
_FILE_COMMENT = re.compile(r"#\s*(\S+\.(?:yml|yaml|ini|cfg|conf))\s*$")


@dataclass(frozen=True)
class Snippet:
    """What stands between two fences. `language` is empty where none is named; `line` counts from 1."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        """Where it is, as tests name it."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def file_name(self) -> str | None:
        """The name of the file that it shows, from its first line (`# settings.yml`)."""
        found = _FILE_COMMENT.match(self.text.splitlines()[0]) if self.text.strip() else None
        return found.group(1) if found else None


@cache
def tokens(page: Path) -> tuple[Token, ...]:
    """The page's blocks."""
    return tuple(MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8")))


@cache
def snippets(*languages: str) -> tuple[Snippet, ...]:
    """All snippets of all pages in one of the languages."""
    return tuple(
        Snippet(page, (token.map or [0])[0] + 1, token.info.strip(), token.content)
        for page in PAGES
        for token in tokens(page)
        if token.type == "fence" and token.info.strip() in languages
    )


def links(page: Path) -> Iterator[str]:
    """The targets of the page's links and pictures."""
    for block in tokens(page):
        for token in block.children or []:
            target = token.attrs.get("href") if token.type == "link_open" else token.attrs.get("src")
            if target:
                yield str(target)


@cache
def anchors(page: Path) -> frozenset[str]:
    """The names by which the page's headings can be linked to, made as GitHub makes them."""
    blocks = tokens(page)
    return frozenset(
        re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", blocks[number + 1].content).lower()).replace(" ", "-")
        for number, block in enumerate(blocks)
        if block.type == "heading_open"
    )


def commands() -> Iterator[tuple[Snippet, str]]:
    """Every command line of the pages, without prompt and comment."""
    for snippet in snippets("shell", "console", "sh", "bash"):
        joined = snippet.text.replace("\\\n", " ")
        for line in joined.splitlines():
            command = re.sub(r"\s#\s.*$", "", line.strip())
            if snippet.language == "console":
                if not command.startswith("$ "):
                    continue
                command = command[2:]
            if command and not command.startswith("#"):
                yield snippet, command.strip()
