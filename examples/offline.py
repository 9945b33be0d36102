"""A machine without a network: nothing is sent, everything is kept, and one command delivers it later.

python offline.py
mlflow-ext sync --tracking-uri http://127.0.0.1:5000
"""

import random

import mlflow_ext as ext

ext.configure(offline=True)
with ext.init(project="field work", name="sensor 7", config={"site": "north slope"}, system_metrics=False) as run:
    temperature = 4.0
    for minute in range(240):
        temperature += random.gauss(0, 0.1)
        ext.log("weather", {"time": minute, "temperature": temperature})
print(f"Kept as {run.id}; deliver it with  mlflow-ext sync --tracking-uri http://...")
