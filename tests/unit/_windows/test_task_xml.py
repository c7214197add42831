# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Task definitions: valid by the documented schema, complete, and read back as they were written."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
import xmlschema
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.task_xml import (
    ExecAction,
    RegisteredTask,
    TaskDefinition,
    TaskXmlError,
    encode_task_xml,
    format_boundary,
    parse_boundary,
    parse_task_xml,
    render_task_xml,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.fixtures.loader import fixture

NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
SCHEMA = xmlschema.XMLSchema(str(fixture("task-1.2.xsd")))

ON_DEMAND = TaskDefinition("Contoso", "Installs KB978918.", (ExecAction("cmd.exe", "/d /c install.cmd"),))
AT_NIGHT = TaskDefinition(
    author="Contoso",
    description="Restarts the computer.",
    actions=(ExecAction("shutdown.exe", "/r /t 600"), ExecAction("msg.exe", "* bye")),
    start=datetime(2026, 11, 21, 2, 50),
    expires=datetime(2026, 11, 22, 2, 50),
    documentation="at 2026-11-21T03:00:00",
)

xml_text = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n"),
    max_size=60,
)

offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def registered(task: TaskDefinition) -> RegisteredTask:
    return RegisteredTask(task.actions, task.start, task.documentation, enabled=True)


def setting(task: TaskDefinition, name: str) -> str | None:
    return ET.fromstring(render_task_xml(task)).findtext(f"{{{NAMESPACE}}}Settings/{{{NAMESPACE}}}{name}")


@pytest.mark.parametrize("task", [ON_DEMAND, AT_NIGHT], ids=["on demand", "one-off"])
def test_tasks_conform_to_the_schema_of_version_1_2(task: TaskDefinition) -> None:
    SCHEMA.validate(render_task_xml(task))


def test_the_schema_refuses_what_came_with_version_1_3() -> None:
    newer = render_task_xml(ON_DEMAND).replace(
        "<Hidden>", "<UseUnifiedSchedulingEngine>true</UseUnifiedSchedulingEngine><Hidden>"
    )
    assert not SCHEMA.is_valid(newer)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("StartWhenAvailable", "false"),
        ("DisallowStartIfOnBatteries", "false"),
        ("StopIfGoingOnBatteries", "false"),
        ("AllowStartOnDemand", "true"),
        ("AllowHardTerminate", "true"),
        ("MultipleInstancesPolicy", "IgnoreNew"),
        ("RunOnlyIfNetworkAvailable", "false"),
        ("RunOnlyIfIdle", "false"),
        ("WakeToRun", "false"),
        ("Hidden", "false"),
        ("Enabled", "true"),
        ("Priority", "5"),
        ("ExecutionTimeLimit", "PT1H"),
        ("DeleteExpiredTaskAfter", "P30D"),
    ],
)
def test_every_setting_is_written_out(name: str, value: str) -> None:
    assert setting(AT_NIGHT, name) == value


def test_a_task_runs_as_system_with_the_full_token() -> None:
    root = ET.fromstring(render_task_xml(ON_DEMAND))
    principal = root.find(f".//{{{NAMESPACE}}}Principal")
    assert principal is not None
    assert [child.text for child in principal] == ["S-1-5-18", "HighestAvailable"]


def test_a_task_for_demand_has_no_trigger_and_never_expires() -> None:
    root = ET.fromstring(render_task_xml(ON_DEMAND))
    assert list(root.find(f"{{{NAMESPACE}}}Triggers")) == []  # type: ignore[arg-type]
    assert setting(ON_DEMAND, "DeleteExpiredTaskAfter") is None


def test_an_aware_start_is_written_in_utc() -> None:
    berlin_winter = timezone(timedelta(hours=1))
    assert format_boundary(datetime(2026, 11, 21, 3, tzinfo=berlin_winter)) == "2026-11-21T02:00:00Z"


def test_a_naive_start_is_written_without_offset() -> None:
    assert format_boundary(datetime(2026, 11, 21, 3)) == "2026-11-21T03:00:00"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21T03:00:00", datetime(2026, 11, 21, 3)),
        ("2026-11-21T03:00:00.1234567", datetime(2026, 11, 21, 3)),
        ("2026-11-21T03:00:00Z", datetime(2026, 11, 21, 3, tzinfo=timezone.utc)),
        ("2026-11-21T03:00:00-05:00", datetime(2026, 11, 21, 8, tzinfo=timezone.utc)),
        ("", None),
    ],
)
def test_boundaries_of_any_task_are_read(text: str, moment: datetime | None) -> None:
    assert parse_boundary(text) == moment


