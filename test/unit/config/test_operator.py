"""What the contract of the operator refuses."""

import pytest
from builders import make_platform

from dsrl_core.config.checks import check_platform
from dsrl_core.config.operator import OperatorContract, check_operator
from dsrl_core.errors import ConfigError


@pytest.mark.parametrize(
    ("operator", "hardware", "word"),
    [
        (OperatorContract(keys={"s": "succes"}), False, r"operator\.keys\.s='succes' is no event"),
        (OperatorContract(buttons={"0": "go"}), False, r"operator\.buttons\.0='go' is no event"),
        (OperatorContract(deadman="none"), True, "for simulation"),
        (OperatorContract(source="script"), True, "for simulation"),
        (OperatorContract(takeover="leader"), True, "takeover_topic"),
    ],
)
def test_what_does_not_fit(operator: OperatorContract, hardware: bool, word: str):
    with pytest.raises(ConfigError, match=word):
        check_operator(operator, hardware, "my_arm")


def test_what_fits():
    check_operator(OperatorContract(), True, "my_arm")
    check_operator(OperatorContract(deadman="none", source="script"), False, "my_arm")
    check_operator(OperatorContract(takeover="twist", takeover_topic="/spacenav/twist"), True, "my_arm")


def test_a_platform_is_checked_with_its_operator():
    platform = make_platform({"operator": {"keys": {"x": "jump"}}})
    with pytest.raises(ConfigError, match="jump"):
        check_platform(platform)
