# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what an LDAP search program writes around the entries: its headings, results and counts.

ldapsearch of OpenLDAP writes them unless -LL or -LLL is given (clients/tools/ldapsearch.c, dosearch and
print_result), ldbsearch of Samba counts the entries at the end (ldb/tools/ldbsearch.c), ldapsearch of
UnboundID ends with a result code and a count, and phpLDAPadmin begins with a count. A file can hold several
searches, one after the other, and a search several pages, each with a heading and a result.
"""

from __future__ import annotations

import re

from .distinguished_names import show_dn
from .records import ATTRIBUTES

_HEADING = re.compile(rb"# LDAPv\d")
_RESULT = b"# search result"
_END = b"# numResponses: "
_COUNT = re.compile(rb"# (?:numEntries: (\d+)|(\d+) entries|Number of Entries Returned: +(\d+))\Z")
_TOTAL = re.compile(rb"# Total Entries: (\d+)")
_CODE = re.compile(rb"# Result Code: +(\d+.*)")
_NEXT_PAGE = re.compile(rb"# pagedresults: .*cookie=(\S*)")
_FAILED = "says that the search failed with result"
_BEFORE_RESULTS = frozenset(
    {"version", "ref", "search", "extended", "partial", "data", "control", "sasl username", "sasl ssf"}
)
"""Lines of blocks that stand before the first result."""

Attributes = dict[str, list[bytes]]


class SearchTrailer:
    """The statements of search programs about the entries of one file, read from its start to its end."""

    def __init__(self) -> None:
        self._entries = 0  # since the search began
        self._all_entries = self._total = 0  # of the file, and as its headings say
        self._problem = ""
        self._search_open = False
        self._page_open = False
        self._more_pages = False
        self._after_result = False

    def entry(self, comments: list[bytes]) -> None:
        """Count one entry, which stands below its comments."""
        if comments:
            self._read(comments)
        self._entries += 1
        self._all_entries += 1
        self._after_result = False

    def block(self, attributes: Attributes, comments: list[bytes]) -> str:
        """Read a block without DN; return what is wrong with it, or an empty string.

        The heading of the next page follows a result without an empty line, so comments come last.
        """
        if not ATTRIBUTES.isdisjoint(attributes):
            return "begins a record without dn"
        results = attributes.get("result")
        if results is not None:
            self._page_open = False
            self._after_result = True
            failed = next((each for each in results if each.split()[:1] != [b"0"]), None)
            if failed is not None:
                said = b": ".join([failed, *attributes.get("text", [])[:1]])
                return f"{_FAILED} {show_dn(said)}, so entries are missing"
        elif "search" in attributes and _RESULT in comments:  # with -L the heading stands alone
            return "has the number of a search and no line 'result', so it may be cut off"
        for value in attributes.get("pagedresults", ()):
            self._more_pages = bool(value.rpartition(b"cookie=")[2].strip())
        if not self._after_result and not _BEFORE_RESULTS.issuperset(attributes):
            return "begins a record without dn"
        self._read(comments)
        return ""

    def problem(self) -> str:
        """Return, at the end of the file, what it lacks by its own account, or an empty string."""
        self._require_result()
        self._announced(self._total, self._all_entries)
        if self._more_pages:
            self._note("has a page that the server says is not the last, and no page after it")
        return self._problem

    def _read(self, comments: list[bytes]) -> None:
        for line in comments:
            if _HEADING.match(line):
                self._begin()
            elif line == _RESULT:
                self._page_open = False
            elif line.startswith(_END):
                self._search_open = False
                self._require_result()
            elif (page := _NEXT_PAGE.match(line)) is not None:
                self._more_pages = bool(page[1])
            elif (count := _COUNT.match(line)) is not None:
                self._announced(int(count[count.lastindex or 0]), self._entries)
                self._entries = 0
            elif (total := _TOTAL.match(line)) is not None:
                self._total += int(total[1])
            elif (code := _CODE.match(line)) is not None and code[1].split()[0] != b"0":
                self._note(f"{_FAILED} {show_dn(code[1])}")

    def _begin(self) -> None:
        self._require_result()
        if not self._search_open:
            self._entries = 0
        self._search_open = self._page_open = True
        self._more_pages = self._after_result = False

    def _require_result(self) -> None:
        if self._page_open:
            self._note("has the heading of a search and no result of it ('# search result')")
        self._page_open = False

    def _announced(self, count: int, held: int) -> None:
        if held < count:
            self._note(f"announces {count:,} entries of a search and holds {held:,}")

    def _note(self, problem: str) -> None:
        self._problem = self._problem or problem
