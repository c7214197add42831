# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the sections above the table of a report page: bars, figures and small tables."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Segment:
    """A part of a bar."""

    label: str
    count: int
    tone: str = "busy"  # or good, bad, odd, doubt, fault, gone, waiting, aside


@dataclass(frozen=True)
class Mark:
    """The glyph and the tone beside a value of a facet column."""

    glyph: str
    tone: str


def escape(text: object) -> str:
    """Return text for HTML content and quoted attributes."""
    return html.escape(_CONTROL.sub("�", str(text)), quote=True)


def stacked_bar(segments: Sequence[Segment], *, label: str, whole: int | None = None) -> str:
    """Return one horizontal bar as SVG.

    Args:
        segments: Its parts from left to right; parts of 0 are left out.
        label: The title of the bar, which screen readers read before the figures.
        whole: The count that fills the width; the sum of the parts if None.
    """
    shown = [segment for segment in segments if segment.count]
    width = whole or sum(segment.count for segment in shown) or 1
    figures = ", ".join(f"{segment.label} {segment.count}" for segment in shown) or "none"
    parts, left = [], 0.0
    for segment in shown:
        share = 100 * segment.count / width
        parts.append(
            f'<rect class="tone-{escape(segment.tone)}" x="{left:.3f}%" width="{share:.3f}%" height="100%">'
            f"<title>{escape(segment.label)}: {segment.count}</title></rect>"
        )
        left += share
    return (
        f'<svg class="bar" role="img" aria-label="{escape(label)}: {escape(figures)}">{"".join(parts)}</svg>'
    )


def stacked_columns(columns: Sequence[tuple[str, Sequence[Segment]]], *, label: str) -> str:
    """Return columns on one scale as SVG, each with its parts from the bottom up.

    Args:
        columns: A name and the parts of each column, from left to right.
        label: The picture in words, for screen readers.
    """
    highest = max((sum(part.count for part in parts) for _name, parts in columns), default=0) or 1
    wide = 100 / max(len(columns), 6)  # few columns do not grow into walls
    drawn = []
    for number, (name, parts) in enumerate(columns):
        figures = ", ".join(f"{part.label} {part.count}" for part in parts) or "none"
        top, rects = 100.0, ""
        for part in parts:
            height = 100 * part.count / highest
            top -= height
            rects += (
                f'<rect class="tone-{escape(part.tone)}" x="{number * wide:.3f}%" y="{top:.3f}%" '
                f'width="{wide * 0.8:.3f}%" height="{height:.3f}%"/>'
            )
        drawn.append(f"<g><title>{escape(name)}: {escape(figures)}</title>{rects}</g>")
    return f'<svg class="trend" role="img" aria-label="{escape(label)}">{"".join(drawn)}</svg>'


def bar_chart(
    bars: Sequence[tuple[str, Sequence[Segment]]],
    *,
    caption: str,
    column: str | None = None,
    notes: Sequence[str] = (),
) -> str:
    """Return horizontal bars on one scale, each with its label and count.

    Args:
        bars: Label and parts of each bar.
        caption: The title, for screen readers.
        column: The column of the table that a click on a label filters; without it labels are plain text.
        notes: A text under each bar.
    """
    sums = [sum(segment.count for segment in segments) for _label, segments in bars]
    widest = max(sums, default=0)
    lines = "".join(
        f"<tr><th scope='row'>{filter_button(label, column, label) if column else escape(label)}</th>"
        f"<td>{total}</td><td class='chart'>{stacked_bar(segments, label=label, whole=widest)}"
        f"{f'<p>{escape(note)}</p>' if note else ''}</td></tr>"
        for (label, segments), total, note in zip(bars, sums, notes or [""] * len(bars), strict=True)
    )
    title = f'<caption class="spoken">{escape(caption)}</caption>'
    return f'<table class="bars">{title}<tbody>{lines}</tbody></table>'


def filter_button(label: str, column: str, value: str) -> str:
    """Return a button in the look of a link that filters a column of the table by a value."""
    target = f'data-column="{escape(column)}" data-value="{escape(value)}"'
    return f'<button type="button" class="filter link" {target}>{escape(label)}</button>'


def tallies(
    counts: Sequence[tuple[Segment, Mark, str]], *, column: str | None = None, shares: bool = False
) -> str:
    """Return large figures with their labels as the legend of a bar.

    Args:
        counts: Label and count, mark, and an explaining sentence for each.
        column: The facet column of the table that a click filters; without it the figures are plain text.
        shares: Whether the percentage of the sum stands beside each count.
    """
    whole = sum(segment.count for segment, _mark, _meaning in counts) if shares else 0
    return f'<ul class="tallies">{"".join(_tally(*count, column, whole) for count in counts)}</ul>'


def percentage(count: int, whole: int) -> str:
    """Return a share without decimals; neither some for none nor all but some for all."""
    percent = 100 * count / whole
    if 0 < percent < 1:
        return "<1 %"
    return ">99 %" if 99 < percent < 100 else f"{percent:.0f} %"


def _tally(segment: Segment, mark: Mark, meaning: str, column: str | None, whole: int) -> str:
    share = f' <span class="share">{escape(percentage(segment.count, whole))}</span>' if whole else ""
    inside = (
        f'<span class="mark tone-{escape(mark.tone)}" aria-hidden="true">{escape(mark.glyph)}</span>'
        f'<span class="count">{segment.count}</span>{share} <span class="name">{escape(segment.label)}</span>'
    )
    if column is None:
        return f'<li><div class="tally" title="{escape(meaning)}">{inside}</div></li>'
    target = f'data-column="{escape(column)}" data-value="{escape(segment.label)}"'
    return (
        f'<li><button type="button" class="filter tally" title="{escape(meaning)}" {target}>{inside}</button>'
        "</li>"
    )


def panel(title: str, body: str, *, wide: bool = False) -> str:
    """Return a titled section; `body` is HTML."""
    return f'<section class="panel{" wide" if wide else ""}"><h2>{escape(title)}</h2>{body}</section>'


def beside(*panels: str) -> str:
    """Return panels beside each other where the window has the width, in a line of their own."""
    return f'<div class="beside wide">{"".join(panels)}</div>'


def small_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a plain table of a few rows, without sorting or filters."""
    head = "".join(f"<th scope='col'>{escape(heading)}</th>" for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table class='small'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
