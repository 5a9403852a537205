"""The exit codes of the graph's processes."""

DONE = 0
FAILED = 1  # a restart may help
USAGE_ERROR = 2  # a setting or an argument is wrong
FINAL = 3  # a restart would only bring the same error again
NO_DISK = 4  # the disk could not be written; nor could it after a restart
STOPPED = 5  # the learner: the run ended after an episode, as a service asked; everything is saved
INTERRUPTED = 130  # asked to end by ctrl-C, SIGTERM or SIGHUP; everything is saved
