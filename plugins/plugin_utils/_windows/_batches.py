# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Split what is asked of a host so that each question keeps to the length that the host takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator


def in_batches(
    items: Iterable[str], length: Callable[[str], int], *, characters: int, most: int | None = None
) -> Iterator[list[str]]:
    """Yield the items in order, in lists of at most so many characters by `length`, and `most` items.

    An item that is too long by itself is a list of its own.
    """
    batch: list[str] = []
    used = 0
    for item in items:
        size = length(item)
        if batch and (len(batch) == most or used + size > characters):
            yield batch
            batch, used = [], 0
        batch.append(item)
        used += size
    if batch:
        yield batch
