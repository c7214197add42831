# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes every task result of a run as a line of JSON to the file that RESULTS_FILE names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: results_file
type: notification
short_description: Writes task results to a file
description:
  - Writes every task result as a line of JSON.
"""


class CallbackModule(CallbackBase):
    """One line a result: host, task, action, outcome and the result itself."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "results_file"

    def _write(self, outcome: str, result: Any) -> None:
        task = result._task
        line = {
            "host": result._host.get_name(),
            "task": task.get_name().partition(" : ")[2] or task.get_name(),
            "action": task.action,
            "outcome": outcome,
            "changed": bool(result._result.get("changed")),
            "result": result._result,
        }
        with Path(os.environ["RESULTS_FILE"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result: Any) -> None:
        """A task succeeded."""
        self._write("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """A task failed."""
        self._write("failed", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """A host did not answer."""
        self._write("unreachable", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """A task did not apply."""
        self._write("skipped", result)
