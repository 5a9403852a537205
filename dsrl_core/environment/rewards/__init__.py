"""Reward sources, one file each, chosen by `reward.kind`: one reward signal per decision. Imports `config`."""
