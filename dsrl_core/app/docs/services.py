"""Rows of the table of services, read from the source text of the nodes that offer them."""

import ast
from pathlib import Path

from dsrl_core.app.docs.messages import Table, message_tables

RUN_SERVICES = Path("dsrl_ros/nodes/run_services.py")
RUN_CONTROL = Path("dsrl_core/training/run_control.py")
OPERATOR = Path("dsrl_ros/nodes/operator_node.py")
TRIGGER = "`std_srvs/Trigger`"


def service_table(root: Path) -> Table:
    """Each service with its type, the node that offers it, and what it does."""
    rows = [(f"`/<run_id>/{name}`", TRIGGER, "learner", text) for name, text in _of_the_run(root)]
    rows.append(
        ("`operator/label`", "`std_srvs/SetBool`", "operator", "label: true, the task is done; false, it is not")
    )
    rows += [(f"`{name}`", TRIGGER, "operator", text) for name, text in _of_the_operator(root)]
    return ("service", "type", "offered by", "what it does"), [tuple(row) for row in rows]


def _of_the_run(root: Path) -> list[tuple[str, str]]:
    """Names in the order in which they are offered, and the first line of what does them."""
    calls = ast.walk(ast.parse((root / RUN_SERVICES).read_text()))
    offered = next(node.value for node in calls if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple))
    methods = {
        n.name: n for n in ast.walk(ast.parse((root / RUN_CONTROL).read_text())) if isinstance(n, ast.FunctionDef)
    }
    names = [each.attr for each in offered.elts if isinstance(each, ast.Attribute)]
    return [(name, (ast.get_docstring(methods[name]) or "").splitlines()[0]) for name in names]


def _of_the_operator(root: Path) -> list[tuple[str, str]]:
    """Names and the event that each stands for, with the event's comment in its message."""
    events = next(table for name, _, table in message_tables(root) if name == "OperatorEvent")
    texts = {row[0].strip("`").partition(" ")[0]: row[2] for row in events[1]}
    for statement in ast.parse((root / OPERATOR).read_text()).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "SERVICES":
            assert isinstance(statement.value, ast.Dict)
            pairs = zip(statement.value.keys, statement.value.values, strict=True)
            return [(ast.literal_eval(key), texts[ast.unparse(kind).rpartition(".")[2]]) for key, kind in pairs if key]
    raise ValueError(f"{OPERATOR} has no SERVICES")
