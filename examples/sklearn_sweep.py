"""A sweep of twelve regularised classifiers on scikit-learn's wine data: one run each, curves and tables as data."""

import itertools

import mlflow
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, roc_auc_score, roc_curve
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import mlflow_ext as ext

wine = load_wine(as_frame=True)
names = list(wine.target_names)

mlflow.set_experiment("wine sweep")
for strength, balance in itertools.product((0.001, 0.01, 0.1, 1.0, 10.0, 100.0), (None, "balanced")):
    with mlflow.start_run(run_name=f"C={strength:g}, {balance or 'as they are'}"):
        ext.log_config({"C": strength, "class_weight": balance})
        model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, class_weight=balance, max_iter=1000))
        probability = cross_val_predict(model, wine.data, wine.target, cv=5, method="predict_proba")
        predicted = probability.argmax(axis=1)

        ext.log("confusion", ext.Matrix(names, names, confusion_matrix(wine.target, predicted)))
        for number, name in enumerate(names):
            truth = wine.target == number
            x, y, _ = roc_curve(truth, probability[:, number])
            metric = {"name": "AUC", "value": roc_auc_score(truth, probability[:, number])}
            ext.log(f"roc of {name}", ext.Curve(x, y, baseline="diagonal", metric=metric), section="ROC")
        ext.log("confidence", ext.Distribution(probability.max(axis=1), groups=[names[i] for i in wine.target]))
        ext.log("mistakes", wine.data[predicted != wine.target].iloc[:, :5], section="Data")
        mlflow.log_metric("accuracy", float((predicted == wine.target).mean()))
