"""One way of reading a dbt manifest in Python, timed: import_peer.py PEER PATH

PEER: json (parse only) | msgspec+rustworkx (typed decode, which skips what the graph does not need,
and a graph with kind and owner on every node). Prints the median in seconds of a few runs after a
warm-up, the nodes and the edges.
"""
import statistics
import sys
import time

peer, path = sys.argv[1:3]
SECTIONS = ("nodes", "sources", "exposures", "metrics", "semantic_models", "saved_queries", "unit_tests")


def parsed():
    with open(path, encoding="utf8") as file:
        return json.load(file), 0, 0


def graph():
    with open(path, "rb") as file:
        manifest = decoder.decode(file.read())
    items = [(id, item) for section in SECTIONS for id, item in (getattr(manifest, section) or {}).items()]
    graph, index = rustworkx.PyDiGraph(multigraph=False), {}
    rows = [(id, item.resource_type, item.meta.get("owner")) for id, item in items]
    for row, at in zip(rows, graph.add_nodes_from(rows)):
        index[row[0]] = at
    edges = [(index[parent], index[id]) for id, item in items for parent in item.depends_on.nodes if parent in index]
    graph.add_edges_from_no_data(edges)
    return graph, graph.num_nodes(), graph.num_edges()


if peer == "json":
    import json

    work = parsed
else:
    import msgspec
    import rustworkx

    class DependsOn(msgspec.Struct):
        nodes: list[str] = []

    class Item(msgspec.Struct):
        resource_type: str = ""
        meta: dict[str, object] = {}
        depends_on: DependsOn = msgspec.field(default_factory=DependsOn)

    Manifest = msgspec.defstruct("Manifest", [(section, dict[str, Item] | None, None) for section in SECTIONS])
    decoder = msgspec.json.Decoder(Manifest)
    work = graph

work()
wall, cpu = [], []
for _ in range(7):
    result = None
    start, busy = time.perf_counter(), time.process_time()
    result = work()
    wall.append(time.perf_counter() - start)
    cpu.append(time.process_time() - busy)
print(min(wall), min(cpu), *result[1:])
