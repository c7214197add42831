# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the script that runs on the host as SYSTEM: `install.cmd.j2` beside this file.

Every value is checked here before it goes into the template, although its own source has checked it already.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from .._hotfix.fields import KB_NUMBER
from .._hotfix.last_attempt import staging_folder
from .._package.package_description import PROCESSOR_NAMES
from ._staging import RECORDS
from .source import URL, PackageSource

INSTALL = "install"
DOWNLOAD = "download"
REMOVE = "remove"

_TEMPLATE = Path(__file__).with_name("install.cmd.j2")

_RUN = re.compile(r"[0-9a-f]{8,32}")
_STARTED = re.compile(r"[0-9T:.+\-Z]*")
_DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_IDENTITY = re.compile(r"[A-Za-z0-9_.~\-]+")


@dataclass(frozen=True)
class ScriptHead:
    """The first lines of every script: the hotfix, the run, and the host's time in ISO 8601.

    The name of the run is hexadecimal; the record repeats it.
    """

    kb: str
    run: str
    started: str


def install_script(
    head: ScriptHead,
    *,
    architecture: str,
    sha256: str,
    sha1: str | None,
    fetch: PackageSource | None,
) -> str:
    """Return the script that installs a package on a host of this architecture (x86, x64 or ia64).

    Give `sha1` if the controller has seen the bytes: hosts whose certutil has no SHA-256 compare it instead.
    Give `fetch` unless the package is in the staging folder already.
    """
    processor = PROCESSOR_NAMES[architecture]
    return _render(head, INSTALL, processor=processor, sha256=sha256, sha1=sha1, fetch=fetch)


def download_script(head: ScriptHead, *, sha256: str, fetch: PackageSource) -> str:
    """Return the script that fetches a package, checks its hash, and leaves it in the staging folder."""
    return _render(head, DOWNLOAD, sha256=sha256, fetch=fetch)


def removal_script(head: ScriptHead, *, identity: str) -> str:
    """Return the script that removes the installed package with this identity."""
    _require(_IDENTITY, identity, "package identity")
    return _render(head, REMOVE, identity=identity)


def _render(
    head: ScriptHead,
    action: str,
    *,
    processor: str = "",
    identity: str = "",
    sha256: str | None = None,
    sha1: str | None = None,
    fetch: PackageSource | None = None,
) -> str:
    _require(KB_NUMBER, head.kb, "hotfix")
    _require(_RUN, head.run, "run")
    _require(_STARTED, head.started, "time")
    digests = [digest for digest in (sha256, sha1) if digest is not None]
    for digest in digests:
        _require(_DIGEST, digest, "hash")
    source = _escaped(fetch.package) if fetch else ""
    by_url = fetch is not None and fetch.location == URL
    environment = Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        newline_sequence="\r\n",
    )
    return environment.from_string(_TEMPLATE.read_text("utf-8")).render(
        action=action,
        kb=head.kb,
        run=head.run,
        started=head.started,
        folder=staging_folder(head.kb),
        record=RECORDS[action].removesuffix(".txt"),
        url=source if by_url else "",
        path="" if by_url else source,
        hash_forms=[form for digest in digests for form in (digest, bytes.fromhex(digest).hex(" "))],
        sha1=sha1,
        processor=processor,
        identity=identity,
    )


def _escaped(value: str) -> str:
    """Return a value for use within quotes, where a batch file reads only quotes and percent signs."""
    if '"' in value or not value.isascii() or not value.isprintable():
        raise ValueError(f"not fit for a batch file: {value!r}")
    return value.replace("%", "%%")


def _require(pattern: re.Pattern[str], value: str, name: str) -> None:
    if not pattern.fullmatch(value):
        raise ValueError(f"not fit for a batch file as {name}: {value!r}")
