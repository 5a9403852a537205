"""The tables of the docs, made from the code. Imports `config`, `policy` and `train_base`."""
