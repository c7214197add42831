# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control server: what a test or a demo may ask and change while the fleet runs.

JSON over HTTP on 127.0.0.1. Every refusal is `{"error": text}` with status 400 or 404.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from aiohttp import web

from tests.lab.control.snapshot import snapshot
from tests.lab.domain.kdc import DomainError
from tests.lab.endpoint.counters import HostCounters, process_seconds
from tests.lab.endpoint.injection import Injection
from tests.lab.endpoint.server import Endpoint
from tests.lab.fleet import Fleet
from tests.lab.windows.disk import DiskError
from tests.lab.windows.profile import FAULTS
from tests.lab.windows.scheduler import Task
from tests.lab.windows.streams import BytePipe, Streams

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ControlServer:
    """Serves the control of one fleet."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._runner: web.AppRunner | None = None
        self._cpu_base = process_seconds()

    async def start(self, port: int = 0) -> str:
        """Listen on a loopback port (0: a free one); returns the address as `http://127.0.0.1:PORT`."""
        app = web.Application(middlewares=[_readable_errors], client_max_size=64 * 1024 * 1024)
        host = "/hosts/{name}"
        app.add_routes(
            [
                web.get("/state", self._state),
                web.post("/clock", self._clock),
                web.post("/domain", self._domain),
                web.get("/counters", self._counters),
                web.post("/counters/reset", self._reset_counters),
                web.get(host, self._host_state),
                web.get(f"{host}/snapshot", self._snapshot),
                web.post(f"{host}/power", self._power),
                web.post(f"{host}/faults", self._add_fault),
                web.delete(f"{host}/faults", self._clear_faults),
                web.post(f"{host}/run", self._run),
                web.post(f"{host}/registry", self._set_registry),
                web.post(f"{host}/disk", self._set_free),
                web.get(f"{host}/files", self._read_file),
                web.put(f"{host}/files", self._write_file),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    def _endpoint(self, request: web.Request) -> Endpoint:
        name = request.match_info["name"]
        if name not in self._fleet.endpoints:
            raise web.HTTPNotFound(text=f"no host {name}")
        return self._fleet.endpoints[name]

    async def _state(self, request: web.Request) -> web.Response:
        hosts = {name: _brief(endpoint) for name, endpoint in self._fleet.endpoints.items()}
        return web.json_response({"now": self._fleet.clock.now().isoformat(), "hosts": hosts})

    async def _host_state(self, request: web.Request) -> web.Response:
        return web.json_response(_full(self._endpoint(request)))

    async def _snapshot(self, request: web.Request) -> web.Response:
        return web.json_response(snapshot(self._endpoint(request).host))

    async def _clock(self, request: web.Request) -> web.Response:
        order = await request.json()
        if "to" in order:
            when = datetime.fromisoformat(order["to"])
            if when.tzinfo is None:
                raise ValueError("`to` needs an offset")
            await self._fleet.clock.advance_to(when)
        else:
            await self._fleet.clock.advance(float(order["advance"]))
        return web.json_response({"now": self._fleet.clock.now().isoformat()})

    async def _domain(self, request: web.Request) -> web.Response:
        """Start or stop the KDC, and give orders to kadmin."""
        realm, order = self._fleet.realm, await request.json()
        if realm is None:
            raise ValueError("this lab has no domain: start it with --domain")
        if "on" in order:
            (realm.start if order["on"] else realm.stop)()
        realm.administer(*order.get("orders", []))
        return web.json_response({})

    async def _power(self, request: web.Request) -> web.Response:
        power = self._endpoint(request).host.power
        if bool((await request.json())["on"]):
            power.switch_on()
        else:
            power.switch_off()
        return web.json_response({"powered": power.on})

    async def _add_fault(self, request: web.Request) -> web.Response:
        endpoint, order = self._endpoint(request), await request.json()
        if order.get("kind") in FAULTS:
            endpoint.host.inject(order["kind"])
        else:
            endpoint.injections.add(Injection(**order))
        return web.json_response(_faults(endpoint))

    async def _clear_faults(self, request: web.Request) -> web.Response:
        endpoint = self._endpoint(request)
        endpoint.injections.clear()
        for name in list(endpoint.host.faults):
            endpoint.host.clear_fault(name)
        return web.json_response(_faults(endpoint))

    async def _counters(self, request: web.Request) -> web.Response:
        cpu = process_seconds() - self._cpu_base
        hosts = {
            name: {**endpoint.counters.as_dict(), "refused": endpoint.host.unknown_requests[-50:]}
            for name, endpoint in self._fleet.endpoints.items()
        }
        return web.json_response({"cpu_seconds": round(cpu, 3), "hosts": hosts})

    async def _reset_counters(self, request: web.Request) -> web.Response:
        self._cpu_base = process_seconds()
        for endpoint in self._fleet.endpoints.values():
            endpoint.counters = HostCounters()
        return web.json_response({})

    async def _run(self, request: web.Request) -> web.Response:
        """Run a command line as SYSTEM, past the network (for tests that look or prepare)."""
        host, order = self._endpoint(request).host, await request.json()
        stdout, stderr = BytePipe(), BytePipe()
        code = await host.run_command(order["line"], Streams(stdout=stdout, stderr=stderr, code_page=65001))
        return web.json_response(
            {
                "exit_code": code,
                "stdout": stdout.take().decode("utf-8", "replace"),
                "stderr": stderr.take().decode("utf-8", "replace"),
            }
        )

    async def _set_registry(self, request: web.Request) -> web.Response:
        """Make a key, or delete it with all below it."""
        registry, order = self._endpoint(request).host.registry, await request.json()
        (registry.delete if order.get("delete") else registry.create)(order["key"])
        return web.json_response({})

    async def _set_free(self, request: web.Request) -> web.Response:
        """Fill the disk, or make room."""
        self._endpoint(request).host.disk.free = int((await request.json())["free"])
        return web.json_response({})

    async def _read_file(self, request: web.Request) -> web.Response:
        disk = self._endpoint(request).host.disk
        return web.Response(body=disk.read(disk.absolute(request.query["path"])))

    async def _write_file(self, request: web.Request) -> web.Response:
        disk = self._endpoint(request).host.disk
        disk.write(disk.absolute(request.query["path"]), await request.read())
        return web.json_response({})


@web.middleware
async def _readable_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        return web.json_response({"error": error.text or error.reason}, status=error.status)
    except DiskError as error:
        return web.json_response({"error": str(error)}, status=404 if error.code in (2, 3) else 400)
    except (DomainError, KeyError, TypeError, ValueError, json.JSONDecodeError) as error:
        return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)


def _brief(endpoint: Endpoint) -> dict[str, Any]:
    host = endpoint.host
    return {
        "address": endpoint.address,
        "powered": host.powered,
        "system": host.profile.system,
        "boot_time": host.boot_time.isoformat(),
    }


def _faults(endpoint: Endpoint) -> dict[str, Any]:
    return {"windows": sorted(endpoint.host.faults), "endpoint": endpoint.injections.as_list()}


def _task(endpoint: Endpoint, task: Task) -> dict[str, Any]:
    upcoming = endpoint.host.scheduler.next_run(task)
    return {
        "running": bool(task.running),
        "last_result": task.last_result,
        "last_run": task.last_run.isoformat() if task.last_run else None,
        "next_run": upcoming.isoformat() if upcoming else None,
        "missed": [moment.isoformat() for moment in task.missed],
        "xml": task.xml,
    }


def _full(endpoint: Endpoint) -> dict[str, Any]:
    """Everything a test may want to see of a host."""
    host = endpoint.host
    countdown = host.power.countdown
    return {
        **_brief(endpoint),
        "local_time": host.local_now().isoformat(),
        "boots": host.power.boots,
        "history": [{"at": moment.isoformat(), "what": what} for moment, what in host.power.history],
        "countdown": None
        if countdown is None
        else {"at": countdown.at.isoformat(), "restart": countdown.restart, "comment": countdown.comment},
        "packages": dict(host.servicing.updates()),
        "servicing_busy": host.servicing.busy,
        "tasks": {task.name: _task(endpoint, task) for task in host.scheduler.all()},
        "sessions": [asdict(session) for session in host.sessions.all()],
        "messages": host.sessions.messages,
        "logon_mode": host.sessions.logon_mode,
        "shells": len(endpoint.wsman.shells),
        "enumerations": len(endpoint.wsman.enumerations),
        "connections": endpoint.open_connections,
        "faults": _faults(endpoint),
        "free_bytes": host.disk.free,
        "unknown_requests": host.unknown_requests[-50:],
    }
