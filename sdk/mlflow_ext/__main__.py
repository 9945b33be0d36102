"""``python -m mlflow_ext`` is the command ``mlflow-ext``."""

from __future__ import annotations

import sys

from mlflow_ext.cli import main

sys.exit(main())
