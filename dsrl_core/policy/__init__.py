"""What steering needs of a frozen policy, and how one is found by name. Imports `config`."""
