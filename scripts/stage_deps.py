"""The project modules each DVC stage depends on: the transitive closure of what it imports.

``python scripts/stage_deps.py`` rewrites them in dvc.yaml; data and other files among the deps stay
as they are. A test fails when dvc.yaml and the imports disagree.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import grimp
from ruamel.yaml import YAML

PIPELINE = Path("dvc.yaml")
PACKAGE = "ml_ci"
# Imported by no module, but what a stage does depends on them.
FILES_BESIDE = {"ml_ci.report.rendering": ["ml_ci/report/templates"]}
# Found by looking into a package, without being imported by name.
FOUND = {"ml_ci.parity.faults.catalogue": "ml_ci.parity.faults"}
# Carried by a stage without being imported: the server's own code goes into the build context.
CARRIED = {"ml_ci.stages.image": "ml_ci.serving.__main__"}


def module_files(graph: grimp.ImportGraph, entry: str) -> list[str]:
    """Files of ``entry`` and of every project module it imports or carries, directly or not.

    ``__init__.py`` files are left out: they hold a docstring and nothing else (tested).
    """
    entries = {entry, CARRIED.get(entry, entry)}
    modules = _closure(graph, entries)
    found = [_modules_of(graph, package) for by, package in FOUND.items() if by in modules]
    modules = _closure(graph, modules.union(*found))
    files = [_file(module) for module in modules if not _is_package(module)]
    files += [file for module in modules for file in FILES_BESIDE.get(module, [])]
    return sorted(files)


def _closure(graph: grimp.ImportGraph, entries: set[str]) -> set[str]:
    return entries.union(*(graph.find_upstream_modules(module) for module in entries))


def _modules_of(graph: grimp.ImportGraph, package: str) -> set[str]:
    return set(graph.find_descendants(package))


def deps_of(stage: dict[str, Any], graph: grimp.ImportGraph) -> list[str]:
    """The deps a stage of dvc.yaml should have: its other files, then its modules."""
    others = [dep for dep in stage["deps"] if not dep.startswith(f"{PACKAGE}/")]
    entry = stage["cmd"].removeprefix("python -m ")
    return others + module_files(graph, entry)


def import_graph() -> grimp.ImportGraph:
    """Who imports whom in the project, without imports that only type checkers see."""
    return grimp.build_graph(PACKAGE, exclude_type_checking_imports=True, cache_dir=None)


def _file(module: str) -> str:
    return f"{module.replace('.', '/')}.py"


def _is_package(module: str) -> bool:
    return Path(module.replace(".", "/")).is_dir()


def main() -> None:
    """Rewrite dvc.yaml in place; comments and everything else in it stay."""
    yaml = YAML()
    yaml.width = 100
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(PIPELINE.read_text(encoding="utf-8"))
    graph = import_graph()
    for stage in document["stages"].values():
        stage["deps"] = deps_of(stage, graph)
    with PIPELINE.open("w", encoding="utf-8") as stream:
        yaml.dump(document, stream)


if __name__ == "__main__":
    main()
