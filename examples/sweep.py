"""A sweep that closes the loop: six random runs, then twelve that ``ext.suggest`` chooses from those so far.

The work is small and real: a support vector machine on scikit-learn's digits, judged by cross-validation.
"""

import mlflow
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import mlflow_ext as ext

X, y = load_digits(return_X_y=True)
X, y = X[:600], y[:600]
random = np.random.default_rng(0)
mlflow.set_experiment("digits sweep")


def train(params: dict, why: str) -> None:
    with mlflow.start_run(run_name=f"C={params['C']:.3g}, {params['kernel']}", tags={"why": why}):
        mlflow.log_params(params)
        scores = cross_val_score(make_pipeline(StandardScaler(), SVC(**params)), X, y, cv=3)
        mlflow.log_metric("accuracy", scores.mean())
        print(f"{scores.mean():.3f}  {why}")


for _ in range(6):
    rate = {"C": float(f"{10 ** random.uniform(-3, 3):.3g}"), "gamma": float(f"{10 ** random.uniform(-6, 1):.3g}")}
    train({**rate, "kernel": str(random.choice(["rbf", "sigmoid"]))}, "by chance")

space = {"C": {"low": 1e-3, "high": 1e3}, "gamma": {"low": 1e-6, "high": 10.0}}
for _ in range(12):
    (best,) = ext.suggest("digits sweep", "accuracy", space=space)
    train(best.params, f"{best.tag}: {best.reason}")

print(ext.leaderboard("accuracy", 3, project="digits sweep")[["value", "params.C", "params.gamma", "params.kernel"]])
