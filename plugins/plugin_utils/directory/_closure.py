# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: every group's closure, once per strongly connected component.

Pure integers: nodes are numbers, edges go from a group to the groups that it is a member of. Memory is
bounded by groups and edges of the condensed graph; users are never held.
"""

from __future__ import annotations

from collections.abc import Sequence

Nodes = tuple[int, ...]


def strong_components(parents: Sequence[Sequence[int]]) -> list[list[int]]:
    """Condense cycles: Tarjan's algorithm without recursion.

    Args:
        parents: For each node the nodes that it points to.

    Returns:
        The components, each after all components that it points to.
    """
    order = [-1] * len(parents)  # number in the order of the visit
    low = [0] * len(parents)
    on_stack = bytearray(len(parents))
    stack: list[int] = []
    components: list[list[int]] = []
    visited = 0
    for root in range(len(parents)):
        if order[root] >= 0:
            continue
        if not parents[root]:
            order[root] = visited
            visited += 1
            components.append([root])
            continue
        order[root] = low[root] = visited
        visited += 1
        stack.append(root)
        on_stack[root] = 1
        path = [(root, iter(parents[root]))]
        while path:
            node, remaining = path[-1]
            for parent in remaining:
                if order[parent] < 0:
                    order[parent] = low[parent] = visited
                    visited += 1
                    stack.append(parent)
                    on_stack[parent] = 1
                    path.append((parent, iter(parents[parent])))
                    break
                if on_stack[parent] and order[parent] < low[node]:
                    low[node] = order[parent]
            else:
                path.pop()
                if path and low[node] < low[path[-1][0]]:
                    low[path[-1][0]] = low[node]
                if low[node] == order[node]:
                    component: list[int] = []
                    while not component or component[-1] != node:
                        component.append(stack.pop())
                        on_stack[component[-1]] = 0
                    components.append(component)
    return components


def closures(
    parents: Sequence[Sequence[int]], kinds: Sequence[int], attached: Sequence[Nodes], kind_count: int
) -> list[list[Nodes]]:
    """Find for each node all nodes that come with it, itself included.

    Args:
        parents: For each node the nodes that it points to.
        kinds: For each node its kind, below ``kind_count``.
        attached: For each node further nodes that come with it and point nowhere.
        kind_count: Number of kinds.

    Returns:
        For each kind, for each node, the nodes of that kind in its closure, each once. Nodes of one
        component share one tuple.
    """
    reached: list[list[Nodes]] = [[()] * len(parents) for _unused in range(kind_count)]
    for component in strong_components(parents):
        node = component[0]
        if len(component) > 1 or attached[node] or len(parents[node]) > 1:
            _close(component, parents, kinds, attached, reached)
            continue
        # By far the most: a group in one other or in none, with nothing attached.
        for parent in parents[node]:
            for per_node in reached:
                per_node[node] = per_node[parent]
        own = reached[kinds[node]]
        own[node] = (node, *own[node])
    return reached


def _close(
    component: list[int],
    parents: Sequence[Sequence[int]],
    kinds: Sequence[int],
    attached: Sequence[Nodes],
    reached: list[list[Nodes]],
) -> None:
    """Find the closure of one component, whose parents' closures are known; nodes share one tuple."""
    above = {parent for node in component for parent in parents[node]}.difference(component)
    own: list[list[int]] = [[] for _unused in reached]
    for node in component:
        own[kinds[node]].append(node)
        for extra in attached[node]:
            own[kinds[extra]].append(extra)
    for mine, per_node in zip(own, reached, strict=True):
        inherited = [per_node[parent] for parent in above if per_node[parent]]
        if not inherited:
            closure = tuple(mine if len(component) == 1 else set(mine))
        elif len(inherited) == 1 and not mine:
            closure = inherited[0]
        else:
            closure = tuple(set(mine).union(*inherited))
        if closure:
            for node in component:
                per_node[node] = closure
