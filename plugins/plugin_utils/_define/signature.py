# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the signature of a package with osslsigncode, where the controller has it.

A package carries an Authenticode signature behind its cabinet. osslsigncode, a package of Debian and Ubuntu,
compares the signed digest with the file. Whether the certificate is Microsoft's can be checked with a file of
Microsoft's root certificates; the system's own file lacks them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .._wsman.errors import InputError

PROGRAM = "osslsigncode"
_SECONDS = 60

_NO_SIGNATURE = "No signature found"
_DIGESTS = re.compile(
    r"^Current message digest\s*:\s*([0-9A-F]+)\s*^Calculated message digest\s*:\s*([0-9A-F]+)", re.MULTILINE
)
# The subject is written "/C=US/O=Microsoft Corporation/…", or "C = US, O = Microsoft Corporation, …".
_SIGNER = re.compile(
    r"Signer's certificate:\s+-+\s+Signer #0:\s+Subject:.*?\bO\s?=\s?([^/\n]*?)(?:/|, [A-Z]+\s?=|\n)"
)
_CHAIN = re.compile(r"^Signature verification: (\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Signature:
    """What is known of a signature.

    Attributes:
        checked: Whether the program looked at the file.
        fits: Whether the signed digest is that of the file; None where nobody checked, or nobody signed.
        signer: The organisation in the certificate; empty where there is none.
        chain: Whether the certificate leads to the given root certificates; None where none were given.
        says: The same in a sentence.
    """

    checked: bool
    fits: bool | None
    signer: str
    chain: bool | None
    says: str


def check_signature(path: Path, roots: Path | None = None) -> Signature:
    """Check the signature of a package.

    Args:
        path: The package.
        roots: A file with the root certificates to trust, PEM.

    Raises:
        InputError: The signature does not fit the file, or does not lead to the given certificates.
    """
    if roots and not roots.is_file():
        raise InputError(f"ca_path is {roots}, which is not a file.")
    program = shutil.which(PROGRAM)
    if program is None:
        if roots:
            raise InputError(f"ca_path is {roots}, but {PROGRAM} is not on this controller. Install it.")
        return Signature(False, None, "", None, f"signature not checked: {PROGRAM} is not on this controller")
    trusted = ["-CAfile", str(roots), "-TSA-CAfile", str(roots)] if roots else []
    command = [program, "verify", "-in", str(path.absolute()), *trusted]
    try:
        ended = subprocess.run(
            command,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            text=True,
            errors="replace",
            env={**os.environ, "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired:
        return Signature(False, None, "", None, f"signature not checked: {PROGRAM} did not end in time")
    signature = read_output(ended.stdout + ended.stderr, with_roots=roots is not None)
    if signature.fits is False:
        raise InputError(
            f"packages has {path}, whose content is not what its signer signed. Download it again."
        )
    if roots and not signature.chain:
        raise InputError(f"packages has {path}: {signature.says}. Check ca_path, {roots}, or the package.")
    return signature


def read_output(text: str, *, with_roots: bool) -> Signature:
    """Read what ``osslsigncode verify`` writes. A package may have several signatures; all have to fit."""
    digests = _DIGESTS.findall(text)
    if _NO_SIGNATURE in text:
        return Signature(True, None, "", False if with_roots else None, "not signed")
    if not digests:
        return Signature(
            False, None, "", None, f"signature not checked: {PROGRAM} does not say what it found"
        )
    found = _SIGNER.search(text)
    signer = found[1].strip() if found else ""
    fits = all(signed == computed for signed, computed in digests)
    chains = _CHAIN.findall(text)
    chain = bool(chains) and all(each == "ok" for each in chains) if with_roots else None
    certificate = {
        True: "and its certificate leads to one in ca_path",
        False: "but its certificate leads to none in ca_path",
        None: "but nobody checked whose its certificate is, because ca_path is not given",
    }[chain]
    says = f"signed by {signer or 'an unknown organisation'}: the digest fits, {certificate}"
    return Signature(True, fits, signer, chain, says)
