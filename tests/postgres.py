"""A PostgreSQL server of our own for tests: Debian's programs, a temporary folder, a free port, no privileges."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


@contextmanager
def postgres_server(port: int) -> Iterator[str]:
    """Run the server; gives its address, to which a slash and a database's name belong."""
    assert PROGRAMS is not None, "PostgreSQL's server programs are not installed"
    user = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="mlflow-ext-postgres-"))
    try:
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        data = folder / "data"
        _run(user, PROGRAMS / "initdb", "-D", data, "-U", "mlflow", "-A", "trust", "-E", "UTF8", "--no-sync")
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        control = (PROGRAMS / "pg_ctl", "-D", data, "-w")
        _run(user, *control, "-l", folder / "log", "-o", settings, "start")
        try:
            yield f"postgresql://mlflow@127.0.0.1:{port}"
        finally:
            _run(user, *control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _unprivileged() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; then the account that Debian made for it, or nobody."""
    if os.getuid() != 0:
        return None
    names = {one.pw_name: one for one in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _run(user: pwd.struct_passwd | None, *command: object) -> None:
    identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    done = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        check=False,
        timeout=120,
        **identity,
    )
    assert done.returncode == 0, done.stdout
