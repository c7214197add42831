# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turn a recording into a conversation that a test can replay.

A conversation keeps of each request only what identifies it: its action, and the values on which the answer
depends. It keeps no input. It keeps each answer whole, but sanitised, the base64 of output included.
"""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from typing import Any

from .._wsman.recording import Exchanged, Recording
from ._sanitise import Sanitiser

_TAG = re.compile(r"(<[^>]*>)")
_ATTRIBUTE = re.compile(r'(\s(?!xmlns)[\w:.-]+=")([^"]*)(")')
_RELATES_TO = re.compile(r"(<\w+:RelatesTo>)[^<]*(</\w+:RelatesTo>)")
_STREAM = re.compile(r'(<rsp:Stream [^>]*Name="(\w+)"[^>]*>)([^<]*)(</rsp:Stream>)')
_SCHEMA = "http://schemas."
# Elements whose text identifies a request.
_IDENTIFYING = ("Filter", "EnumerationContext", "Command")


def conversation(recording: Recording, sanitiser: Sanitiser) -> dict[str, Any]:
    """Return a recording as plain data: ``shell_id`` and ``exchanges``.

    Each exchange has ``action`` (the end of the request's), ``expect`` (element of the request → text),
    ``status`` and ``reply``, in which ``@RELATES_TO@`` replaces the request's message id.
    """
    replies = _without_names_in_output([exchange.reply for exchange in recording.exchanges], sanitiser)
    return {
        "shell_id": sanitiser.text(recording.shell_id),
        "exchanges": [
            {**_request(exchange, sanitiser), "status": exchange.status, "reply": _document(reply, sanitiser)}
            for exchange, reply in zip(recording.exchanges, replies, strict=True)
        ],
    }


def _request(exchange: Exchanged, sanitiser: Sanitiser) -> dict[str, Any]:
    root = ET.fromstring(exchange.request)
    action = root.findtext(".//{*}Action", "")
    expect = {name: sanitiser.text(text) for name, text in _identifying(root)}
    return {"action": action.rpartition("/")[2], "expect": expect}


def _identifying(root: ET.Element) -> Iterator[tuple[str, str]]:
    for name in _IDENTIFYING:
        yield from ((name, node.text or "") for node in root.iterfind(f".//{{*}}{name}"))
    for node in root.iterfind("{*}Body/*"):
        if node.tag.endswith("_INPUT"):
            yield from ((child.tag.rpartition("}")[2], child.text or "") for child in node)
    for node in root.iterfind(".//{*}Option[@Name='WINRS_CODEPAGE']"):
        yield "Option[WINRS_CODEPAGE]", node.text or ""


def _document(reply: str, sanitiser: Sanitiser) -> str:
    """Sanitise the texts and attributes of a document, but leave its form as the host wrote it."""
    reply = _RELATES_TO.sub(r"\1@RELATES_TO@\2", reply)
    parts = _TAG.split(reply)
    for index, part in enumerate(parts):
        if part.startswith("<"):
            parts[index] = _ATTRIBUTE.sub(lambda found: found[1] + sanitiser.text(found[2]) + found[3], part)
        elif part and not part.startswith(_SCHEMA) and not _is_stream(parts, index):
            parts[index] = sanitiser.text(part)
    return "".join(parts)


def _is_stream(parts: Sequence[str], index: int) -> bool:
    return index > 0 and parts[index - 1].startswith("<rsp:Stream ")


def _without_names_in_output(replies: Sequence[str], sanitiser: Sanitiser) -> list[str]:
    """Sanitise each stream of a conversation as one text, because two answers may share a name.

    The first answer of a stream gets all its text. The commands' identifiers keep the streams of several
    commands apart.
    """
    pieces: dict[tuple[str, str], bytearray] = {}
    for reply in replies:
        for tag, name, text, _end in _STREAM.findall(reply):
            pieces.setdefault(_stream_key(tag, name), bytearray()).extend(base64.b64decode(text))
    left = {
        key: sanitiser.text(output.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        for key, output in pieces.items()
    }

    def replace(found: re.Match[str]) -> str:
        output = left.pop(_stream_key(found[1], found[2]), b"") if found[3] else b""
        return found[1] + base64.b64encode(output).decode() + found[4]

    return [_STREAM.sub(replace, reply) for reply in replies]


def _stream_key(tag: str, name: str) -> tuple[str, str]:
    command = re.search(r'CommandId="([^"]*)"', tag)
    return (command[1] if command else "", name)
