# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page as text; tests/integration/report opens it in a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report._fleet_page import render_html
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.fleet_report import FleetReport
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_rows import build_rows
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.page import ASSETS, embed_json
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.page_sections import (
    Segment,
    bar_chart,
    escape,
    percentage,
    stacked_bar,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.statuses import (
    CAUSES,
    STATUSES,
    URGENCY,
    WORK_GROUPS,
    WORK_URGENCY,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.token_summary import summarise_tokens
from hypothesis import given
from hypothesis import strategies as st

from tests.unit._report.samples import hotfix_info, result


def page(*results: object, tokens: object = None) -> str:
    summary = summarise_tokens(tokens) if tokens is not None else None
    rows = tuple(build_rows(results))
    return render_html(FleetReport("KB978918", "2026-03-01T02:00:00+00:00", rows, tokens=summary))


def data(text: str) -> dict[str, object]:
    return json.loads(text.partition('id="table-data">')[2].partition("</script>")[0])


class Tags(HTMLParser):
    """Every start tag of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_the_policy_allows_the_style_and_the_script_by_their_hashes() -> None:
    text = page(result())
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        inside = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert len(inside) == 1
        digest = base64.b64encode(hashlib.sha256(inside[0].encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in text


def test_it_names_nothing_outside_itself() -> None:
    seen = Tags(page(result(), {"host": "b", "unreachable": True})).seen
    targets = [
        value
        for _tag, attributes in seen
        for name, value in attributes.items()
        if name in ("src", "href", "action")
    ]
    assert sorted(targets) == ["#list", "data:,"]
    assert not [
        name for _tag, attributes in seen for name in attributes if name.startswith("on") or name == "style"
    ]
    for asset in ASSETS.iterdir():
        assert not re.search(r"https?:|@import|url\(", asset.read_text(encoding="utf-8")), asset.name


@pytest.mark.parametrize(
    "name", ["</script><img src=x onerror=alert(1)>", "<!--<script>", "' onclick='x", "a\x00b"]
)
def test_a_hostile_name_adds_no_tag_and_no_attribute(name: str) -> None:
    tame, hostile = (
        page(
            result(host, error=host, actions={host: host}, groups=[host]),
            result(f"{host}2", "restart_pending", actions={"restart_scheduled_for": host}),
            tokens=[{"user": host, "status": "over", "percent": 120}],
        )
        for host in ("tame", name)
    )
    assert [(tag, set(attributes)) for tag, attributes in Tags(hostile).seen] == [
        (tag, set(attributes)) for tag, attributes in Tags(tame).seen
    ]
    assert data(hostile)["rows"][0][0] == name


@given(st.text())
def test_text_and_data_come_back_as_they_went_in(text: str) -> None:
    assert "<" not in escape(text) and '"' not in escape(text)
    element = embed_json("x", {"value": text})
    inside = element.removeprefix('<script type="application/json" id="x">').removesuffix("</script>")
    assert "<" not in inside
    assert json.loads(inside) == {"value": text}


def test_hosts_with_the_same_files_share_them() -> None:
    one, many = data(page(result("a"))), data(page(*(result(f"host{number}") for number in range(50))))
    assert len(many["pool"]) == len(one["pool"])


@pytest.mark.parametrize(
    ("results", "lede"),
    [
        ([], "No hosts in this report."),
        ([result()], "Every host is proven fixed or does not need the hotfix."),
        ([result("a"), result("b", "vulnerable")], "1 of 2 hosts are proven fixed, 1 not settled yet."),
        (
            [
                result("a"),
                result("b", "not_applicable", hotfix_info=hotfix_info("not_applicable", sibling="KB1")),
            ],
            "1 of 2 hosts are proven fixed, 1 not settled yet. 1 needs KB1 by hand.",
        ),
        (
            [
                result("a"),
                result("b", hotfix_info=hotfix_info("not_applicable", service_pack_needed=1)),
            ],
            "1 of 2 hosts are proven fixed, 1 not settled yet. 1 needs Service Pack 1 first.",
        ),
        (
            [result("a"), {"host": "b", "unreachable": True}],
            "1 of 2 hosts are proven fixed, 1 not settled yet. 1 failed, did not answer or were not reached.",
        ),
    ],
)
def test_the_first_sentence_says_how_the_fleet_is(results: list[object], lede: str) -> None:
    assert f"<p class='lede'>{lede}</p>" in page(*results)


def test_a_column_without_values_is_left_out() -> None:
    assessed, scheduled = (
        [column["label"] for column in data(page(result(**changes)))["columns"]]
        for changes in ({}, {"actions": {"restart_scheduled_for": "2026-03-08T02:30:00+01:00"}})
    )
    assert "Restart, host time" not in assessed
    assert "Restart, host time" in scheduled
    assert set(assessed) < set(scheduled)


def test_a_missed_restart_is_shown_where_a_planned_one_would_be() -> None:
    waiting = result(status="restart_pending")
    waiting["hotfix_info"]["restart"]["missed_at"] = "2026-03-08T02:30:00"
    assert "2026-03-08 02:30 (missed)" in page(waiting)
    waiting["actions"] = {"restart_scheduled_for": "2026-03-15T02:30:00"}
    assert "(missed)" not in page(waiting)


def test_a_planned_restart_whose_time_has_come_asks_for_verify() -> None:
    waiting = result(status="restart_pending")
    waiting["hotfix_info"]["os"]["utc_offset_minutes"] = 60
    waiting["hotfix_info"]["restart"]["scheduled_for"] = "2026-03-01T02:30:00"
    said = "The time of 1 planned ones had come when this report was made: run verify."
    assert said in page(waiting)
    waiting["hotfix_info"]["restart"]["scheduled_for"] = "2026-03-01T03:30:00"
    assert said not in page(waiting)


def test_what_check_mode_predicts_is_not_told_as_done() -> None:
    done, predicted = (
        page(result("a", "vulnerable", actions={"installed": True, "predicted": predicted}))
        for predicted in (False, True)
    )
    assert ["Would install" in text for text in (done, predicted)] == [False, True]
    assert ["This was a rehearsal: nothing was changed." in text for text in (done, predicted)] == [
        False,
        True,
    ]


def test_a_report_of_a_run_that_was_stopped_says_why_and_how_many_hosts_it_lacks() -> None:
    rows = tuple(build_rows([result("a")], hosts=["a", "b", "c"]))
    text = render_html(FleetReport("KB978918", "2026-03-01T02:00:00+00:00", rows, incomplete="it was late"))
    assert "This report is incomplete: it was late. It lacks 2 of its hosts." in text


def test_a_bar_fills_its_width_and_names_its_figures() -> None:
    svg = stacked_bar(
        [Segment("One", 1, "good"), Segment("None", 0), Segment("Three", 3, "bad")], label="All"
    )
    assert re.findall(r'width="([\d.]+)%"', svg) == ["25.000", "75.000"]
    assert 'aria-label="All: One 1, Three 3"' in svg


def test_bars_of_a_chart_share_one_scale() -> None:
    chart = bar_chart([("a", [Segment("x", 2)]), ("b", [Segment("x", 1)])], caption="c")
    assert re.findall(r'width="([\d.]+)%"', chart) == ["100.000", "50.000"]


@pytest.mark.parametrize(
    ("count", "whole", "said"),
    [(1, 1000, "<1 %"), (999, 1000, ">99 %"), (5, 19, "26 %"), (3, 3, "100 %"), (0, 3, "0 %")],
)
def test_a_share_is_neither_none_for_some_nor_all_for_most(count: int, whole: int, said: str) -> None:
    assert percentage(count, whole) == said


def test_every_work_group_has_its_urgency_and_its_own_mark() -> None:
    assert sorted(WORK_URGENCY) == sorted(WORK_GROUPS)
    for table in (WORK_GROUPS, CAUSES):
        assert len({status.label for status in table.values()}) == len(table)
        assert len({status.glyph for status in table.values()}) == len(table)


def test_every_status_has_its_urgency_and_its_own_mark() -> None:
    assert sorted(URGENCY) == sorted(STATUSES)
    assert len({(status.glyph) for status in STATUSES.values()}) == len(STATUSES)
    assert len({(status.tone) for status in STATUSES.values()}) == len(STATUSES)
