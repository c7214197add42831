# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for pykerberos, which needs a realm: hands out a token that nobody checks.

Only as much of it as pywinrm asks before the host has answered.
"""

from __future__ import annotations

GSS_C_MUTUAL_FLAG = 2
GSS_C_SEQUENCE_FLAG = 8
GSS_C_DELEG_FLAG = 1


class KrbError(Exception):
    """Base of pykerberos' errors."""


class GSSError(KrbError):
    """Of the mechanism."""


def authGSSClientInit(service: str, **options: object) -> tuple[int, object]:  # noqa: N802
    """Begin."""
    return 1, object()


def authGSSClientStep(context: object, challenge: str, **options: object) -> int:  # noqa: N802
    """Continue."""
    return 0


def authGSSClientResponse(context: object) -> str:  # noqa: N802
    """The token, in base64: large, as that of an account in many groups is."""
    return "YII=" + "QUJD" * 12_000


def authGSSClientClean(context: object) -> int:  # noqa: N802
    """End."""
    return 1
