"""`python -m harness.sandbox`."""

import sys

from harness.sandbox.command import main

sys.exit(main())
