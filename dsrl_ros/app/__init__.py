"""Starting, watching and ending the graph. Imports `dsrl_core`, `interface` and what all nodes have in common."""
