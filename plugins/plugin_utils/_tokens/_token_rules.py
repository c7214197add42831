# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute the size of a security token by Microsoft's formula and on the wire.

KB327825 gives the formula. The layout is KERB_VALIDATION_INFO of [MS-PAC] 2.5 in NDR, which matched
the buffer's exact length in 24 of 24 tickets from a Samba 4.17 domain controller. The wrappers around it
(ticket, SPNEGO, TSRequest) were measured there too, with AES256 and short names.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import mul
from typing import NamedTuple

from .._directory.problems import DirectoryError
from ._name_bytes import NameBytes

HOTFIX_LIMIT = 16_384
"""KB978918: beyond 16 KB CredSSP fails with SEC_E_ENCRYPT_FAILURE."""
MAX_TOKEN_SIZES = (12_000, 48_000, 65_535)
"""MaxTokenSize: default up to 2008 R2 and 7; default from 2012 and 8; the largest possible."""
MAX_SIDS = 1_010
"""KB328889: an account in more groups cannot sign in at all (an array of 1,024 less well-known SIDs)."""
SIDS_EXCEEDED = "1010_sids"
"""The name of the limit of SIDs in ``limits_exceeded``; the other limits are written as bytes."""

_FORMULA_BASE = 1_200
D_BYTES, S_BYTES = 40, 8

ONE_SID = 1 << 32
"""A weight is an upper bound that packs two counts into one number: this for each SID, bytes below it."""

# Buffers of a service ticket's PAC: logon info, client info, UPN and DNS, and the checksums of server, KDC,
# ticket and whole PAC ([MS-PAC] 2.3, updates up to KB5020805 included).
_PAC_HEADER = 8 + 16 * 7
_PAC_FIXED_BUFFERS = 4 * 16
_LOGON_INFO_FIXED = (
    236 + 8 * 12 + 4 + 28 + (4 + 24)
)  # the last: S-1-18-1, "authentication authority asserted"
_TICKET, _SPNEGO, _TSREQUEST = 352, 300, 29


def _pad(size: int, to: int) -> int:
    return size + -size % to


class SidCounts(NamedTuple):
    """Distinct SIDs of one user by cost; ``global_`` includes the primary group."""

    global_: int = 0
    universal: int = 0
    universal_foreign: int = 0
    domain_local: int = 0
    sid_history: int = 0

    @property
    def total(self) -> int:
        """All distinct SIDs of both classes."""
        return sum(self)


@dataclass(frozen=True)
class TokenRules:
    """The rules by which tokens are sized and judged.

    Attributes:
        compression: Resource SID compression of KDCs from 2012; if it is disabled on the service account or
            on krbtgt (0x80000 in msDS-SupportedEncryptionTypes), domain-local groups cost 40 again.
        delegation: Size tokens for services with unconstrained delegation, whose tickets carry them twice.
    """

    limit: int = HOTFIX_LIMIT  # bytes
    warn_percent: float = 80  # the share of the limit from which a user is "near"
    kdc: str = "2008r2"  # or "2012": domain-local groups cost 40 bytes or 8
    compression: bool = True
    delegation: bool = False

    def __post_init__(self) -> None:
        if self.kdc not in ("2008r2", "2012"):
            raise DirectoryError(
                f"kdc is {self.kdc!r}; the version of the domain controllers must be 2008r2 or 2012"
            )
        if not _FORMULA_BASE < self.limit <= 1 << 20:
            raise DirectoryError(
                f"limit is {self.limit}; it must be above {_FORMULA_BASE} bytes (an empty token) "
                f"and at most {1 << 20}"
            )
        if not 0 < self.warn_percent <= 100:
            raise DirectoryError(f"warn_percent is {self.warn_percent:g}; it must be above 0 and at most 100")

    @property
    def local_bytes(self) -> int:
        """The cost of a domain-local group."""
        return S_BYTES if self.kdc == "2012" and self.compression else D_BYTES

    @property
    def warn_bytes(self) -> float:
        """The size from which a user is flagged."""
        return self.limit * self.warn_percent / 100

    @property
    def sid_bytes(self) -> SidCounts:
        """The cost of a SID of each class."""
        return SidCounts(S_BYTES, S_BYTES, D_BYTES, self.local_bytes, D_BYTES)

    def token_bytes(self, counts: SidCounts) -> int:
        """Size a token by the formula of KB327825: ``1200 + 40·d + 8·s``, twice with delegation."""
        size = _FORMULA_BASE + sum(map(mul, counts, self.sid_bytes))
        return 2 * size if self.delegation else size

    def wire_bytes(self, counts: SidCounts, names: NameBytes) -> int:
        """Size the TSRequest that CredSSP sends: the ticket with its PAC inside SPNEGO.

        With delegation the client also sends its ticket-granting ticket, whose PAC is about the same.
        """
        resource_groups = counts.domain_local if self.local_bytes == S_BYTES else 0
        extra_sids = counts.universal_foreign + counts.sid_history + counts.domain_local - resource_groups
        logon_info = (
            _LOGON_INFO_FIXED
            + names.logon_info
            + S_BYTES * (counts.global_ + counts.universal)
            + D_BYTES * extra_sids
            + (32 + S_BYTES * resource_groups if resource_groups else 0)
        )
        pac = _PAC_HEADER + _pad(logon_info, 8) + names.other_buffers + _PAC_FIXED_BUFFERS
        ticket = pac + _TICKET
        return (2 * ticket if self.delegation else ticket) + _SPNEGO + _TSREQUEST

    def room_for_groups(self) -> float:
        """Return the bytes of SIDs and names below which neither size can flag a user.

        Both sizes are a fixed part plus the same 8 or 40 bytes per SID. The fixed part of the wire is larger,
        and counts here at its maximum (all wrappers doubled, resource groups' header and padding included).
        """
        most_fixed = (
            _LOGON_INFO_FIXED + 32 + 7 + _PAC_HEADER + _PAC_FIXED_BUFFERS + _TICKET + _SPNEGO + _TSREQUEST
        )
        return self.warn_bytes / (2 if self.delegation else 1) - most_fixed

    def percent(self, size: int) -> float:
        """Return a size as a share of the limit, to one decimal."""
        return round(100 * size / self.limit, 1)

    def status(self, size: int) -> str:
        """Return ``ok``, ``near`` or ``over`` for the larger of both sizes."""
        if size > self.limit:
            return "over"
        return "near" if size >= self.warn_bytes else "ok"

    def limits_exceeded(self, size: int, sids: int) -> tuple[str, ...]:
        """Return each limit that the larger size or the number of SIDs exceeds."""
        limits = sorted({*MAX_TOKEN_SIZES, self.limit})
        exceeded = [str(limit) for limit in limits if size > limit]
        return (*exceeded, SIDS_EXCEEDED) if sids > MAX_SIDS else tuple(exceeded)
