# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the answer to an HTTP request.

http.client parses the head of an answer as that of an e-mail, which took longer than all else that happens to
it. What is as hosts answer nearly always (200, with a length) is read here; http.client reads the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, IncompleteRead
from io import BufferedReader
from typing import Any, cast

_END = b"\r\n\r\n"
_COMMON = re.compile(rb"HTTP/1\.1 200 ([^\r\n]*)((?:\r\n[!-9;-~]+:[^\r\n]*)*)")
_LENGTH = re.compile("[0-9]{1,9}")
_LONGEST = 10**9
_CODED = ("transfer-encoding", "content-encoding")


@dataclass(frozen=True)
class HttpAnswer:
    """An answer: its headers by name, its whole body, and whether the connection ends with it."""

    status: int
    reason: str
    headers: Mapping[str, str]
    content: bytes
    closes: bool


def read_answer(reader: BufferedReader) -> HttpAnswer:
    """Read one answer to POST; the connection can be used again unless it says that it closes.

    Raises:
        OSError: The connection broke before the answer began.
        HTTPException: What came is no answer of HTTP, or not a whole one.
    """
    head, ended, _rest = reader.peek().partition(_END)
    return (ended and _common(reader, head)) or _any(reader)


def _common(reader: BufferedReader, head: bytes) -> HttpAnswer | None:
    """Read an answer with such a head; None if it is not one of the common kind, and nothing was read."""
    found = _COMMON.fullmatch(head)
    if found is None:
        return None
    lines = [line.partition(":") for line in found[2].decode("latin-1").split("\r\n")[1:]]
    headers = {name.lower(): value.strip(" \t") for name, _colon, value in lines}
    length = headers.get("content-length", "")
    if len(headers) < len(lines) or not _LENGTH.fullmatch(length) or any(map(headers.get, _CODED)):
        return None
    reader.read(len(head) + len(_END))
    content = reader.read(int(length))
    if len(content) < int(length):
        raise IncompleteRead(content, int(length) - len(content))
    return HttpAnswer(
        200, found[1].decode("latin-1"), headers, content, "close" in headers.get("connection", "").lower()
    )


def _any(reader: BufferedReader) -> HttpAnswer:
    with HTTPResponse(cast(Any, _Stream(reader)), method="POST") as answer:
        answer.begin()
        if (answer.length or 0) > _LONGEST:
            raise HTTPException(f"an answer of {answer.length} bytes")
        content = answer.read()
        return HttpAnswer(answer.status, answer.reason, dict(answer.headers), content, answer.will_close)


@dataclass(frozen=True)
class _Stream:
    """What http.client takes for a socket."""

    reader: BufferedReader

    def makefile(self, _mode: str) -> BufferedReader:
        return self.reader
