# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start a simulated fleet: `python -m tests.lab --fleet tests/lab/fleets/demo.yml --directory .lab`."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from tests.lab.clock import Clock
from tests.lab.control.client import NAMES_FILE, STATE_FILE
from tests.lab.control.server import ControlServer
from tests.lab.domain.kdc import DomainError, Realm
from tests.lab.endpoint.quotas import OPERATION_LINGER
from tests.lab.endpoint.server import HTTP_PORT, HTTPS_PORT, Pace
from tests.lab.fleet import DEFAULT_NETWORK, Fleet, LabOptions
from tests.lab.fleets.many import many
from tests.lab.windows.profile import ProfileError, load_fleet


def main(arguments: list[str] | None = None) -> int:
    """Run a fleet in the foreground until SIGTERM or SIGINT."""
    options = _parser().parse_args(arguments)
    try:
        profiles = many(options.many) if options.many else load_fleet(options.fleet)
    except (ProfileError, OSError) as error:
        print(f"The fleet cannot be read: {error}", file=sys.stderr)
        return 2
    directory: Path = options.directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    if (other := _running_in(directory)) is not None:
        print(
            f"A lab (process {other}) already runs in {directory}: stop it or choose another --directory.",
            file=sys.stderr,
        )
        return 1
    # Disks are made anew with every start; only the certificate and the disk templates are kept.
    shutil.rmtree(directory / "hosts", ignore_errors=True)
    (directory / STATE_FILE).unlink(missing_ok=True)
    _log_to(directory / "lab.log", options.verbose)
    lab = LabOptions(
        directory=directory,
        network=options.network,
        port=options.port,
        https_port=options.https_port,
        operation_linger=options.operation_linger,
        domain=options.domain,
        keytabs=options.keytabs,
        pace=Pace(options.answer_after, options.query_takes),
    )
    fleet = Fleet(profiles, lab, Clock())
    inventory = (options.inventory or directory / "inventory.yml").resolve()
    return asyncio.run(_serve(fleet, directory, inventory, options.control_port))


async def _serve(fleet: Fleet, directory: Path, inventory: Path, control_port: int) -> int:
    began = time.monotonic()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    control = ControlServer(fleet)
    try:
        await fleet.start()
        address = await control.start(control_port)
    except DomainError as error:
        print(f"The domain cannot start: {error}.", file=sys.stderr)
        fleet.stop()
        return 1
    except OSError as error:
        print(
            f"The fleet cannot listen: {error}. Another lab may be running on these addresses; "
            "stop it or choose others with --network or --port.",
            file=sys.stderr,
        )
        fleet.stop()
        return 1
    except BaseException:
        fleet.stop()
        raise
    fleet.write_inventory(inventory)
    fleet.write_names(directory / NAMES_FILE)
    state = {
        "control": address,
        "inventory": str(inventory),
        "pid": os.getpid(),
        "hosts": len(fleet.endpoints),
    }
    _write_atomically(directory / STATE_FILE, json.dumps(state, indent=2))
    programs = Path(sys.executable).parent
    print(
        f"{len(fleet.endpoints)} simulated hosts are up after {time.monotonic() - began:.1f} s "
        f"(a simulation: see tests/lab/README.md).\n"
        f"Inventory:  {inventory}\n"
        f"Try:        {programs / 'ansible-playbook'} -i {inventory} winfleet.hotfix.assess\n"
        f"Packages:   {sys.executable} -m tests.lab.packages {directory / 'packages'}\n"
        f"Control:    {sys.executable} -m tests.lab.control --directory {directory} state\n"
        f"Log:        {directory / 'lab.log'}\n"
        f"{_how_to_log_on(fleet.realm, directory) if fleet.realm else ''}"
        "Stop with Ctrl+C or SIGTERM.",
        flush=True,
    )
    try:
        await stopped.wait()
    finally:
        (directory / STATE_FILE).unlink(missing_ok=True)
        fleet.stop()
        await control.stop()
    return 0


def _how_to_log_on(realm: Realm, directory: Path) -> str:
    """What a shell needs to use the domain."""
    return (
        f"Domain:     export KRB5_CONFIG={realm.krb5_conf}\n"
        f"A ticket:   kinit USER@{realm.name}, and -e ansible_winrm_kinit_mode=manual; else Ansible's\n"
        f"Names:      export LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_HOSTS={directory / NAMES_FILE}\n"
    )


def _running_in(directory: Path) -> int | None:
    """The process id of a lab that runs in this folder, by its state file."""
    try:
        pid = int(json.loads((directory / STATE_FILE).read_text("utf-8"))["pid"])
        os.kill(pid, 0)
    except (OSError, ValueError, KeyError):
        return None
    return pid


def _write_atomically(path: Path, text: str) -> None:
    """Readers wait for this file: it must never be there half-written."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text, "utf-8")
    temporary.replace(path)


def _log_to(path: Path, verbose: bool) -> None:
    logging.basicConfig(
        filename=path,
        filemode="w",
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    logging.getLogger("lab").setLevel(logging.INFO if verbose else logging.WARNING)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.lab", description="Start a simulated Windows fleet."
    )
    parser.add_argument("--fleet", default="demo.yml", help="fleet file, or a name under tests/lab/fleets")
    parser.add_argument("--many", type=int, metavar="N", help="a fleet of N mixed hosts instead of a file")
    parser.add_argument(
        "--directory", type=Path, default=Path(".lab"), help="the lab's folder (default .lab)"
    )
    parser.add_argument("--inventory", type=Path, help="where to write the inventory (default in the folder)")
    parser.add_argument("--network", default=DEFAULT_NETWORK, help="loopback network of the hosts' addresses")
    parser.add_argument("--domain", action="store_true", help="start a KDC for the hosts' domain")
    parser.add_argument(
        "--keytabs", type=Path, help="folder with the keys of hosts of another domain, by their full names"
    )
    parser.add_argument("--port", type=int, default=HTTP_PORT, help="HTTP port of every host")
    parser.add_argument("--https-port", type=int, default=HTTPS_PORT, help="HTTPS port of every host")
    parser.add_argument("--control-port", type=int, default=0, help="control port (default: a free one)")
    parser.add_argument(
        "--operation-linger",
        type=float,
        default=OPERATION_LINGER,
        help="seconds for which an ended command still counts as an operation (default %(default)s)",
    )
    parser.add_argument(
        "--answer-after", type=float, default=0.0, metavar="S", help="seconds until a host answers a request"
    )
    parser.add_argument(
        "--query-takes", type=float, default=0.0, metavar="S", help="seconds that a WQL query takes besides"
    )
    parser.add_argument("--verbose", action="store_true", help="log every fault and event")
    return parser


if __name__ == "__main__":
    sys.exit(main())
