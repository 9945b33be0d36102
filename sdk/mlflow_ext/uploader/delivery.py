"""One spool file on its way to one server: read, fold, send part, metrics, tag, and remember how far it came."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from mlflow_ext.spool.header import Header, bare_uri
from mlflow_ext.spool.source import Source
from mlflow_ext.store_format import part_path, tag_key
from mlflow_ext.uploader.ack import Ack, read_ack, remove_ack
from mlflow_ext.uploader.artifact import remove_files, send_artifact
from mlflow_ext.uploader.counts import Counts
from mlflow_ext.uploader.fold import Artifact, Fold, flattened
from mlflow_ext.uploader.plot import Content, PartFile, PlotFold
from mlflow_ext.uploader.rejected import forget_reason, keep_file, keep_item
from mlflow_ext.uploader.sending import Target, send_metrics, send_params
from mlflow_ext.uploader.status import count_records, counted, header_size
from mlflow_ext.uploader.transport import Denied, Refused, RunFacts, Transport, TryAgain

CHUNK_BYTES = 1 << 20
PARTS_PER_STEP = 32
_FACTS_SECONDS = 5.0
_TERMINATED = ("FINISHED", "FAILED", "KILLED")
_log = logging.getLogger("mlflow_ext")


class Delivery:
    """One spool file on its way.

    ``parked`` says why it waits for a person, ``refused`` why the whole run was refused; both None when all is well.
    ``gone``: its file was deleted, or put among the refused.

    Args:
        source: the file, locked by this process.
        header: its first line; with the full tracking address for a file of this very process.
        transport: the server.
        find_run: gives the run id for a header that has none.
        clock: seconds that only go forward.
        facts: what is known of the run without asking.
    """

    def __init__(
        self,
        source: Source,
        header: Header,
        transport: Transport,
        find_run: Callable[[Header], str],
        clock: Callable[[], float] = time.monotonic,
        facts: RunFacts | None = None,
    ) -> None:
        self.source = source
        self.header = header
        self.transport = transport
        self.parked: str | None = None
        self.refused: str | None = None
        self._find_run = find_run
        self._clock = clock
        self._tags: dict[str, PlotFold] = {}
        self._facts = None if facts is None else (clock(), facts)
        self._ended = False
        self._caught_up = False
        self._ack_trouble = False
        self._stuck: TryAgain | None = None
        self.gone = False
        self._offset = header_size(source)
        server = bare_uri(header.tracking_uri)
        ack = read_ack(source.path)
        self._ack = ack if ack is not None and ack.server == server else Ack(server)
        self.run_id = header.run_id or self._ack.run_id
        self._fold = Fold(header.writer, dict(self._ack.progress))

    @property
    def directory(self) -> Path:
        """The spool folder."""
        return self.source.path.parent

    @property
    def backlog(self) -> int:
        """Bytes of records, about, that were not looked at yet."""
        return self.source.end - self._offset

    @property
    def unread(self) -> bool:
        """Whether records wait that were not looked at yet."""
        return self.source.has(self._offset)

    @property
    def unsent(self) -> bool:
        """Whether something was read that the server should have by now, parts that may still wait aside."""
        fold = self._fold
        ending = fold.end is not None and not self._ended
        waiting = fold.metrics or self._tags or fold.artifacts or fold.config_changed or fold.alerts.unsent
        return bool(waiting or ending)

    @property
    def growing(self) -> bool:
        """Whether a part that waited for its turn is due."""
        now = self._clock()
        return bool(self._fold.unreadable) or any(
            plot.due(settle=False, now=now) for plot in self._fold.unsettled.values()
        )

    @property
    def settled(self) -> bool:
        """Whether the server has everything."""
        return not (self._fold.unsettled or self.unsent or self.unread)

    def counts(self) -> Counts:
        """What the server lacks."""
        if self.gone and self.refused is None:
            return Counts(rejected=self._ack.rejected)
        return counted(self.records, self._ack, parked=self.parked is not None, refused=self.refused is not None)

    @property
    def records(self) -> int:
        """All records so far."""
        if self.gone:
            return self._fold.records
        return self._fold.records + count_records(self.source, self._offset)

    def step(self, *, settle: bool, until: int | None = None) -> bool:
        """Read some more if nothing is left over, and send it.

        Args:
            settle: send also the parts that grow, once everything was read.
            until: offset in the file to stop reading at; the end by default.

        Returns:
            Whether something was read or sent.

        Raises:
            TryAgain: the server is away; the next call goes on where this one stopped.
        """
        if self.parked is not None or self.refused is not None:
            return False
        if self._offset < self._ack.offset:
            self._replay()
        fed, until = False, self.source.end if until is None else until
        fold = self._fold
        if not (fold.metrics or self._tags or fold.config_changed or fold.alerts.unsent):
            fed = self._feed(until)
        settle = settle and not self.unread
        self._caught_up = self._offset >= until or not self.unread
        if not (self.unsent or self._fold.unsettled):
            return fed
        try:
            sent = self._send(settle)
        except Denied as error:
            self._park(error)
            return False
        except Refused as error:
            self._refuse(str(error))
            return False
        if fed or sent:
            self._acknowledge()
        if self._stuck is not None and not fed:
            stuck, self._stuck = self._stuck, None
            raise stuck
        return fed or sent

    def _replay(self) -> None:
        while self._offset < self._ack.offset and self._feed(self._ack.offset, replayed=True):
            continue

    def _feed(self, limit: int, *, replayed: bool = False) -> bool:
        if self._offset >= limit:
            return False
        data = self.source.view(self._offset, min(CHUNK_BYTES, limit - self._offset))
        if not data:
            return False
        self._fold.feed(data, replayed=replayed)
        self._offset += len(data)
        return True

    def _send(self, settle: bool) -> bool:
        fold = self._fold
        rows = fold.take_metrics()
        self._put_unreadable_aside()
        stuck = self._stuck is not None  # is tried again after a pause, not with each chunk that is read
        due = [] if stuck else self._due(settle)
        self._forget_settled()
        ending = settle and fold.end is not None and not self._ended
        facts = self._tags or fold.config_changed or fold.alerts.unsent
        if not (rows or due or facts or (fold.artifacts and not stuck) or ending):
            return False
        run_id = self._known_run()
        target = Target(self.transport, run_id, self._reject, self.look)
        self._send_config(target)
        for plot, numbers in due:
            self._unless_stuck(partial(self._send_parts, run_id, plot, numbers))
        tags = {tag_key(slug, self.header.writer): plot.tag().to_json() for slug, plot in self._tags.items()}
        self._send_more_alerts(run_id)
        send_metrics(target, rows, tags | fold.alerts.tags)
        self._tags.clear()
        fold.alerts.sent()
        for artifact in [] if stuck else list(fold.artifacts):
            self._unless_stuck(partial(self._send_artifact, target, artifact))
        self._forget_settled()
        if ending and not fold.unsettled and not fold.artifacts:
            assert fold.end is not None
            self.transport.finish(run_id, *fold.end)
            self._ended = True
        return True

    def _due(self, settle: bool) -> list[tuple[PlotFold, list[int]]]:
        """Parts to send now, not too many, so that metrics are not kept waiting.

        A part that still grows waits until all that is there was read: after a crash it would shrink otherwise.
        """
        now = self._clock()
        found, count = [], 0
        for plot in self._fold.unsettled.values():
            numbers = plot.due(settle=settle, now=now)
            if not self._caught_up:
                numbers = [number for number in numbers if number != plot.growing]
            if numbers:
                found.append((plot, numbers))
                count += len(numbers)
            if count >= PARTS_PER_STEP:
                break
        return found

    def _put_unreadable_aside(self) -> None:
        lines, self._fold.unreadable = self._fold.unreadable, []
        for line in lines:
            self._reject("This record is damaged.", {"record": line.decode("utf-8", "replace")}, 1)

    def _forget_settled(self) -> None:
        for key in [key for key, plot in self._fold.unsettled.items() if plot.settled]:
            del self._fold.unsettled[key]

    def _known_run(self) -> str:
        """The run's id, after a look that it can be written to."""
        if self.run_id is None:
            self.run_id = self._ack.run_id = self._find_run(self.header)
        if self._facts is None or self._clock() - self._facts[0] > _FACTS_SECONDS:
            self.look()
        else:
            check_artifact_root(self.header.tracking_uri, self._facts[1].artifact_uri)
        return self.run_id

    def look(self) -> RunFacts | None:
        """What the server says about the run now; None while it has no id.

        Raises:
            Refused: the run was deleted or never was.
            Denied: its artifacts can't be reached from here, or the credentials are refused.
        """
        if self.run_id is None:
            return None
        facts = self.transport.run_facts(self.run_id)
        if facts.deleted:
            raise Refused(f"The run {self.run_id} was deleted. Restore it, then deliver again.")
        check_artifact_root(self.header.tracking_uri, facts.artifact_uri)
        self._facts = (self._clock(), facts)
        return facts

    def terminated(self) -> bool:
        """Whether the run has ended on the server."""
        try:
            facts = self.look()
        except Denied as error:
            self._park(error)
            return False
        except Refused as error:
            self._refuse(str(error))
            return False
        return facts is not None and facts.status in _TERMINATED

    def _unless_stuck(self, send: Callable[[], None]) -> None:
        """Send one thing; what the server fails at, though it answers, does not keep the others waiting."""
        try:
            send()
        except TryAgain as error:
            if error.away:
                raise
            self._stuck = error

    def _send_artifact(self, target: Target, artifact: Artifact) -> None:
        send_artifact(target, self.source.path, self.header.writer, artifact)
        self._fold.artifacts.remove(artifact)

    def _send_parts(self, run_id: str, plot: PlotFold, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._send_part(run_id, plot, plot.part(number))

    def _send_part(self, run_id: str, plot: PlotFold, part: PartFile) -> None:
        path = part_path(plot.kind, plot.slug, self.header.writer, part.number)
        try:
            self.transport.put(run_id, path, part.content)
        except Refused as error:
            self.look()
            self._reject(str(error), {"part": path, "content": orjson.Fragment(bytes(part.content))}, 1)
        plot.delivered(part, self._clock())
        self._tags[plot.slug] = plot

    def _send_more_alerts(self, run_id: str) -> None:
        for path, content in self._fold.alerts.files():
            try:
                self.transport.put(run_id, path, Content(content))
            except Refused as error:
                self.look()
                self._reject(str(error), {"part": path, "content": orjson.Fragment(content)}, 1)

    def _send_config(self, target: Target) -> None:
        fold = self._fold
        if not fold.config_changed:
            return
        send_params(target, flattened(fold.config))
        content = orjson.dumps(fold.config, option=orjson.OPT_INDENT_2)
        self.transport.put(target.run_id, "config.json", Content(content))
        fold.config_changed = False

    def _acknowledge(self) -> None:
        ack = self._ack
        if self._fold.artifacts:  # a replay would pass over them
            return
        ack.offset = self._offset
        ack.parked = self.parked
        ack.progress = {plot.slug: plot.progress for plot in self._fold.plots.values()}
        if not self._fold.unsettled and not self.unsent:
            ack.settled = self._fold.records
        self._save_ack()

    def _save_ack(self) -> None:
        try:
            self._ack.save(self.source.path)
        except OSError as error:
            if not self._ack_trouble:
                _log.warning(
                    "Can't note how far %s has come (%s); after a crash it is sent anew.", self.source.path, error
                )
            self._ack_trouble = True

    def _reject(self, reason: str, content: dict[str, Any], count: int) -> None:
        path = keep_item(self.directory, self.header, reason, content)
        if self._ack.rejected == 0:
            _log.warning("The server refused something of run %s (%s); it is kept in %s.", self.run_id, reason, path)
        self._ack.rejected += count

    def _park(self, error: Denied) -> None:
        _log.warning(  # first: the process may end as soon as it is known that nothing more can be delivered
            "Records of run %s wait: %s. Deliver them then with: %s %s",
            self.header.run_key,
            error,
            error.command,
            self.source.path,
        )
        self.parked = self._ack.parked = str(error)
        self._save_ack()

    def _refuse(self, reason: str) -> None:
        _log.warning("The server refuses run %s: %s. Its records are kept.", self.header.run_key, reason)
        self.refused = reason

    def retry(self) -> None:
        """Forget that the server denied or refused the run: a person may have mended it."""
        self.parked = self.refused = None
        self._facts = None

    def finish(self) -> None:
        """Let go of the sealed file: delete it when delivered, put it among the refused, or leave it to ``sync``."""
        path = self.source.path
        self.gone = self.refused is not None or self.settled
        if self.refused is not None:
            kept = keep_file(path, self.refused)
            self.source.close()
            _log.warning("Refused records of run %s are in %s.", self.header.run_key, kept)
        elif self.settled:
            remove_files(path)
            remove_ack(path)
            forget_reason(path)
            self.source.remove()
        else:
            self.source.close()


def check_artifact_root(tracking_uri: str, artifact_uri: str) -> None:
    """Refuse a run whose artifacts only its server can write, when there is no server in between.

    Raises:
        Denied: names the cure.
    """
    if artifact_uri.startswith("mlflow-artifacts:") and not tracking_uri.startswith(("http://", "https://")):
        raise Denied(
            "Its experiment was made by a tracking server, which keeps the artifacts, but the tracking address is a "
            f"database ({bare_uri(tracking_uri)}). Set MLFLOW_TRACKING_URI=http://HOST:PORT of that server",
            "mlflow-ext sync --tracking-uri http://HOST:PORT",
        )