def test_the_file_is_utf_16_little_endian_with_a_byte_order_mark() -> None:
    data = encode_task_xml(render_task_xml(ON_DEMAND))
    assert data.startswith(b"\xff\xfe<\x00?\x00")
    assert ET.fromstring(data).tag == f"{{{NAMESPACE}}}Task"


@given(description=xml_text, arguments=xml_text, documentation=xml_text)
def test_texts_of_every_script_come_back_as_they_were(
    description: str, arguments: str, documentation: str
) -> None:
    task = TaskDefinition(
        author="Contoso",
        description=description,
        actions=(ExecAction("shutdown.exe", arguments),),
        documentation=documentation,
        start=datetime(2026, 11, 21, 3),
    )
    xml = encode_task_xml(render_task_xml(task)).decode("utf-16")
    assert parse_task_xml(xml) == registered(task)
    assert ET.fromstring(xml.partition("\n")[2]).findtext(".//{*}Description") == description


@given(start=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.none() | offsets))
def test_starts_come_back_as_the_same_moment(start: datetime) -> None:
    start = start.replace(microsecond=0)
    assert parse_task_xml(render_task_xml(replace(ON_DEMAND, start=start))).start == start


def test_a_task_read_byte_by_byte_is_understood() -> None:
    seen = "\ufffd\ufffd" + render_task_xml(AT_NIGHT).encode("utf-16-le").decode("latin-1")
    assert parse_task_xml(seen) == registered(AT_NIGHT)


def test_missing_settings_get_the_defaults_of_the_schema() -> None:
    foreign = (
        f'<Task version="1.2" xmlns="{NAMESPACE}"><Triggers><CalendarTrigger>'
        "<StartBoundary>2010-01-01T03:00:00</StartBoundary></CalendarTrigger></Triggers>"
        "<Actions><Exec><Command>shutdown.exe</Command></Exec></Actions></Task>"
    )
    assert parse_task_xml(foreign) == RegisteredTask((ExecAction("shutdown.exe"),), None, "", enabled=True)


def test_a_task_that_was_switched_off_is_seen() -> None:
    before, settings, after = render_task_xml(AT_NIGHT).partition("<Settings>")
    switched_off = after.replace("<Enabled>true<", "<Enabled>false<")
    assert switched_off != after
    assert parse_task_xml(before + settings + switched_off).enabled is False


def test_a_disabled_trigger_is_no_start() -> None:
    xml = render_task_xml(AT_NIGHT).replace("<Enabled>true<", "<Enabled>false<", 1)
    assert parse_task_xml(xml).start is None


@pytest.mark.parametrize("text", ["", "ERROR: The system cannot find the file specified.", "<Task><Actions>"])
def test_what_is_no_task_is_refused(text: str) -> None:
    with pytest.raises(TaskXmlError):
        parse_task_xml(text)


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (replace(ON_DEMAND, description="bell \x07"), r"U\+0007"),
        (replace(ON_DEMAND, actions=()), "at least one program"),
        (replace(ON_DEMAND, expires=datetime(2026, 1, 1)), "cannot expire"),
    ],
)
def test_a_task_that_cannot_be_is_refused(task: TaskDefinition, reason: str) -> None:
    with pytest.raises(TaskXmlError, match=reason):
        render_task_xml(task)


ONCE = "<TimeTrigger><StartBoundary>2026-11-21T02:50:00</StartBoundary></TimeTrigger>"
HOURLY = ONCE.replace("<StartB", "<Repetition><Interval>PT1H</Interval></Repetition><StartB")


@pytest.mark.parametrize(
    ("triggers", "start"),
    [
        (ONCE, AT_NIGHT.start),
        (ONCE + HOURLY.replace("<Rep", "<Enabled>false</Enabled><Rep"), AT_NIGHT.start),
        (HOURLY, None),
        (ONCE + "<CalendarTrigger/>", None),
        ("<BootTrigger/>" + ONCE, None),
        (ONCE + ONCE.replace("-21T", "-28T"), None),
    ],
)
def test_a_task_that_a_trigger_starts_again_has_no_one_start(triggers: str, start: datetime | None) -> None:
    text = f'<Task xmlns="{NAMESPACE}"><Triggers>{triggers}</Triggers></Task>'
    assert parse_task_xml(text).start == start
