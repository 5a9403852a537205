"""`./dsrl exec python -m dsrl_core.app.docs` writes the tables and the picture of the rooms anew."""

import sys

from dsrl_core.app.docs.tables import main

if __name__ == "__main__":
    sys.exit(main())
