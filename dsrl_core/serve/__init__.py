"""The policy server: openpi's policies and the small flow policies behind a websocket, made to take noise."""
