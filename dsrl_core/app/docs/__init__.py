"""The tables of the docs, made from the code. Imports `acting.execution`, `config`, `policy`, `train_base`."""
