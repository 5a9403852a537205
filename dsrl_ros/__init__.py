"""The ROS 2 shell: thin nodes around `dsrl_core`."""

from pkgutil import extend_path

# The generated messages may lie under another prefix than this source tree; both are one package.
__path__ = extend_path(__path__, __name__)
