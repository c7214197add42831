"""Makes the checkout importable the way Ansible imports it: ansible_collections.winfleet.hotfix."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
for entry in (str(ROOT), str(ROOT / "collections")):
    if entry not in sys.path:
        sys.path.insert(0, entry)

# Tests never assert times: a crowded machine is no defect.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
