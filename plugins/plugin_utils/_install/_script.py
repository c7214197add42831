# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: writes the batch script that the one-off SYSTEM task runs on the host.

Each step is a stage: it says its name in the log, does one thing, and ends the script unless its exit code
is 0. Whatever happens, the last lines leave stage and exit code in a file that is written under another name
and then moved, so that a reader sees either nothing or all of it.

Only what every Windows 6.1 ships is used: certutil, expand, findstr, DISM. What is printed may be localised;
nothing of it is looked at but hashes, file names and exit codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .._hotfix.fields import KB_NUMBER
from .._hotfix.last_attempt import staging_folder
from .._hotfix.package_description import PROCESSOR_NAMES
from ._staging import DISM_LOG, PACKAGE, RECORDS
from .source import URL, PackageSource

INSTALL = "install"
DOWNLOAD = "download"
REMOVE = "remove"

_DISM_LOG = f'/logpath:"%FOLDER%\\{DISM_LOG}"'

_RUN = re.compile(r"[0-9a-f]{8,32}")
_STARTED = re.compile(r"[0-9T:.+\-Z]*")
_DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_IDENTITY = re.compile(r"[A-Za-z0-9_.~\-]+")


@dataclass(frozen=True)
class ScriptHead:
    """What every script begins with.

    Attributes:
        kb: the hotfix, such as KB978918.
        run: names the run, hexadecimal; the record repeats it.
        started: the host's time, ISO 8601.
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
    """Write the script that installs a package.

    Args:
        head: what every script begins with.
        architecture: the host's: x86, x64 or ia64.
        sha256: the hash that the package must have.
        sha1: its SHA-1, where the controller has seen the bytes: for hosts whose certutil has no SHA-256.
        fetch: where the host gets the package first; None where it lies in the folder.
    """
    return _render(
        head,
        INSTALL,
        (
            *_fetch(fetch),
            *_check_hash(sha256, sha1),
            *_expand(),
            *_check_identity(head.kb, architecture),
            *_find_cabinet(head.kb),
            *_install(),
        ),
    )


def download_script(head: ScriptHead, *, sha256: str, fetch: PackageSource) -> str:
    """Write the script that fetches a package, checks its hash, and leaves it there."""
    return _render(head, DOWNLOAD, (*_fetch(fetch), *_check_hash(sha256, None), f"set STAGE={DOWNLOAD}"))


def removal_script(head: ScriptHead, *, identity: str) -> str:
    """Write the script that removes an installed package by its identity."""
    _require(_IDENTITY, identity, "package identity")
    return _render(head, REMOVE, _remove(identity))


def _render(head: ScriptHead, action: str, steps: Iterable[str]) -> str:
    lines = (*_begin(head, action), *steps, *_finish(RECORDS[action]), "")
    return "\r\n".join(lines)


def _begin(head: ScriptHead, action: str) -> tuple[str, ...]:
    _require(KB_NUMBER, head.kb, "hotfix")
    _require(_RUN, head.run, "run")
    _require(_STARTED, head.started, "time")
    return (
        "@echo off",
        f"rem winfleet.hotfix: {action} {head.kb}. Written anew for every run.",
        "setlocal DisableDelayedExpansion",
        f'set "FOLDER={staging_folder(head.kb)}"',
        f"set RUN={head.run}",
        f"set ACTION={action}",
        f"set STARTED={head.started}",
        "set STAGE=begin",
        "set CODE=1",
        'cd /d "%FOLDER%"',
        *_stop_unless_done(),
    )


def _finish(record: str) -> tuple[str, ...]:
    # The redirection stands first: behind a digit it would be taken for a handle (`=1>file`).
    temporary = record.replace(".txt", ".tmp")
    return (
        ":done",
        "echo == done %STAGE% %CODE%",
        f">{temporary} echo run=%RUN%",
        f">>{temporary} echo action=%ACTION%",
        f">>{temporary} echo started=%STARTED%",
        f">>{temporary} echo stage=%STAGE%",
        f">>{temporary} echo exit_code=%CODE%",
        f"move /y {temporary} {record}",
        "exit /b %CODE%",
    )


def _stop_unless_done() -> tuple[str, str]:
    return ("set CODE=%ERRORLEVEL%", 'if not "%CODE%"=="0" goto done')


def _stage(name: str) -> tuple[str, str]:
    return (f"set STAGE={name}", f"echo == {name}")


def _fetch(source: PackageSource | None) -> tuple[str, ...]:
    if source is None:
        return ()
    value = _quoted(source.package)
    if source.location == URL:
        get = f"certutil -urlcache -split -f {value} package.part"
    else:
        get = f"copy /y /b {value} package.part"
    return (
        *_stage("fetch"),
        "if exist package.part del /f /q package.part",
        get,
        *_stop_unless_done(),
        f"move /y package.part {PACKAGE}",
        *_stop_unless_done(),
    )


def _check_hash(sha256: str, sha1: str | None) -> tuple[str, ...]:
    compute = [*_stage("sha256"), f"certutil -hashfile {PACKAGE} SHA256 >hash.txt"]
    if sha1 is not None:
        # SHA-1 is enough only because the controller has seen these bytes and checked their SHA-256.
        compute += [
            "set CODE=%ERRORLEVEL%",
            'if "%CODE%"=="0" goto compare',
            f"certutil -hashfile {PACKAGE} SHA1 >hash.txt",
        ]
    # certutil of 6.1 prints `ab 12 cd`, newer ones `ab12cd`: either is found as it stands.
    digests = [digest for digest in (sha256, sha1) if digest is not None]
    for digest in digests:
        _require(_DIGEST, digest, "hash")
    wanted = [form for digest in digests for form in (digest, _spaced(digest))]
    return (
        *compute,
        *_stop_unless_done(),
        ":compare",
        *_stage("compare"),
        "type hash.txt",
        "findstr /i " + " ".join(f'/c:"{form}"' for form in wanted) + " hash.txt >nul",
        *_stop_unless_done(),
    )


def _expand() -> tuple[str, ...]:
    return (
        *_stage("expand"),
        "if exist expanded rd /s /q expanded",
        "md expanded",
        f"expand -F:* {PACKAGE} expanded",
        *_stop_unless_done(),
    )


def _check_identity(kb: str, architecture: str) -> tuple[str, ...]:
    # Two searches, for the order of the attributes is free. `[^0-9]`: KB978918 is not KB9789180.
    processor = PROCESSOR_NAMES[architecture]
    return (
        *_stage("identity"),
        # For the log: it names what was found where this is refused.
        "findstr /i assemblyIdentity expanded\\*.xml",
        f'findstr /r /i /c:"_for_{kb}[^0-9]" expanded\\*.xml'
        f' | findstr /r /i /c:"processorArchitecture=.{processor}." >nul',
        *_stop_unless_done(),
    )


def _find_cabinet(kb: str) -> tuple[str, ...]:
    return (
        *_stage("cabinet"),
        "set CODE=1",
        "set CAB=",
        f'for %%C in ("%FOLDER%\\expanded\\*{kb}*.cab") do (if defined CAB goto done) & set "CAB=%%C"',
        "if not defined CAB goto done",
    )


def _install() -> tuple[str, ...]:
    return (
        *_stage(INSTALL),
        f'dism /online /english /add-package /packagepath:"%CAB%" /norestart /quiet {_DISM_LOG}',
        "set CODE=%ERRORLEVEL%",
    )


def _remove(identity: str) -> tuple[str, ...]:
    return (
        *_stage(REMOVE),
        f"dism /online /english /remove-package /packagename:{identity} /norestart /quiet {_DISM_LOG}",
        "set CODE=%ERRORLEVEL%",
    )


def _spaced(digest: str) -> str:
    return " ".join(digest[i : i + 2] for i in range(0, len(digest), 2))


def _quoted(value: str) -> str:
    """Return a value for a batch file, in quotes, where only quotes and percent signs have a meaning."""
    if '"' in value or not value.isascii() or not value.isprintable():
        raise ValueError(f"not fit for a batch file: {value!r}")
    return '"' + value.replace("%", "%%") + '"'


def _require(pattern: re.Pattern[str], value: str, what: str) -> None:
    """Refuse what its own checks should never have let come here."""
    if not pattern.fullmatch(value):
        raise ValueError(f"not fit for a batch file as {what}: {value!r}")
