"""The tables of the docs, made from the code. Imports `config` and `train_base`."""
