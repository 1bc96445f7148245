"""One module a command. Each has ``run``, which gives the exit code; ``nodalis.cli`` imports it when it is called."""
