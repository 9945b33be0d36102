"""What stands round the run list, as React components of ``assets/js``: what narrows it, acts on runs, shows files."""

from __future__ import annotations

from mlflow_ext_ui.own import OwnComponent


class RunTools(OwnComponent):
    """The filter's chips, its builder and the choice of columns.

    Args:
        fields: the address that tells what runs hold.
    """

    def __init__(self, fields: str) -> None:
        super().__init__(fields=fields)


class RunActions(OwnComponent):
    """Which runs to put on screen at once, and what to do with those that are chosen.

    Args:
        pick: the address that finds runs by what they are.
        bulk: the address that changes many runs.
        run: the address that changes one, up to its id.
        colors: of each slot, as CSS has it.
    """

    def __init__(self, pick: str, bulk: str, run: str, colors: list[str]) -> None:
        super().__init__(pick=pick, bulk=bulk, run=run, colors=colors)


class Files(OwnComponent):
    """The files of the runs on screen, asked for when they are unfolded.

    Args:
        api: the address that tells of one run, up to its id.
        artifact: MLflow's address of a file, up to its query.
    """

    def __init__(self, api: str, artifact: str) -> None:
        super().__init__(api=api, artifact=artifact)
