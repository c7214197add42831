# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stub of the AWX API: keeps what is posted, checks it as AWX does, and remembers every request.

It starts no jobs. It answers what it does not know with 404 or 400, never with success.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.integration.awx.job import project_files
from tests.integration.awx.stub_resources import (
    RESOURCES,
    UNIFIED,
    Object,
    RefusedError,
    check_credential_type,
    check_job_template,
    check_one_of_a_type,
    check_prompts,
    check_relation,
    check_rrule,
    check_survey,
    check_variables,
)

TOKEN = "token-of-the-stub"

# awx/main/utils/ansible.py: a file is listed as a playbook if a line of it matches.
_PLAYBOOK_LINE = re.compile(r"^\s*?-?\s*?(?:hosts|(ansible\.builtin\.)?import_playbook):\s*?.*?$")
_NO_PLAYBOOKS = {"roles", "tasks", "group_vars", "host_vars"}


def list_playbooks(project: Path) -> list[str]:
    """The playbooks that AWX offers for the files of a project that git knows or would add."""
    names = [Path(name) for name in project_files(project)]
    seen = [name for name in names if not any(part.startswith(".") for part in name.parent.parts)]
    return sorted(str(name) for name in seen if _could_be_playbook(project, name))


def _could_be_playbook(project: Path, name: Path) -> bool:
    if name.suffix not in (".yml", ".yaml") or _NO_PLAYBOOKS & {*name.parent.parts}:
        return False
    lines = (project / name).read_text(encoding="utf-8", errors="ignore").splitlines()
    return bool(lines) and (lines[0].startswith("$ANSIBLE_VAULT;") or any(map(_PLAYBOOK_LINE.match, lines)))


