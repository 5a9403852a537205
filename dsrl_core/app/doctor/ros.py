"""ROS 2: which one, its middleware and domain, and whether a node starts."""

from collections.abc import Mapping
from importlib.util import find_spec

from dsrl_core.app.doctor.section import Section, ask_python
from dsrl_core.machine.checks import rmw_implementations

NODE = "import runpy; runpy.run_module('dsrl_ros.app.first_node', run_name='__main__')"  # not imported here


def probe(section: Section, environ: Mapping[str, str]) -> None:
    distribution = environ.get("ROS_DISTRO")
    section.say("source", f"distribution {distribution}" if distribution else "packages of this environment")
    section.say("domain", environ.get("ROS_DOMAIN_ID") or "a free one for each run")
    if find_spec("rclpy") is None:
        section.say("rclpy", "not installed: ./dsrl train runs without it")
        return
    section.say("middlewares", ", ".join(rmw_implementations(environ)) or "unknown: no index in AMENT_PREFIX_PATH")
    works, text = ask_python(NODE, environ)
    section.say("a node", f"starts with {text}" if works else "does not start")
    if not works:
        section.faults.append(f"no node of ROS 2 starts: {text}")
