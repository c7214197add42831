# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read XML that nobody trusts yet: no document type, and bounds on size, depth and number of elements."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

# The largest of the 54 manifests that were looked at has 41 kB, 12 levels and about 700 elements.
_LARGEST = 8 * 1024 * 1024
_DEEPEST = 100
_MOST_ELEMENTS = 100_000


class _Guard(ET.TreeBuilder):
    """Build the tree, and stop where no genuine description ever goes."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._elements = 0

    def start(self, tag: Any, attrs: Any, /) -> Any:
        self._depth += 1
        self._elements += 1
        if self._depth > _DEEPEST:
            raise ValueError(f"its elements are nested more than {_DEEPEST} deep")
        if self._elements > _MOST_ELEMENTS:
            raise ValueError(f"it has more than {_MOST_ELEMENTS} elements")
        return super().start(tag, attrs)

    def end(self, tag: Any, /) -> Any:
        self._depth -= 1
        return super().end(tag)

    def doctype(self, *_unused: Any) -> None:
        """A document type is the way in for entity expansion and external files."""
        raise ValueError("it has a document type, which a package's description never has")


def read_xml(data: bytes) -> ET.Element:
    """Return the root element.

    Raises:
        ValueError: It is not XML, it has a document type, or it is larger than any genuine description. The
            message continues "… is unusable: ".
    """
    if len(data) > _LARGEST:
        raise ValueError(f"it has {len(data)} bytes, more than {_LARGEST}")
    parser = ET.XMLParser(target=_Guard())
    try:
        parser.feed(data)
        root: ET.Element = parser.close()
    except (ET.ParseError, LookupError) as error:
        raise ValueError(f"it is not well-formed XML ({error})") from error
    return root


def child(element: ET.Element | None, name: str) -> ET.Element | None:
    """Return the first child of that local name, in any namespace."""
    return None if element is None else element.find(f"{{*}}{name}")


def children(element: ET.Element | None, name: str) -> list[ET.Element]:
    """Return all children of that local name, in any namespace."""
    return [] if element is None else element.findall(f"{{*}}{name}")
