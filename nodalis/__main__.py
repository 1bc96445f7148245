"""``python -m nodalis``: the same as the command ``nodalis``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
