"""The background thread: one per process, for all its runs, asleep between two looks at the spool."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from mlflow_ext.spool.directory import spool_files
from mlflow_ext.spool.header import Header, bare_uri
from mlflow_ext.spool.reader import AdoptedFile
from mlflow_ext.spool.source import Source
from mlflow_ext.uploader.delivery import Delivery
from mlflow_ext.uploader.local_run import find_run
from mlflow_ext.uploader.server import Server, backoff
from mlflow_ext.uploader.status import abandoned, read_header
from mlflow_ext.uploader.transport import RunFacts, Transport, TryAgain

COALESCE_SECONDS = 0.02
TRICKLE_BYTES = 32 << 10
UNREACHABLE_SECONDS = 5.0
_ADOPT_SECONDS = 2.0
_LOOKS = 4  # in one interval
_STEPS_PER_TURN = 64
_PROBE_AFTER = 2.0
_PARKED_SECONDS = 300.0
_HOPELESS = 3
ROTATE_BYTES = 64 << 20
_log = logging.getLogger("mlflow_ext")


@dataclass
class _Item:
    """A delivery with what the thread remembers of it."""

    delivery: Delivery
    server: Server
    sealable: Callable[[], None] | None
    active: float = 0.0
    look_at: float = 0.0
    look_wait: float = 1.0
    ended: bool = False
    failures: int = 0
    ask_again: float = float("-inf")
    reason: str = ""

    def failed(self, now: float, reason: str) -> None:
        """The server answers, but could not do what this delivery needs; others go on meanwhile."""
        self.failures += 1
        self.ask_again = now + backoff(self.failures)
        self.reason = reason
        if self.failures == 2:
            path = self.delivery.source.path
            _log.warning("Records in %s can't be delivered now (%s). They are kept and tried again.", path, reason)


@dataclass
class Uploader:
    """Delivers the spool files of this process, and those that dead processes left for the same runs.

    Args:
        directory: the spool folder.
        connect: makes the transport for a tracking address.
        interval: seconds that a trickle of small records is gathered for; a quarter of it when more has come.
        unreachable: seconds of silence after which ``flush`` gives up.
        rotate_bytes: size from which a delivered file is closed and its process goes on in a new one.
    """

    directory: Path
    connect: Callable[[str], Transport]
    interval: float = 0.8
    unreachable: float = UNREACHABLE_SECONDS
    rotate_bytes: int = ROTATE_BYTES
    clock: Callable[[], float] = time.monotonic
    _items: list[_Item] = field(default_factory=list)
    _servers: dict[str, Server] = field(default_factory=dict)
    _runs: dict[str, str] = field(default_factory=dict)
    _unreadable: set[Path] = field(default_factory=set)
    _thread: threading.Thread | None = None
    _flushes: int = 0
    _adopt_at: float = float("-inf")
    _looked: float = float("-inf")
    _stopped: bool = False

    def __post_init__(self) -> None:
        self._wake = threading.Event()
        self._hurry = threading.Event()
        self._changed = threading.Condition()
        self._members = threading.Lock()

    def wake(self) -> None:
        """Look at the spool now rather than at the next turn."""
        self._wake.set()

    def serve(self, run_key: str, tracking_uri: str) -> None:
        """Adopt what dead processes left for a run."""
        self._runs.setdefault(run_key, tracking_uri)

    def add(self, source: Source, header: Header, *, adopt: bool = True, artifact_uri: str | None = None) -> Delivery:
        """Deliver a spool file from now on; one of this process is sealed here once its run has ended.

        Args:
            source: the file, locked by this process.
            header: with the full tracking address.
            adopt: deliver also what dead processes left for the same run.
            artifact_uri: where the run's artifacts are, known for one that is active in this process.
        """
        if adopt:
            self.serve(header.run_key, header.tracking_uri)
        item = self._item(source, header, artifact_uri)
        item.sealable = getattr(source, "seal", None)
        with self._members:
            self._items.append(item)
        return item.delivery

    def start(self) -> None:
        """Start the thread unless it runs."""
        with self._members:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._loop, name="mlflow-ext-uploader", daemon=True)
                self._thread.start()

    def drop_after_fork(self) -> None:
        """In a forked child: let go of the files that the parent adopted, without giving up its locks."""
        for item in self._items:
            if isinstance(item.delivery.source, AdoptedFile):
                item.delivery.source.drop_after_fork()

    def stop(self) -> None:
        """End the thread after its present turn; files stay as they are."""
        self._stopped = True
        self.wake()
        if self._thread is not None:
            self._thread.join()

    def _item(self, source: Source, header: Header, artifact_uri: str | None = None) -> _Item:
        server = self._server(header.tracking_uri)
        directory = self.directory

        def find(header: Header) -> str:
            return find_run(directory, header, server.transport)

        facts = None
        if artifact_uri is not None and header.run_id is not None:
            facts = RunFacts(False, "RUNNING", artifact_uri, {})
            server.transport.know(header.run_id, artifact_uri)
        delivery = Delivery(source, header, server.transport, find, self.clock, facts)
        return _Item(delivery, server, None, active=self.clock())

    def _server(self, uri: str) -> Server:
        if uri not in self._servers:
            self._servers[uri] = Server(uri, self.connect(uri))
        return self._servers[uri]

    @property
    def items(self) -> list[Delivery]:
        """Everything that is on its way."""
        with self._members:
            return [item.delivery for item in self._items]

    def delivered(self, source: Source) -> bool:
        """Whether the server has everything of a file that is still open."""
        return any(delivery.source is source and delivery.settled for delivery in self.items)

    def reason(self, delivery: Delivery) -> str:
        """Why a delivery's server did not take its records yet."""
        own = next((item.reason for item in self._items if item.delivery is delivery), "")
        return own or self._server(delivery.header.tracking_uri).reason or "the server gave no answer in time"

    def _tell_of_abandoned(self) -> None:
        """Say what processes that were killed left for other runs; nobody would come to know otherwise."""
        try:
            count = abandoned(self.directory, self._runs)
        except OSError as error:
            _log.debug("Can't look for spool files of other runs: %s", error)
            return
        if count:
            what = "1 earlier process was" if count == 1 else f"{count} earlier processes were"
            _log.warning("What %s not able to deliver waits in %s: run `mlflow-ext sync`.", what, self.directory)

    def _loop(self) -> None:
        self._tell_of_abandoned()
        looks = 0
        while not self._stopped:
            self._wake.wait(COALESCE_SECONDS if self._flushes else self.interval / _LOOKS)
            woken = self._wake.is_set()
            if woken:
                self._hurry.wait(COALESCE_SECONDS)  # more may come at once, unless somebody waits already
                self._wake.clear()
            looks += 1
            if looks < _LOOKS and not woken and not self._flushes and self._trickles():
                continue  # each delivery costs the training beside it
            looks = 0
            self.turn()

    def _trickles(self) -> bool:
        """Whether so little has come that it can wait a while for more."""
        return all(delivery.backlog < TRICKLE_BYTES for delivery in self.items)

    def turn(self) -> bool:
        """One look at everything.

        Returns:
            Whether anything was read or sent.
        """
        now = self.clock()
        if now >= self._adopt_at or self._flushes:
            began = time.monotonic()
            try:
                self._adopt()
            except OSError as error:  # the thread must outlive a shortage of file descriptors, a folder that is gone
                _log.debug("Can't look for what dead processes left: %s", error)
            self._adopt_at, self._looked = now + _ADOPT_SECONDS, began
        with self._members:
            items = list(self._items)
        moved = False
        for item in items:
            moved |= self._serve(item, self.clock())
        with self._changed:
            self._changed.notify_all()
        return moved

    def _adopt(self) -> None:
        for run_key, uri in list(self._runs.items()):
            mine = {item.delivery.source.path for item in self._items} | self._unreadable
            for path in spool_files(self.directory, run_key):
                if path in mine:
                    continue
                source = AdoptedFile.adopt(path)
                if source is None:
                    continue
                header = read_header(source)
                if header is None:
                    self._unreadable.add(path)
                    source.close()
                    continue
                same = bare_uri(uri) == header.tracking_uri
                item = self._item(source, replace(header, tracking_uri=uri) if same else header)
                with self._members:
                    self._items.append(item)

    def _serve(self, item: _Item, now: float) -> bool:
        server, delivery = item.server, item.delivery
        if now < server.ask_again or now < item.ask_again:
            return False
        settle = bool(self._flushes) or item.ended or delivery.source.sealed
        moved = False
        try:
            if self._wants(item, settle, now) and self._answers(server, now):
                moved = self._steps(item, settle)
            if not settle:
                self._rotate(item)
                self._watch_end(item, now)
            if delivery.source.sealed and (delivery.settled or delivery.refused is not None):
                self._finish(item)
        except TryAgain as error:
            if error.away:
                server.failed(self.clock(), error, hurry=bool(self._flushes))
            else:
                item.failed(self.clock(), str(error))
        except Exception as error:  # noqa: BLE001 - the thread must outlive any fault; the records stay in the spool
            item.failed(self.clock(), f"{type(error).__name__}: {error}")
            _log.debug("Delivery of %s failed", delivery.source.path, exc_info=True)
        return moved

    def _finish(self, item: _Item) -> None:
        item.delivery.finish()
        with self._members:
            self._items.remove(item)

    def _wants(self, item: _Item, settle: bool, now: float) -> bool:
        delivery = item.delivery
        if delivery.parked is not None:
            if now < item.look_at:
                return False
            item.look_at = now + _PARKED_SECONDS
            delivery.retry()
        return delivery.unread or delivery.unsent or delivery.growing or (settle and not delivery.settled)

    def _answers(self, server: Server, now: float) -> bool:
        if now - server.answered < _PROBE_AFTER or server.transport.alive():
            return True
        server.failed(self.clock(), TryAgain("no answer"), hurry=bool(self._flushes))
        return False

    def _steps(self, item: _Item, settle: bool) -> bool:
        moved = False
        until = item.delivery.source.end  # what comes meanwhile waits for the next turn, or each call were a request
        for _ in range(_STEPS_PER_TURN):
            if not item.delivery.step(settle=settle, until=until):
                break
            moved = True
            item.failures, item.reason = 0, ""
            item.active = self.clock()
            item.look_at, item.look_wait = item.active + 1.0, 1.0
            item.server.well(item.active)
            with self._changed:
                self._changed.notify_all()
        else:
            self.wake()
        if item.delivery.parked is not None:
            item.look_at = self.clock() + _PARKED_SECONDS
        return moved

    def _rotate(self, item: _Item) -> None:
        """Let go of a large file that was delivered, so that the disk never holds all that a long training logs."""
        source = item.delivery.source
        if item.sealable is not None and source.end > self.rotate_bytes and not item.delivery.unread:
            item.sealable()
            self.wake()

    def _watch_end(self, item: _Item, now: float) -> None:
        """Ask, ever more rarely, whether a quiet run has ended; then settle it and let go of its file."""
        delivery = item.delivery
        if item.sealable is None or now < item.look_at or delivery.parked is not None or delivery.refused is not None:
            return
        item.look_wait = min(item.look_wait * 2, 60.0)
        item.look_at = now + item.look_wait
        if not self._answers(item.server, now) or delivery.unread or not delivery.terminated():
            return
        item.sealable()
        item.ended = True
        self.wake()

    def flush(self, timeout: float, *, patience: float) -> None:
        """Wait until the server has everything, as long as there is hope.

        Args:
            timeout: seconds at most.
            patience: seconds without any progress at most, as long as the server answers, be it with "later".
        """
        with self._members:
            self._flushes += 1
            self._hurry.set()
            for server in self._servers.values():
                server.ask_again = float("-inf")
            for item in self._items:
                item.ask_again, item.failures = float("-inf"), 0
        self._adopt_at = float("-inf")
        try:
            self._wait(time.monotonic() + timeout, patience)
        finally:
            with self._members:
                self._flushes -= 1
                if not self._flushes:
                    self._hurry.clear()

    def _wait(self, deadline: float, patience: float) -> None:
        asked = moved_at = time.monotonic()
        answers = -1
        self.wake()
        while True:
            with self._changed:
                self._changed.wait(COALESCE_SECONDS)
            now = time.monotonic()
            with self._members:
                waiting = [item for item in self._items if not _done(item.delivery) and item.failures < _HOPELESS]
            if not waiting and self._adopted_since(asked):
                return
            if answers != (answers := sum(server.transport.answers for server in self._servers.values())):
                moved_at = now
            if now >= deadline or now - moved_at >= patience:
                return
            if waiting and all(self._silent(item.server, now, asked, moved_at) for item in waiting):
                return

    def _adopted_since(self, moment: float) -> bool:
        """Whether the thread has looked for files of dead processes since then."""
        return not self._runs or self._looked >= moment

    def _silent(self, server: Server, now: float, asked: float, moved_at: float) -> bool:
        """Whether a server has been away for so long, and still is, that waiting is of no use."""
        if server.silent_since is not None:
            return now - server.silent_since >= self.unreachable and server.failed_at >= asked
        if now - moved_at < self.unreachable:
            return False
        # the thread may be inside one of the client's own retries: ask for ourselves
        if now - server.asked >= _PROBE_AFTER:
            server.asked, server.silent = now, not server.transport.alive()
        return server.silent


def _done(delivery: Delivery) -> bool:
    """Whether waiting for a delivery is of no more use; one that is sealed is done when it is gone."""
    if delivery.parked is not None:
        return True
    return not delivery.source.sealed and (delivery.settled or delivery.refused is not None)
