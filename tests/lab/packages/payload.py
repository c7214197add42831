# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The payload of an inner cabinet: numbered deltas with the index that names them, or plain folders."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import quoteattr

from . import delta
from .update import PayloadFile, Update

INDEX = "_manifest_.cix.xml"


@dataclass(frozen=True)
class Member:
    """A member of the cabinet."""

    content: bytes
    time: datetime


@dataclass(frozen=True)
class _Entry:
    """A `File` of the index.

    `stored`: the member that holds it; empty where it equals the file numbered `basis`.
    """

    name: str
    file: Member
    kind: str = ""
    stored: str = ""
    data: bytes = b""
    basis: int = 0


def plain_payload(update: Update) -> dict[str, Member]:
    """`key form\\file` for every file of every component."""
    return {name: Member(file.content, file.time) for name, file in _files(update).items()}


def delta_payload(update: Update, documents: Mapping[str, Member]) -> dict[str, Member]:
    """The index, which names the documents too, and the numbered members.

    A file that equals an earlier one has a basis and no member; a file with an earlier one's name, a delta to
    it.
    """
    entries = [_Entry(name, file, "RAW", name, file.content) for name, file in documents.items()]
    equal: dict[bytes, int] = {}
    same_name: dict[str, int] = {}
    members: dict[str, Member] = {}
    for name, file in _files(update).items():
        content = Member(file.content, file.time)
        number = len(entries) + 1
        if file.content in equal:
            entries.append(_Entry(name, content, basis=equal[file.content]))
            continue
        equal[file.content] = number
        stored, data = str(len(members)), delta.encode(file.content, file.time)
        members[stored] = Member(data, update.created)
        basis = same_name.setdefault(file.name.lower(), number)
        entries.append(_Entry(name, content, "PA30", stored, data, basis if basis != number else 0))
    return {INDEX: Member(_index(update, entries), update.created), **members}


def _files(update: Update) -> dict[str, PayloadFile]:
    return {
        f"{component.identity.key_form}\\{file.name.lower()}": file
        for component in update.components
        for file in component.files
    }


def _index(update: Update, entries: list[_Entry]) -> bytes:
    listed = "".join(_file(number, entry) for number, entry in enumerate(entries, 1))
    length = sum(len(entry.file.content) for entry in entries)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\r\n<Container name="{update.kb.lower()}.cab" type="CAB" '
        f'length="{length}" version="1" xmlns="urn:ContainerIndex"><Description/>'
        f"<Files>{listed}</Files></Container>"
    ).encode()


def _file(number: int, entry: _Entry) -> str:
    source = ""
    if entry.stored:
        source = f'<Source type="{entry.kind}" name={quoteattr(entry.stored)}>{_hash(entry.data)}</Source>'
    basis = f'<Basis file="{entry.basis}"/>' if entry.basis else ""
    return (
        f'<File id="{number}" name={quoteattr(entry.name)} length="{len(entry.file.content)}" '
        f'time="{delta.file_time(entry.file.time)}" attr="32">{_hash(entry.file.content)}'
        f"<Delta>{source}{basis}</Delta></File>"
    )


def _hash(data: bytes) -> str:
    return f'<Hash alg="SHA1" value="{hashlib.sha1(data, usedforsecurity=False).hexdigest()}"/>'
