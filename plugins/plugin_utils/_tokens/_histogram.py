# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw how many users have a token of which size, with the limits."""

from __future__ import annotations

import math
from collections.abc import Iterable

from .._report.page_sections import escape
from .._report.statuses import TOKEN_STATUSES
from ._token_rules import MAX_TOKEN_SIZES, TokenRules
from .totals import BIN_BYTES, Totals

_WIDTH, _HEIGHT, _TOP, _BOTTOM, _LEFT, _RIGHT = 1000, 220, 34, 42, 70, 8
_FLOOR, _ROOM = _HEIGHT - _BOTTOM, _HEIGHT - _BOTTOM - _TOP


def histogram(totals: Totals, rules: TokenRules) -> str:
    """Return users by token size as SVG, with an axis on either side and the limits as lines.

    Heights are logarithmic.
    """
    last = max([*totals.bins, rules.limit // BIN_BYTES + 1])
    step = (_WIDTH - _LEFT - _RIGHT) / (last + 1)
    most = max(totals.bins.values(), default=1)
    limits = [limit for limit in sorted({*MAX_TOKEN_SIZES, rules.limit}) if limit < (last + 1) * BIN_BYTES]
    parts = [
        *_heights(most),
        *(_bar(number, users, step, most, rules) for number, users in sorted(totals.bins.items())),
        *_sizes(last, step),
    ]
    for place, limit in enumerate(limits):
        x, top = _LEFT + limit / BIN_BYTES * step, 6 + 13 * (place % 2)
        parts.append(_limit_line(x, top, f"{limit:,}", limit == rules.limit))
    over, near = totals.statuses["over"], totals.statuses["near"]
    label = f"Users by token size; {over} over {rules.limit} bytes, {near} near"
    return (
        "<div class='drawing' role='group' aria-label='Token sizes' tabindex='0'>"
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="100%" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg></div><p>Each bar covers {BIN_BYTES:,} bytes of the larger of both sizes. "
        "Heights are logarithmic to keep single users visible.</p>"
    )


def height_marks(most: int) -> list[int]:
    """Return the numbers of users at the axis of heights: the powers of ten, and the highest bar itself.

    A power so close to the highest bar that their texts would touch is left out.
    """
    powers = [10**power for power in range(len(str(most)))]
    return [power for power in powers if _height(most, most) - _height(power, most) >= 14] + [most]


def _height(users: int, most: int) -> float:
    return _ROOM * math.log1p(users) / math.log1p(most)


def _bar(number: int, users: int, step: float, most: int, rules: TokenRules) -> str:
    start, height = number * BIN_BYTES, max(2.0, _height(users, most))
    tone = TOKEN_STATUSES[rules.status(start + BIN_BYTES - 1)].tone
    return (
        f'<rect class="tone-{tone}" x="{_LEFT + number * step:.1f}" y="{_FLOOR - height:.1f}" '
        f'width="{max(1.0, step - 1):.1f}" height="{height:.1f}">'
        f"<title>{start:,} to {start + BIN_BYTES - 1:,} bytes: {users:,} users</title></rect>"
    )


def _heights(most: int) -> Iterable[str]:
    """Return the axis of heights with its marks and their lines across the picture."""
    yield _text(_LEFT - 8, _TOP - 14, "Users", "end")
    for users in height_marks(most):
        y = _FLOOR - _height(users, most)
        yield (
            f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" '
            'stroke="currentColor" stroke-opacity=".15"/>'
        )
        yield _text(_LEFT - 8, y + 4, f"{users:,}", "end")
    yield (
        f'<path d="M{_LEFT} {_TOP}V{_FLOOR}H{_WIDTH}" fill="none" stroke="currentColor" stroke-opacity=".5"/>'
    )


def _sizes(last: int, step: float) -> Iterable[str]:
    for number in range(0, last + 1, max(1, round((last + 1) / 8))):
        yield _text(_LEFT + number * step, _FLOOR + 16, f"{number} KB")
    yield _text((_LEFT + _WIDTH) / 2, _HEIGHT - 6, "Token size", "middle")


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="12" text-anchor="{anchor}" fill="currentColor" '
        f'fill-opacity=".75">{escape(text)}</text>'
    )


def _limit_line(x: float, top: int, text: str, ours: bool) -> str:
    """Return one limit as a line with its bytes; the report's own limit is heavy."""
    stroke = 'stroke-width="2"' if ours else 'stroke-width="1" stroke-dasharray="4 3"'
    weight = ' font-weight="700"' if ours else ""
    place = f'x="{x - 5:.1f}" text-anchor="end"' if x > _WIDTH * 0.85 else f'x="{x + 5:.1f}"'
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{_FLOOR}" stroke="currentColor" {stroke}/>'
        f'<text {place} y="{top + 9}" font-size="12" fill="currentColor"{weight}>{text}</text>'
    )
