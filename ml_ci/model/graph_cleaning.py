"""Cleaning of an exported graph: what depends on the folder, the process or the run goes."""

from __future__ import annotations

import onnx


def cleaned(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy without stack traces, paths, notes and intermediate shapes; nodes numbered in order.

    Raises ValueError when a node uses a value before it is made.
    """
    clean = onnx.ModelProto()
    clean.CopyFrom(model)
    graph = clean.graph
    for index, node in enumerate(graph.node):
        node.name = f"{node.op_type}_{index}"
        for attribute in node.attribute:
            attribute.ClearField("doc_string")
    for part in (clean, graph, *graph.node, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    graph.name = "model"
    # Shapes between the nodes carry torch's names of the free axes; any runtime infers them again
    graph.ClearField("value_info")
    _check_order(graph)
    return clean


def _check_order(graph: onnx.GraphProto) -> None:
    made = {value.name for value in (*graph.input, *graph.initializer)} | {""}
    for node in graph.node:
        early = [name for name in node.input if name not in made]
        if early:
            raise ValueError(f"{node.name} uses {', '.join(early)} before it is made")
        made.update(node.output)
