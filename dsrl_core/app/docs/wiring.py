"""Who publishes and who subscribes to what, read from the source text of the nodes: no ROS is needed, nothing runs."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

TOPICS = Path("dsrl_ros/interface/topics.py")
GRAPH = Path("dsrl_ros/app/graph.py")
COMMON = Path("dsrl_ros/nodes/graph_node.py")  # the base class of all nodes
OBSERVERS = Path("dsrl_ros/observers")  # they subscribe to whatever people look at
QUALITIES = {"every": "reliable, keep all", "latched": "latched", "best_effort": "best effort 1"}
LIVELY = ", liveliness"
CAMERA, STATE, FEEDBACK = "observation.cameras", "observation.state", "action.feedback"  # topics that a contract names
OF_ROBOT_ENDS = ("ports.", "interface.")  # topics that docs/reference/robot-ends.md lists
JOY, TAKEOVER = "operator.joy_topic", "operator.takeover_topic"
OUTSIDE = {JOY: "devices", TAKEOVER: "devices", "sim_fault": "people"}  # topics that no node here publishes


@dataclass(frozen=True, slots=True)
class End:
    """One end of a topic."""

    topic: str  # a name, with <words> for its variable parts, or a key of the contract
    kind: str  # message type
    quality: str  # of service, in words
    node: str
    publishes: bool


@dataclass(slots=True)
class Names:
    """What `topics.py` calls things: constants, and names with a variable part."""

    constants: dict[str, str] = field(default_factory=dict)
    patterns: dict[str, tuple[list[str], str]] = field(default_factory=dict)  # function -> arguments, pattern


def node_files(root: Path) -> dict[str, Path]:
    """Executable -> its source file, in the order of `graph.MODULES`; robot ends have a page of their own."""
    for statement in ast.parse((root / GRAPH).read_text()).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "MODULES":
            modules: dict[str, str] = ast.literal_eval(statement.value)
            nodes = {name: module for name, module in modules.items() if ".robot_ends." not in module}
            return {name: root / f"{module.replace('.', '/')}.py" for name, module in nodes.items()}
    raise ValueError(f"{GRAPH} has no MODULES")


def node_sources(root: Path) -> dict[str, Path]:
    """Who sends and receives -> the source file: the nodes, and what they have in common; not who only looks on."""
    nodes = {name: path for name, path in node_files(root).items() if root / OBSERVERS != path.parent}
    return {**nodes, "every node": root / COMMON}


def wiring(files: Mapping[str, Path], topics: Path) -> list[End]:
    """Every end that the nodes' sources create, in the order of the text."""
    names = read_names(topics)
    return [end for node, path in files.items() for end in _ends(node, path, names)]


def read_names(topics: Path) -> Names:
    """Constants and name-making functions of `topics.py`."""
    names = Names()
    for statement in ast.parse(topics.read_text()).body:
        if isinstance(statement, ast.Assign):
            bound = _bind({}, statement.targets[0], statement.value)
            names.constants |= {
                k: v.value for k, v in bound.items() if isinstance(v, ast.Constant) and isinstance(v.value, str)
            }
        elif isinstance(statement, ast.FunctionDef) and isinstance(statement.body[-1], ast.Return):
            returned = statement.body[-1].value
            if isinstance(returned, ast.JoinedStr):
                arguments = [argument.arg for argument in statement.args.args]
                names.patterns[statement.name] = arguments, "".join(map(_part, returned.values))
    return names


def _part(part: ast.expr) -> str:
    if isinstance(part, ast.FormattedValue):
        return f"<{ast.unparse(part.value)}>"
    return str(ast.literal_eval(part))


def _ends(node: str, path: Path, names: Names) -> Iterator[End]:
    for function in ast.walk(ast.parse(path.read_text())):
        if not isinstance(function, ast.FunctionDef):
            continue
        scope: dict[str, ast.expr] = {}
        for statement in ast.walk(function):
            if isinstance(statement, ast.Assign):
                scope = _bind(scope, statement.targets[0], statement.value)
        for call in _calls(function):
            if ast.unparse(call.args[1]).startswith(OF_ROBOT_ENDS):
                continue
            publishes = call.func.attr == "create_publisher" if isinstance(call.func, ast.Attribute) else False
            quality = call.args[2 if publishes else 3]
            kind = _kind(call.args[0], scope)
            yield End(_topic(call.args[1], scope, names, kind), kind, _quality(quality, scope), node, publishes)


def _calls(function: ast.FunctionDef) -> Iterable[ast.Call]:
    wanted = ("create_publisher", "create_subscription", "listen")
    calls = (n for n in ast.walk(function) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute))
    return [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in wanted]


def _bind(scope: dict[str, ast.expr], target: ast.expr, value: ast.expr) -> dict[str, ast.expr]:
    """The local names after `target = value`."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, other in zip(target.elts, value.elts, strict=True):
            scope = _bind(scope, one, other)
        return scope
    return {**scope, target.id: value} if isinstance(target, ast.Name) else scope


def _look(expression: ast.expr, scope: Mapping[str, ast.expr]) -> ast.expr:
    while isinstance(expression, ast.Name) and expression.id in scope:
        expression = scope[expression.id]
    return expression


def _kind(expression: ast.expr, scope: Mapping[str, ast.expr]) -> str:
    found = _look(expression, scope)
    if isinstance(found, ast.IfExp):
        return f"{_kind(found.body, scope)} or {_kind(found.orelse, scope)}"
    return ast.unparse(found).removeprefix("msg.")


def _topic(expression: ast.expr, scope: Mapping[str, ast.expr], names: Names, kind: str) -> str:
    found = _look(expression, scope)
    if isinstance(found, ast.Call) and isinstance(found.func, ast.Attribute):
        if found.func.attr == "of_robot":
            return _topic(found.args[1], scope, names, kind)
        arguments, pattern = names.patterns[found.func.attr]
        for name, given in zip(arguments, found.args, strict=True):
            if isinstance(given, ast.Constant):
                pattern = pattern.replace(f"<{name}>", str(given.value))
        return pattern
    last = found.attr if isinstance(found, ast.Attribute) else ast.unparse(found)
    of_contract = {"feedback": FEEDBACK, "joy_topic": JOY, "takeover_topic": TAKEOVER}
    of_contract["topic"] = CAMERA if kind == "Image" else STATE
    known = names.constants | of_contract
    if last not in known:
        raise ValueError(f"{last} is no topic of {TOPICS} or of the contract")
    return known[last]


def _quality(expression: ast.expr, scope: Mapping[str, ast.expr]) -> str:
    found = _look(expression, scope)
    if not isinstance(found, ast.Call) or not isinstance(found.func, ast.Attribute):
        raise ValueError(f"{ast.unparse(found)} is no quality of service of {TOPICS}")
    name = found.func.attr
    if name in ("alive", "asserting"):
        return _quality(found.args[0], scope) + LIVELY
    if name == "sensor":
        depth = ast.unparse(found.args[1]) if len(found.args) > 1 else 1
        return f"reliable 1; hardware: best effort {depth}"
    return QUALITIES.get(name) or f"reliable {ast.unparse(found.args[0]) if found.args else 1}"
