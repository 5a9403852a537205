"""One file for each command of `./dsrl`. Imports everything here."""
