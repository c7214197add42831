# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The copies that runs leave, for those after them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report import kept_runs
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.kept_runs import (
    KeptRun,
    keep_run,
    read_kept,
)

KB = "KB978918"


def run(number: int = 1, hotfix: str = KB, **statuses: str) -> KeptRun:
    return KeptRun(hotfix, f"2026-02-{number:02}T06:00:00+00:00", statuses, {"fixed": number})


def copies(folder: Path) -> list[Path]:
    return sorted((folder / "kept" / KB).iterdir())


def test_a_run_that_is_kept_can_be_read_again(tmp_path: Path) -> None:
    keep_run(tmp_path, run(a="compliant"), "{}", keep=3)
    assert read_kept(tmp_path, KB) == ([run(a="compliant")], {})


def test_the_copy_is_a_json_document_with_the_whole_report(tmp_path: Path) -> None:
    keep_run(tmp_path, run(), '{"hosts": [\n{"host": "ä"}]}\n', keep=3)
    document = json.loads(gzip.decompress(copies(tmp_path)[0].read_bytes()))
    assert document["report"] == {"hosts": [{"host": "ä"}]}


def test_the_oldest_copies_are_removed(tmp_path: Path) -> None:
    for number in range(1, 6):
        keep_run(tmp_path, run(number), "{}", keep=3)
    assert [each.work_groups["fixed"] for each in read_kept(tmp_path, KB)[0]] == [5, 4, 3]
    assert len(copies(tmp_path)) == 3


def test_copies_of_another_hotfix_stay_and_are_not_read(tmp_path: Path) -> None:
    for number in range(1, 4):
        keep_run(tmp_path, run(number, "KB1234567"), "{}", keep=3)
    keep_run(tmp_path, run(4), "{}", keep=1)
    assert len(read_kept(tmp_path, KB)[0]) == 1
    assert len(read_kept(tmp_path, "KB1234567")[0]) == 3


def test_a_folder_without_copies_has_none(tmp_path: Path) -> None:
    assert read_kept(tmp_path / "nothing", KB) == ([], {})


def head(**changed: Any) -> bytes:
    """A copy whose head has other values; None leaves one out."""
    values = {"hotfix": KB, "generated_at": "2026-01-01T00:00:00+00:00", "statuses": {}, "work_groups": {}}
    values = {name: value for name, value in (values | changed).items() if value is not None}
    return gzip.compress(b'{"run": ' + json.dumps(values).encode() + b',\n"report": {}}')


# Compressed bytes hold the time of compression: as names of tests they would differ between processes.
DAMAGES = {
    "empty": b"",
    "not compressed": b"garbage",
    "nothing compressed": gzip.compress(b""),
    "a list": gzip.compress(b"[]"),
    "deeply nested": gzip.compress(b"[" * 100_000),
    "cut off": gzip.compress(b"x" * 10_000)[:40],
    "overwritten": gzip.compress(bytes(range(256)) * 40)[:100] + b"\0" * 100,
    "no time": head(generated_at=None),
    "another time": head(generated_at="yesterday"),
    "a time without an offset": head(generated_at="2026-01-01T00:00:00"),
    "another hotfix": head(hotfix="KB1234567"),
    "a list of statuses": head(statuses=[]),
    "a number in words": head(work_groups={"fixed": "many"}),
    "fewer than no hosts": head(work_groups={"fixed": -1}),
    "endless hosts": head(work_groups={"fixed": float("inf")}),
}


@pytest.mark.parametrize("content", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_copy_is_named_and_left_out(tmp_path: Path, content: bytes) -> None:
    keep_run(tmp_path, run(), "{}", keep=3)
    damaged = tmp_path / "kept" / KB / "20990101T000000.000000Z-1.json.gz"
    damaged.write_bytes(content)
    runs, left_out = read_kept(tmp_path, KB)
    assert runs == [run()]
    assert list(left_out) == [str(damaged)]


def test_the_name_of_a_hotfix_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    keep_run(tmp_path / "reports", run(hotfix="../../KB1"), "{}", keep=1)
    assert [path.name for path in tmp_path.iterdir()] == ["reports"]
    assert read_kept(tmp_path / "reports", "../../KB1")[0] == [run(hotfix="../../KB1")]


def test_a_full_disk_loses_no_earlier_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_run(tmp_path, run(1), "{}", keep=1)

    def full(*_arguments: Any, **_options: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept_runs.gzip, "open", full)
    with pytest.raises(OSError, match="No space"):
        keep_run(tmp_path, run(2), "{}", keep=1)
    monkeypatch.undo()
    assert read_kept(tmp_path, KB)[0] == [run(1)]
    assert len(copies(tmp_path)) == 1


def test_what_others_write_into_the_folder_is_not_touched(tmp_path: Path) -> None:
    keep_run(tmp_path, run(1), "{}", keep=1)
    notes = tmp_path / "kept" / KB / "notes.txt"
    notes.write_text("mine", "utf-8")
    keep_run(tmp_path, run(2), "{}", keep=1)
    assert notes.exists()
    assert len(copies(tmp_path)) == 2
