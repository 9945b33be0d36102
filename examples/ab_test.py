"""An A/B test without any model: two checkout pages, a simulated fortnight of visitors, and what can be concluded."""

import math

import numpy as np

import mlflow_ext as ext

DAYS, VISITORS = 14, 800
random = np.random.default_rng(7)
rates = {"A, as it is": 0.110, "B, one page": 0.128}

with ext.init(project="checkout", name="one page or two", config={"days": DAYS, "visitors": VISITORS, "rates": rates}):
    bought = {page: random.binomial(VISITORS, rate, DAYS) for page, rate in rates.items()}
    for day in range(1, DAYS + 1):
        shares = {page: float(counts[:day].sum() / (VISITORS * day)) for page, counts in bought.items()}
        low, high = shares.values()
        spread = math.sqrt((low * (1 - low) + high * (1 - high)) / (VISITORS * day))
        ext.log("conversion", {"day": day, **shares})
        ext.log("evidence", {"day": day, "z": (high - low) / spread})

    spent = {page: random.lognormal(3.4, 0.6, counts.sum()) for page, counts in bought.items()}
    groups = [page for page, sums in spent.items() for _ in sums]
    ext.log("basket", ext.Distribution(np.concatenate(list(spent.values())), groups=groups), section="Baskets")
    weekdays = [f"day {day}" for day in range(1, DAYS + 1)]
    ext.log("orders", ext.BarChart(weekdays, bought, "", "orders", stacked=True), section="Orders")
    rows = [[page, int(bought[page].sum()), float(np.mean(sums)), float(np.sum(sums))] for page, sums in spent.items()]
    ext.log("summary", ext.Table(["page", "orders", "mean basket", "revenue"], rows), section="Orders")
