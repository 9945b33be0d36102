"""Sweeps as data: what varies, what matters, how a metric depends on it, what to try next."""

from __future__ import annotations

from typing import Annotated, TypeVar

from fastapi import APIRouter, Query

from mlflow_ext.rest import (
    DependenceAnswer,
    DependenceRequest,
    SuggestionAnswer,
    SuggestionRequest,
    SweepAnswer,
    SweepQuery,
    SweepRequest,
)
from mlflow_ext_server.api.missing import missing
from mlflow_ext_server.api.principal import Asking
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_server.source import StoreSource
from mlflow_ext_ui.source import Principal

Asked = TypeVar("Asked", bound=SweepQuery)
Answered = TypeVar("Answered", SweepAnswer, DependenceAnswer, SuggestionAnswer)


def register(router: APIRouter, store: Store, source: StoreSource) -> None:
    """Add the routes."""

    def resolved(principal: Principal, query: Asked) -> tuple[Asked, dict[str, str]]:
        known = store.aliases.resolve(principal, query.ids)
        ids = list(dict.fromkeys(known.values()))
        return query.model_copy(update={"ids": ids}), known

    @router.get("/sweeps", response_model=SweepAnswer)
    def sweep(query: Annotated[SweepRequest, Query()], principal: Asking) -> SweepAnswer:
        """What varies among runs, how it goes with a metric, and which of it matters, each with how sure that is."""
        asked, known = resolved(principal, query)
        return _missing(source.sweep(principal, asked), query, known)

    @router.post("/sweeps", response_model=SweepAnswer)
    def post_sweep(query: SweepRequest, principal: Asking) -> SweepAnswer:
        """The same as GET /sweeps, for more ids than an address holds."""
        asked, known = resolved(principal, query)
        return _missing(source.sweep(principal, asked), query, known)

    @router.post("/sweeps/dependence", response_model=DependenceAnswer)
    def dependence(query: DependenceRequest, principal: Asking) -> DependenceAnswer:
        """How a metric depends on one param or two, by a random forest over the runs."""
        asked, known = resolved(principal, query)
        return _missing(source.dependence(principal, asked), query, known)

    @router.post("/suggestions", response_model=SuggestionAnswer)
    def suggest(query: SuggestionRequest, principal: Asking) -> SuggestionAnswer:
        """The next configurations to run, each with what it is expected to give, and why."""
        asked, known = resolved(principal, query)
        return _missing(source.suggestions(principal, asked), query, known)


def _missing(answer: Answered, query: SweepQuery, known: dict[str, str]) -> Answered:
    """The answer with those ids as they were asked that are unknown or can't be read."""
    return answer.model_copy(update={"missing": missing(query.ids, known, set(answer.missing))})
