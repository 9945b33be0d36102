"""What histories of runs tell, and whether the runs of an experiment get better."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from mlflow_ext.errors import NotFound
from mlflow_ext.rest import ExperimentTrend, InsightQuery, Insights, TrendQuery
from mlflow_ext_server.api.missing import missing
from mlflow_ext_server.api.principal import Asking
from mlflow_ext_server.insight_reader import InsightReader
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_server.trend_reader import TrendReader
from mlflow_ext_ui.source import Principal


def register(router: APIRouter, store: Store, insights: InsightReader, trends: TrendReader) -> None:
    """Add the routes."""

    @router.get("/insights", response_model=Insights)
    def get_insights(query: Annotated[InsightQuery, Query()], principal: Asking) -> Insights:
        """What went wrong in training, and where: NaN, divergence, spikes, plateaus, overfitting and more."""
        return _read(store, insights, principal, query)

    @router.post("/insights", response_model=Insights)
    def post_insights(query: InsightQuery, principal: Asking) -> Insights:
        """The same as GET /insights, for more ids than an address holds."""
        return _read(store, insights, principal, query)

    @router.get("/insights/trend", response_model=ExperimentTrend)
    def get_trend(query: Annotated[TrendQuery, Query()], principal: Asking) -> ExperimentTrend:
        """Whether an experiment's runs get better from one to the next, and which changes came with a jump."""
        found = trends.read(principal, query.experiment_id, query.metric, query.direction)
        if found is None:
            raise NotFound(f"There is no experiment {query.experiment_id!r} that you may read.")
        return found


def _read(store: Store, insights: InsightReader, principal: Principal, query: InsightQuery) -> Insights:
    known = store.aliases.resolve(principal, query.ids)
    asked = list(dict.fromkeys(known.values()))
    found = insights.read(principal, asked, query.metrics, stage="all")
    return found.model_copy(update={"missing": missing(query.ids, known, set(found.missing))})
