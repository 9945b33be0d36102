"""The smallest run: one Series, one Matrix, one plain dictionary per epoch.

Start a server first (`ext-server`), and say where it is: MLFLOW_TRACKING_URI=http://127.0.0.1:5000 python quickstart.py
"""

import math

import mlflow

import mlflow_ext as ext

mlflow.set_experiment("quickstart")
with mlflow.start_run(run_name="three kinds"):
    ext.log("training", ext.Series("epoch", {"loss": [0.5, 0.3, 0.2]}))
    for epoch in range(20):
        ext.log("progress", {"epoch": epoch, "loss": math.exp(-epoch / 5), "accuracy": 1 - math.exp(-epoch / 4)})
    ext.log("confusion", ext.Matrix(["cat", "dog"], ["cat", "dog"], [[19, 2], [3, 16]]), section="Evaluation")