class StubAwx:
    """The state of an AWX that has nothing in it yet.

    Attributes:
        objects: By endpoint and id.
        links: By endpoint, id and name of the link: the ids that are linked.
        surveys: By id of the template of a job or of a workflow.
        requests: Method, path and body of every request that changed something.
    """

    def __init__(self, project: Path) -> None:
        self.playbooks = list_playbooks(project)
        self.objects: dict[str, dict[int, Object]] = {name: {} for name in RESOURCES}
        self.links: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[int, Object] = {}
        self.requests: list[tuple[str, str, Object]] = []
        self._ids = itertools.count(1)
        self._updates: dict[int, int] = {}

    def named(self, endpoint: str, name: str) -> Object:
        """The object with this name (nodes: identifier)."""
        return next(
            item
            for item in self.objects[endpoint].values()
            if name in (item.get("name"), item.get("identifier"))
        )

    def id_of_node(self, identifier: str) -> int:
        """The id of a node of the workflow."""
        return int(self.named("workflow_job_template_nodes", identifier)["id"])

    def linked(self, endpoint: str, name: str, link: str) -> set[str]:
        """The names of the objects that are linked to one."""
        ids = self.links.get((endpoint, self.named(endpoint, name)["id"], link), [])
        other = self.objects[RESOURCES[endpoint].links[link]]
        return {other[number].get("name") or other[number]["identifier"] for number in ids}

    def answer(self, method: str, path: str, query: list[tuple[str, str]], body: Object) -> tuple[int, Any]:
        """Status and body of the answer to a request below /api/v2/."""
        parts = path.strip("/").split("/")
        if method != "GET":
            self.requests.append((method, path, body))
        match [method, *parts]:
            case ["GET", "unified_job_templates"]:
                return 200, self._list([item for name in UNIFIED for item in self._all(name)], query)
            case ["GET", "project_updates", number]:
                return self._update(int(number))
            case ["GET", endpoint] if endpoint in RESOURCES:
                return 200, self._list(self._all(endpoint), query)
            case ["POST", endpoint] if endpoint in RESOURCES:
                return 201, self._create(endpoint, body)
            case ["GET" | "POST", "job_templates" | "workflow_job_templates", number, "survey_spec"]:
                return self._survey(method, int(number), body)
            case ["POST", "workflow_job_template_nodes", number, "create_approval_template"]:
                return 201, self._create_approval(int(number), body)
            case [_version, endpoint, number, *rest] if (
                endpoint in RESOURCES and int(number) in self.objects[endpoint]
            ):
                return self._one(method, endpoint, int(number), rest, body)
        return 404, {"detail": "Not found."}

    def _one(self, method: str, endpoint: str, number: int, rest: list[str], body: Object) -> tuple[int, Any]:
        if not rest and method == "GET":
            return 200, self._show(endpoint, number)
        if not rest and method == "PATCH":
            self.objects[endpoint][number] |= self._checked(
                endpoint, {**self.objects[endpoint][number], **body}, body
            )
            return 200, self._show(endpoint, number)
        if len(rest) == 1 and rest[0] in RESOURCES[endpoint].links:
            linked = self.links.setdefault((endpoint, number, rest[0]), [])
            if method == "GET":
                other = RESOURCES[endpoint].links[rest[0]]
                return 200, self._list([self._show(other, one) for one in linked], [])
            if body.get("disassociate"):
                linked.remove(body["id"])
            elif body["id"] not in linked:
                self._check_link(endpoint, number, rest[0], body["id"])
                linked.append(body["id"])
            return 204, None
        return 404, {"detail": "Not found."}

    def _check_link(self, endpoint: str, number: int, link: str, child: int) -> None:
        if endpoint == "job_templates" and link == "credentials":
            credentials = self.objects["credentials"]
            attached = self.links[endpoint, number, link]
            check_one_of_a_type([credentials[each] for each in attached], credentials[child])
        if link.endswith("_nodes"):
            others = [f"{kind}_nodes" for kind in ("success", "failure", "always") if f"{kind}_nodes" != link]
            taken = [each for other in others for each in self.links.get((endpoint, number, other), [])]
            check_relation(number, child, taken)

    def _create(self, endpoint: str, body: Object) -> Object:
        resource = RESOURCES[endpoint]
        for name in resource.required:
            if body.get(name) in (None, ""):
                raise RefusedError(**{name: "This field is required."})
        new = self._checked(endpoint, {**resource.fields, **body}, body)
        if "name" in new and endpoint != "workflow_approval_templates":
            same = [item for item in self.objects[endpoint].values() if item["name"] == new["name"]]
            if any(item.get("organization") == new.get("organization") for item in same):
                raise RefusedError(__all__=f"{resource.type} with this name already exists.")
        number = next(self._ids)
        self.objects[endpoint][number] = {**new, "id": number}
        if endpoint == "projects":
            self._updates[number] = 2  # asked so often, the first sync is done
        return self._show(endpoint, number)

    def _checked(self, endpoint: str, new: Object, body: Object) -> Object:
        resource = RESOURCES[endpoint]
        unknown = set(body) - set(resource.fields)
        if unknown:
            raise RefusedError(**{sorted(unknown)[0]: "This field is not in the stub's tables."})
        for name, other in resource.references.items():
            if new.get(name) is not None and not self._exists(other, new[name]):
                raise RefusedError(**{name: f'Invalid pk "{new[name]}" - object does not exist.'})
        if endpoint == "job_templates":
            check_job_template(new, self.playbooks, self._updates.get(new["project"], 0) <= 0)
        if endpoint in ("inventories", "groups"):
            check_variables("variables", new["variables"])
        if endpoint == "credential_types":
            check_credential_type(new)
        if endpoint == "schedules":
            check_rrule(new["rrule"])
        if endpoint in ("schedules", "workflow_job_template_nodes"):
            template = new["unified_job_template"]
            check_prompts(new, self._template(template), self.surveys.get(template))
        return {name: new[name] for name in resource.fields if name != "type"}

    def _create_approval(self, node: int, body: Object) -> Object:
        approval = self._create("workflow_approval_templates", body)
        self.objects["workflow_job_template_nodes"][node]["unified_job_template"] = approval["id"]
        return approval

    def _survey(self, method: str, number: int, body: Object) -> tuple[int, Any]:
        if method == "POST":
            check_survey(body)
            self.surveys[number] = body
        return 200, self.surveys.get(number, {})

    def _update(self, number: int) -> tuple[int, Any]:
        self._updates[number] -= 1
        done = self._updates[number] <= 0
        return 200, {"id": number, "status": "successful" if done else "running", "failed": False}

    def _template(self, number: int | None) -> Object | None:
        return next((self.objects[name][number] for name in UNIFIED if number in self.objects[name]), None)

    def _exists(self, endpoint: str, number: int) -> bool:
        return (
            self._template(number) is not None
            if endpoint == "unified_job_templates"
            else number in self.objects[endpoint]
        )

    def _all(self, endpoint: str) -> list[Object]:
        return [self._show(endpoint, number) for number in self.objects[endpoint]]

    def _show(self, endpoint: str, number: int) -> Object:
        item = self.objects[endpoint][number]
        url = f"/api/v2/{endpoint}/{number}/"
        related = {name: f"{url}{name}/" for name in RESOURCES[endpoint].links}
        related["survey_spec"] = f"{url}survey_spec/"
        summary: Object = {}
        if endpoint == "projects":
            item = {**item, "scm_revision": "0123abc" if self._updates[number] <= 0 else ""}
            if self._updates[number] > 0:
                summary["current_update"] = {"id": number}
        template = item.get("unified_job_template")
        if template is not None:
            kind = next(name for name in UNIFIED if template in self.objects[name])
            related["unified_job_template"] = f"/api/v2/{kind}/{template}/"
        return {
            **item,
            "type": RESOURCES[endpoint].type,
            "url": url,
            "related": related,
            "summary_fields": summary,
        }

    def _matches(self, item: Object, name: str, value: str) -> bool:
        """Whether an object passes a filter: a field, a field of the object that it refers to, or a list."""
        field, _mark, rest = name.partition("__")
        if rest == "in":
            return str(item.get(field)) in value.split(",")
        if rest:
            endpoint = next(each for each in RESOURCES.values() if each.type == item["type"]).references[
                field
            ]
            return self._matches(self.objects[endpoint].get(item[field]) or {}, rest, value)
        return str(item.get(field)) == value

    def _list(self, items: list[Object], query: list[tuple[str, str]]) -> Object:
        either = [(name.removeprefix("or__"), value) for name, value in query if name.startswith("or__")]
        every = [(name, value) for name, value in query if not name.startswith("or__")]
        for name, _value in either + every:
            if items and not any(name.partition("__")[0] in item for item in items):
                raise RefusedError(detail=f"{name} is not a field to filter by.")
        found = [
            item
            for item in items
            if all(self._matches(item, name, value) for name, value in every)
            and (not either or any(self._matches(item, name, value) for name, value in either))
        ]
        return {"count": len(found), "next": None, "previous": None, "results": found}


@contextmanager
def serve(awx: StubAwx) -> Iterator[str]:
    """Serves the stub on a loopback port; yields its URL."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or "{}")
            with lock:
                status, answer = self._answer(url.path, parse_qsl(url.query), body)
            content = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", "24.6.1")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _answer(self, path: str, query: list[tuple[str, str]], body: Object) -> tuple[int, Any]:
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return 401, {"detail": "Authentication credentials were not provided."}
            if not path.startswith("/api/v2/"):
                return 404, {"detail": "Not found."}
            try:
                return awx.answer(self.command, path.removeprefix("/api/v2"), query, body)
            except RefusedError as refused:
                return 400, refused.body

        do_GET = do_POST = do_PATCH = do_DELETE = _handle  # noqa: N815  (names of the standard library)

        def log_message(self, *_arguments: Any) -> None:
            """Says nothing: the stub remembers its requests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
