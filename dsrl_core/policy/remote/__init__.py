"""The client of a policy server: messages, connection, deadlines. Imports `config` and `embodiments`."""
