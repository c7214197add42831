# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cmd.exe: walks the trees of its lines, over the host's files and programs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from ..disk import Disk, DiskError
from ..programs import find_program
from ..streams import BytePipe, NullWriter
from .expansion import expand_delayed, expand_for, expand_percent, path_parts, split_words
from .frames import Batch, ExitBatch, ExitShell, Goto
from .launch import execute, locate, split_command
from .parser import Parser, parse_line
from .process import FileWriter, Process, codec, signed
from .syntax import Binary, CmdSyntaxError, For, Group, If, Node, Nothing, Redirection

LINE_LIMIT = 8191  # characters of a line after expansion; documented for Windows XP and later
NOT_RECOGNIZED = 9009  # ERRORLEVEL in a batch file; `cmd /c` itself returns 1
_DEEPEST = 200  # nested calls before cmd.exe says that its stack is exhausted

Builtin = Callable[["Shell", Process, str], Awaitable[int]]


class Shell:
    """State of one cmd.exe beyond its process: ERRORLEVEL, echo, delayed expansion, batch frames."""

    def __init__(self, *, delayed: bool = False) -> None:
        self.error_level = 0
        self.echo = True
        self.delayed = delayed
        self.batch: Batch | None = None
        self.depth = 0

    def copy(self) -> Shell:
        """The cmd.exe that runs one side of a pipe."""
        other = Shell(delayed=self.delayed)
        other.error_level, other.echo, other.batch, other.depth = (
            self.error_level,
            self.echo,
            self.batch,
            self.depth,
        )
        return other

    # -- variables -----------------------------------------------------------------------------------

    def lookup(self, process: Process) -> Callable[[str], str | None]:
        """Variables, the dynamic ones included."""

        def get(name: str) -> str | None:
            value = process.environment.get(name)
            if value is not None:
                return value
            dynamic = _DYNAMIC.get(name.lower())
            return dynamic(self, process) if dynamic else None

        return get

    def expand(self, process: Process, text: str) -> str:
        """Expansion when a line is read."""
        arguments = (lambda key: self._argument(process, key)) if self.batch else None
        return expand_percent(text, self.lookup(process), arguments)

    def late(self, process: Process, text: str) -> str:
        """Expansion when a command runs: FOR variables, then !VAR!."""
        text = expand_for(text, process)
        return expand_delayed(text, self.lookup(process)) if self.delayed else text

    def _argument(self, process: Process, key: str) -> str | None:
        assert self.batch is not None
        if key == "*":
            return self.batch.arguments[-1] if len(self.batch.arguments) > 1 else ""
        index = int(key[-1])
        words = self.batch.arguments[:-1]
        value = words[index] if index < len(words) else ""
        if not key.startswith("~"):
            return value
        if index == 0 and len(key) > 2:
            value = self.batch.path
        return path_parts(value, key[1:-1].lower(), process) if value else ""

    # -- running -------------------------------------------------------------------------------------

    async def run_text(
        self, process: Process, text: str, more: Callable[[], str | None] | None = None
    ) -> int:
        """Parse and run one logical line as it was typed or read."""
        expanded = self.expand(process, text)
        if len(expanded) > LINE_LIMIT:
            process.err("The command line is too long.")
            self.error_level = 1
            return 1
        try:
            if more is None:
                node = parse_line(expanded)
            else:
                node = Parser(expanded, lambda: self._next_expanded(process, more)).parse()
        except CmdSyntaxError as error:
            process.err(str(error))
            self.error_level = 255
            if self.batch is not None:
                raise ExitShell(255) from error
            return 255
        if (
            self.batch is not None
            and self.echo
            and not expanded.lstrip().startswith(("@", ":"))
            and expanded.strip()
        ):
            process.out(f"\r\n{process.directory}>{expanded}\r\n")
        return await self.run(process, node)

    def _next_expanded(self, process: Process, more: Callable[[], str | None]) -> str | None:
        line = more()
        return None if line is None else self.expand(process, line)

    async def run(self, process: Process, node: Node) -> int:
        """Run a tree; returns the code that && and || look at."""
        if isinstance(node, Nothing):
            return 0
        if isinstance(node, Binary):
            return await self._binary(process, node)
        try:
            process = self._redirect(process, node.redirections)
        except DiskError as error:
            self.error_level = 1
            return process.fail(error)
        if isinstance(node, Group):
            return await self.run(process, node.body)
        if isinstance(node, If):
            return await self._if(process, node)
        if isinstance(node, For):
            from .loops import run_for

            return await run_for(self, process, node)
        return await self.simple(process, self.late(process, node.text))

    async def _binary(self, process: Process, node: Binary) -> int:
        if node.operator == "|":
            return await self._pipe(process, node)
        code = await self.run(process, node.left)
        if (node.operator == "&&" and code) or (node.operator == "||" and not code):
            return code
        if node.operator == "||":
            # Only || lets internal commands that fail without touching ERRORLEVEL set it (rd, for one).
            self.error_level = self.error_level or code
        return await self.run(process, node.right)

    async def _pipe(self, process: Process, node: Binary) -> int:
        pipe = BytePipe()

        async def write() -> None:
            try:
                await self._side(replace(process.child(), stdout=pipe), node.left)
            finally:
                pipe.close()

        writer = asyncio.ensure_future(write())
        try:
            code = await self._side(replace(process.child(), stdin=pipe), node.right)
            await writer
        finally:
            writer.cancel()
        self.error_level = code
        return code

    async def _side(self, process: Process, node: Node) -> int:
        try:
            return await self.copy().run(process, node)
        except (ExitShell, ExitBatch) as ended:
            return ended.code or 0
        except Goto:
            # A side of a pipe is a cmd.exe of its own: it has no script to go to.
            return 1

    def _redirect(self, process: Process, redirections: tuple[Redirection, ...]) -> Process:
        """The process with its streams redirected, left to right; handles above 2 lead nowhere."""
        for item in redirections:
            streams = {0: process.stdin, 1: process.stdout, 2: process.stderr}
            if item.operator.endswith("&"):
                source = streams.get(int(item.target), process.stdout)
                if item.handle == 1:
                    process = replace(process, stdout=source)  # type: ignore[arg-type]
                elif item.handle == 2:
                    process = replace(process, stderr=source)  # type: ignore[arg-type]
                continue
            target = self.late(process, item.target).replace('"', "")
            device = Disk.is_device(target)
            if item.operator == "<":
                data = b"" if device else process.read(process.path(target))
                process = replace(process, stdin=BytePipe(data, closed=True))
                continue
            writer = (
                NullWriter()
                if device
                else FileWriter(process, process.path(target), append=item.operator == ">>")
            )
            if item.handle == 1:
                process = replace(process, stdout=writer)
            elif item.handle == 2:
                process = replace(process, stderr=writer)
        return process

    async def _if(self, process: Process, node: If) -> int:
        from .conditions import holds

        if holds(self, process, node) != node.negate:
            return await self.run(process, node.then)
        return await self.run(process, node.otherwise) if node.otherwise is not None else 0

    # -- one command ---------------------------------------------------------------------------------

    async def simple(self, process: Process, text: str) -> int:
        """Run one command line that has no operators left."""
        from .builtins import find_builtin

        text = text.lstrip(" \t,;=")
        if not text:
            return 0
        builtin = find_builtin(text)
        if builtin is not None:
            function, rest = builtin
            try:
                return await function(self, process, rest)
            except DiskError as error:
                self.error_level = 1
                return process.fail(error)
        name, rest = split_command(text)
        return await self.external(process, name, rest)

    async def external(self, process: Process, name: str, rest: str, *, called: bool = False) -> int:
        """Run a program or a batch file."""
        path = locate(process, name)
        if path is None:
            # A program that the lab has and this host lacks is an answer of the host.
            if find_program(name.strip('"').lower().removesuffix(".exe")) is None:
                process.host.unknown(f"command {name}")
            process.err(str(process.texts["not_recognized"]).format(name=name.strip('"')))
            self.error_level = NOT_RECOGNIZED if self.batch is not None else 1
            return self.error_level
        if path.lower().endswith((".cmd", ".bat")):
            code = await self.run_batch(process, path, name, rest)
            if self.batch is not None and not called:
                # Without CALL a batch file does not come back.
                raise ExitBatch(code)
            return code
        code = await execute(process, path, rest)
        self.error_level = code
        return code

    async def run_batch(self, process: Process, path: str, name: str, rest: str) -> int:
        """Run a batch file from its first line."""
        try:
            text = process.read(path).decode(codec(process.code_page), "replace")
        except DiskError as error:
            self.error_level = 1
            return process.fail(error)
        lines = text.replace("\r\n", "\n").split("\n")
        words = split_words(rest)
        return await self.run_lines(process, Batch(path, lines, [name, *words, rest.strip()]))

    async def run_lines(self, process: Process, batch: Batch) -> int:
        """Run the lines of a frame until it ends; its setlocals end with it."""
        if self.depth >= _DEEPEST:
            process.err("****** B A T C H   R E C U R S I O N  exceeds STACK limits ******")
            raise ExitShell(1)
        outer, self.batch = self.batch, batch
        self.depth += 1
        try:
            while batch.position < len(batch.lines):
                line = _next_line(batch)
                try:
                    if line is not None and not line.lstrip().startswith(":"):
                        await self.run_text(process, line, lambda: _next_line(batch))
                except Goto as jump:
                    position = batch.find_label(jump.label)
                    if position is None:
                        process.err(f"The system cannot find the batch label specified - {jump.label}")
                        self.error_level = 1
                        break
                    batch.position = position
                await asyncio.sleep(0)
        except ExitBatch as ended:
            if ended.code is not None:
                self.error_level = ended.code
        finally:
            self.batch = outer
            self.depth -= 1
            if batch.saved:
                process.environment.assign(batch.saved[0][0])
                self.delayed = batch.saved[0][1]
        return self.error_level


def _next_line(batch: Batch) -> str | None:
    if batch.position >= len(batch.lines):
        return None
    batch.position += 1
    return batch.lines[batch.position - 1]


def _date(shell: Shell, process: Process) -> str:
    return process.host.local_now().strftime(str(process.texts["short_date"]))


def _time(shell: Shell, process: Process) -> str:
    now = process.host.local_now()
    return f"{now.hour:2d}:{now:%M:%S}{process.texts['decimal']}{now.microsecond // 10000:02d}"


_DYNAMIC: dict[str, Callable[[Shell, Process], str]] = {
    "errorlevel": lambda shell, process: str(signed(shell.error_level)),
    "cd": lambda shell, process: process.directory,
    "date": _date,
    "time": _time,
    "random": lambda shell, process: str(int(process.host.clock.now().timestamp() * 1000) * 7919 % 32768),
    "cmdextversion": lambda shell, process: "2",
}
