# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render a report as one HTML file with a table of any length.

A page loads nothing and sends nothing. It contains its styles and its one script, and its
Content-Security-Policy allows only these, by their hashes. Text from a host or a directory is data: this file
escapes it in HTML, and the script sets it as text.

`assets/table.js` draws the table from the JSON of `table_data`. It draws a hundred rows at a time (all of
them for printing), so a page with tens of thousands of rows opens at once. Repeated values are stored once.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from urllib.parse import quote

from .page_sections import Mark, escape, small_table

ASSETS = Path(__file__).with_name("assets")

NO_SCRIPT_ROWS = 500
"""Rows of the plain table for browsers without scripts: enough to work with, and small in the whole page."""


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Texts, times (ISO 8601) and numbers are sorted as such. A facet has few values, has a filter for each, and
    sorts in the order of `values`; other values follow by name. The cells of `facets` hold several values.
    """

    label: str
    kind: Literal["text", "time", "number", "facet", "facets"] = "text"
    values: Sequence[str] = ()
    marks: Mapping[str, Mark] = field(default_factory=dict)
    wide: bool = False  # whether it holds sentences and gets the remaining width
    listed: bool = True  # whether the table shows it; one that is not shown is searched and filtered
    offered: bool = True  # whether a list above the table offers its values


BlockCell = str | int | None


@dataclass(frozen=True)
class Block:
    """A titled part of the details under a row: a list, or a table if it has columns."""

    title: str
    rows: Sequence[str] | Sequence[Sequence[BlockCell]]  # of cells; without columns, of names and values
    columns: Sequence[str] = ()
    toned: bool = False  # whether each row ends with an additional cell, the tone that marks it
    folded: bool = False  # whether only its title shows until somebody unfolds it


Cell = str | int | float | tuple[str, ...] | None


@dataclass(frozen=True)
class Table:
    """The table of a page."""

    noun: tuple[str, str]  # the name of a row, in singular and plural
    columns: Sequence[Column]  # the first names the row
    rows: Sequence[Sequence[Cell]]
    details: Sequence[Sequence[Block]] = ()  # for each row, the blocks that unfold under it, if rows unfold
    sorted_by: str | None = None  # label of the column that sorts at first; None keeps the given order


def without_empty_columns(table: Table) -> Table:
    """Return the table without the columns in which no row has a value."""
    kept = [
        place
        for place, _column in enumerate(table.columns)
        if not table.rows or any(row[place] is not None for row in table.rows)
    ]
    return replace(
        table,
        columns=[table.columns[place] for place in kept],
        rows=[[row[place] for place in kept] for row in table.rows],
    )


def embed_json(identifier: str, data: object) -> str:
    """Return JSON for a page. It contains no `<`, so no data can end the element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f'<script type="application/json" id="{escape(identifier)}">{text}</script>'


def table_data(table: Table, meta: Mapping[str, object] | None = None) -> dict[str, object]:
    """Return the data for `assets/table.js`: facet values, detail rows and blocks by number, each once."""
    pool = _Pool()
    encoders = [
        _facet(table, place) if column.kind.startswith("facet") else None
        for place, column in enumerate(table.columns)
    ]
    columns: list[dict[str, object]] = []
    for column, numbers in zip(table.columns, encoders, strict=True):
        entry: dict[str, object] = {
            name: getattr(column, name) for name in ("label", "kind", "wide", "listed", "offered")
        }
        if numbers is not None:
            entry["values"] = list(numbers)
            entry["marks"] = [
                [mark.glyph, mark.tone] if (mark := column.marks.get(value)) else None for value in numbers
            ]
        columns.append(entry)
    rows = [
        [
            cell if numbers is None or cell is None else _numbered(cell, numbers)
            for cell, numbers in zip(row, encoders, strict=True)
        ]
        for row in table.rows
    ]
    details = [[pool.number(_block(block, pool)) for block in blocks] for blocks in table.details]
    return {
        **(meta or {}),
        "noun": list(table.noun),
        "sort": next(
            (place for place, column in enumerate(table.columns) if column.label == table.sorted_by), None
        ),
        "columns": columns,
        "rows": rows,
        "details": details,
        "pool": pool.values,
    }


