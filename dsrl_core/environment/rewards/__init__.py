"""Where rewards come from, one file each: task events in, one signal per decision out. Imports `config`."""
