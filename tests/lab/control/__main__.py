# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control a running lab: `python -m tests.lab.control --directory .lab COMMAND …`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from urllib.error import URLError

from tests.lab.control.client import ControlClient, ControlError


def main(arguments: list[str] | None = None) -> int:
    """Run one order and print its answer as JSON."""
    options = _parser().parse_args(arguments)
    try:
        client = ControlClient.of_directory(options.directory)
        answer = _obey(client, options)
    except FileNotFoundError:
        print(f"No lab runs in {options.directory}: start one with `python -m tests.lab`.", file=sys.stderr)
        return 1
    except (ControlError, URLError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(answer, indent=2, ensure_ascii=False))
    return 0


def _obey(client: ControlClient, options: argparse.Namespace) -> object:
    if options.command == "state":
        return client.host(options.host) if options.host else client.state()
    if options.command == "advance":
        return client.advance_to(options.by) if "T" in options.by else client.advance(float(options.by))
    if options.command == "power":
        client.power(options.host, on=options.switch == "on")
        return client.host(options.host)["powered"]
    if options.command == "fault":
        extra = json.loads(options.options)
        client.inject(options.host, options.kind, **extra)
        return client.host(options.host)["faults"]
    if options.command == "clear":
        client.clear_faults(options.host)
        return client.host(options.host)["faults"]
    if options.command == "run":
        return client.run(options.host, options.line)
    return client.counters()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.control", description="Control a running lab.")
    parser.add_argument(
        "--directory", type=Path, default=Path(".lab"), help="the lab's folder (default .lab)"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    state = commands.add_parser("state", help="the fleet, or everything about one host")
    state.add_argument("host", nargs="?")
    advance = commands.add_parser("advance", help="move the clock")
    advance.add_argument("by", help="seconds, or a moment (ISO 8601 with offset)")
    power = commands.add_parser("power", help="switch a host on or off")
    power.add_argument("host")
    power.add_argument("switch", choices=("on", "off"))
    fault = commands.add_parser("fault", help="inject a fault")
    fault.add_argument("host")
    fault.add_argument("kind")
    fault.add_argument(
        "options", nargs="?", default="{}", help='JSON, e.g. {"count": 2, "action": "Receive"}'
    )
    clear = commands.add_parser("clear", help="remove all faults of a host")
    clear.add_argument("host")
    run = commands.add_parser("run", help="run a command line on a host as SYSTEM")
    run.add_argument("host")
    run.add_argument("line")
    commands.add_parser("counters", help="requests and bytes of each host, CPU of the lab")
    return parser


if __name__ == "__main__":
    sys.exit(main())
