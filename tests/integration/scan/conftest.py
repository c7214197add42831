# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of a domain, as the tests of the domain have them."""

from __future__ import annotations

from tests.integration.domain.conftest import start_domain

__all__ = ["start_domain"]