def render_page(
    *,
    title: str,
    lede: str,
    about: Sequence[str],
    sections: Sequence[str],
    table: Table,
    meta: Mapping[str, object],
    links: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return the whole page.

    Args:
        title: Heading and title of the document.
        lede: The report in one sentence.
        about: Short facts for the line under the heading, such as the time of the report.
        sections: HTML of the sections above the table, from the functions of `page_sections`.
        table: The table.
        meta: Facts for programs at the start of the page's data, such as `generated_at`.
        links: The names of the files beside the page, by what they are.
    """
    style, script = asset("page.css"), asset("table.js")
    policy = (
        f"default-src 'none'; style-src '{_source_hash(style)}'; script-src '{_source_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            '<meta name="referrer" content="no-referrer">',
            '<link rel="icon" href="data:,">',
            f"<title>{escape(title)}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            f'<a class="skip" href="#list">Skip to the {escape(table.noun[1])}</a>',
            f"<header><h1>{escape(title)}</h1><p class='lede'>{escape(lede)}</p><p class='about'>",
            " · ".join(f"<span>{escape(fact)}</span>" for fact in about),
            f"</p>{_links(links)}</header>",
            f"<main><div class='panels'>{''.join(sections)}</div>",
            f"<section id='list' tabindex='-1' aria-label='{escape(table.noun[1].capitalize())}'></section>",
            f"<noscript>{_without_script(table)}</noscript></main>",
            embed_json("table-data", table_data(table, meta)),
            f"<script>{script}</script>",
            "</body>",
            "</html>",
            "",
        )
    )


def _links(files: Mapping[str, str]) -> str:
    """Return links to files in the folder of the page; a name cannot lead elsewhere."""
    listed = " · ".join(
        f'<a href="./{quote(name, safe="")}">{escape(label)}</a>' for label, name in files.items()
    )
    return f"<nav class='beside-page' aria-label='Files'>Beside this page: {listed}</nav>" if files else ""


@cache
def asset(name: str) -> str:
    """Return a file of the folder `assets`."""
    return (ASSETS / name).read_text(encoding="utf-8")


def _source_hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _without_script(table: Table) -> str:
    note = f"<p>Sorting, filters and details need JavaScript. The first {NO_SCRIPT_ROWS} rows:</p>"
    listed = [place for place, column in enumerate(table.columns) if column.listed]
    rows = (
        ["" if row[place] is None else row[place] for place in listed] for row in table.rows[:NO_SCRIPT_ROWS]
    )
    return note + small_table([table.columns[place].label for place in listed], rows)


def _facet(table: Table, place: int) -> dict[str, int]:
    """Number the values in a facet column: those of `values` first, then the others by name."""
    cells = {row[place] for row in table.rows}
    present = {value for cell in cells if cell is not None for value in _values(cell)}
    listed = [value for value in table.columns[place].values if value in present]
    others = sorted(present.difference(listed), key=str.casefold)
    return {value: number for number, value in enumerate((*listed, *others))}


def _values(cell: Cell) -> Sequence[str]:
    return cell if isinstance(cell, tuple) else (str(cell),)


def _numbered(cell: Cell, numbers: Mapping[str, int]) -> int | list[int]:
    if isinstance(cell, tuple):
        return sorted(numbers[value] for value in cell)
    return numbers[str(cell)]


def _block(block: Block, pool: _Pool) -> tuple[Hashable, ...]:
    rows = tuple(pool.number(row if isinstance(row, str) else tuple(row)) for row in block.rows)
    return block.title, tuple(block.columns), rows, int(block.toned), int(block.folded)


class _Pool:
    """Numbers values and stores each once."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    @property
    def values(self) -> list[Hashable]:
        return list(self._numbers)

    def number(self, value: Hashable) -> int:
        return self._numbers.setdefault(value, len(self._numbers))
