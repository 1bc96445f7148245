"""The interface engine as a whole: its logs, its metrics, its checks."""
