"""The nodes of the graph: thin shells around objects of `dsrl_core`. Imports `interface` and `dsrl_core`."""
