"""The operator: a person's keys, joystick, pedal or a script as events, and the dead-man. Pure; imports `config`."""
