# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scan keeps of each host."""

from __future__ import annotations

import gc
import json
import weakref
from pathlib import Path
from typing import Any

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._fleet.seen import Seen
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.row_file import RowFile

from tests.unit._report.samples import hotfix_info, result

KB = "KB978918"
GROUPS = {"all": ["a", "b", "c"], "site": ["a", "b"]}


def test_hosts_that_the_scan_did_not_come_to_are_not_attempted() -> None:
    seen = Seen(KB, GROUPS, None)
    seen.add(result("c"))
    rows = seen.rows(["b", "c"])
    assert [(row.host, row.status, row.groups) for row in rows] == [
        ("b", "not_attempted", ("site",)),
        ("c", "compliant", ()),
    ]


def test_a_host_is_on_the_disk_as_soon_as_it_was_seen(tmp_path: Path) -> None:
    file = RowFile(tmp_path / "x.jsonl", KB, ["a", "b"])
    Seen(KB, GROUPS, file).add(result("a"))
    _head, row = map(json.loads, (tmp_path / "x.jsonl").read_text("utf-8").splitlines())
    assert (row["host"], row["status"], row["groups"]) == ("a", "compliant", ["site"])
    file.close()


def test_nothing_of_an_answer_is_kept_but_its_row() -> None:
    class Answered(dict[str, Any]):
        """An answer of which one can tell whether it is still there."""

    info = Answered(hotfix_info())
    kept = weakref.ref(info)
    seen = Seen(KB, GROUPS, None)
    seen.add({"host": "a", "hotfix_info": info})
    del info
    gc.collect()
    assert kept() is None
    assert len(seen.rows(["a"])) == 1


def test_a_result_without_proof_is_an_error_as_in_every_report() -> None:
    claim = {"host": "a", "hotfix_info": hotfix_info(files=[])}
    assert Seen(KB, GROUPS, None).add(claim).status == "error"
