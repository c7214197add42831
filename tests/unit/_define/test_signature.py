# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signature of a package: its digest, its signer, the certificates above it, and what was not checked.

The packages are the lab's, signed by osslsigncode with certificates that the tests make.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._define.signature import (
    PROGRAM,
    check_signature,
    read_output,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError

from tests.lab.packages import samples
from tests.lab.packages.builder import build_msu

needs_program = pytest.mark.skipif(not shutil.which(PROGRAM), reason=f"the program {PROGRAM} is missing")
UNSIGNED = build_msu(replace(samples.one_build("SP1"), signed=False))


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a certificate that signs code, and its key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    options = ["-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", f"/C=US/O={name}/CN=Test"]
    extension = ["-addext", "extendedKeyUsage=codeSigning"]
    command = ["openssl", "req", "-x509", *options, *extension, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("signer"), "Lab Corporation")


@pytest.fixture
def signed(tmp_path: Path, signer: tuple[Path, Path]) -> Path:
    """A package that somebody signed."""
    unsigned, path = tmp_path / "unsigned.msu", tmp_path / "signed.msu"
    unsigned.write_bytes(UNSIGNED)
    certificate, key = signer
    command = [PROGRAM, "sign", "-certs", str(certificate), "-key", str(key), "-h", "sha256"]
    subprocess.run([*command, "-in", str(unsigned), "-out", str(path)], check=True, capture_output=True)
    return path


@needs_program
def test_the_digest_and_the_signer_are_named_and_what_was_not_checked(signed: Path) -> None:
    found = check_signature(signed)
    assert (found.checked, found.fits, found.signer, found.chain) == (True, True, "Lab Corporation", None)
    assert "ca_path is not given" in found.says


@needs_program
def test_a_changed_byte_is_refused(signed: Path) -> None:
    data = bytearray(signed.read_bytes())
    data[len(UNSIGNED) // 2] ^= 1
    signed.write_bytes(data)
    with pytest.raises(InputError, match=r"content is not what its signer signed"):
        check_signature(signed)


@needs_program
def test_the_certificates_lead_to_those_that_are_given(signed: Path, signer: tuple[Path, Path]) -> None:
    found = check_signature(signed, signer[0])
    assert found.chain is True and "leads to one in ca_path" in found.says


@needs_program
def test_a_signer_who_is_not_trusted_is_refused(signed: Path, tmp_path: Path) -> None:
    other, _key = make_certificate(tmp_path, "Other Corporation")
    with pytest.raises(InputError, match=r"leads to none in ca_path.*Check ca_path"):
        check_signature(signed, other)


@needs_program
def test_a_package_without_a_signature_is_called_so(tmp_path: Path, signer: tuple[Path, Path]) -> None:
    path = tmp_path / "unsigned.msu"
    path.write_bytes(UNSIGNED)
    found = check_signature(path)
    assert (found.checked, found.fits, found.says) == (True, None, "not signed")
    with pytest.raises(InputError, match=r"not signed\. Check ca_path"):
        check_signature(path, signer[0])


def test_without_the_program_the_signature_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _unused: None)
    found = check_signature(Path("a.msu"))
    assert not found.checked and found.fits is None
    assert "not checked: osslsigncode is not on this controller" in found.says


def test_without_the_program_nobody_can_ask_for_a_chain(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    roots = tmp_path / "roots.pem"
    roots.touch()
    monkeypatch.setattr(shutil, "which", lambda _unused: None)
    with pytest.raises(InputError, match=r"roots\.pem, but osslsigncode is not on this controller"):
        check_signature(Path("a.msu"), roots)


def test_ca_path_must_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ca_path is .*none\.pem, which is not a file"):
        check_signature(tmp_path / "a.msu", tmp_path / "none.pem")


TWO = """
Signature Index: 0  (Primary Signature)

Message digest algorithm  : SHA1
Current message digest    : AA11
Calculated message digest : AA11

Signer's certificate:
\t------------------
\tSigner #0:
\t\tSubject: {subject}

Signature verification: failed

Signature Index: 1

Message digest algorithm  : SHA256
Current message digest    : BB22
Calculated message digest : {second}

Signature verification: failed
"""
SLASHES = "/C=US/ST=Washington/O=Microsoft Corporation/OU=MOPR/CN=Microsoft Corporation"
COMMAS = "C = US, ST = Washington, O = Microsoft Corporation, OU = MOPR, CN = Microsoft Corporation"


@pytest.mark.parametrize("subject", [SLASHES, COMMAS, "/C=US/O=Microsoft Corporation"])
def test_the_organisation_is_read_in_either_spelling(subject: str) -> None:
    found = read_output(TWO.format(subject=subject, second="BB22"), with_roots=False)
    assert (found.fits, found.signer) == (True, "Microsoft Corporation")


def test_all_signatures_of_a_package_have_to_fit() -> None:
    assert (
        read_output(TWO.format(subject=SLASHES, second="CC33  MISMATCH!!!"), with_roots=False).fits is False
    )


@pytest.mark.parametrize("text", ["", "Segmentation fault", "Current message digest : AA11"])
def test_an_answer_that_is_not_understood_is_not_a_check(text: str) -> None:
    found = read_output(text, with_roots=False)
    assert not found.checked and found.fits is None
