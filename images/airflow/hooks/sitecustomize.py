"""Hardening of the two Airflow programs that run the DAG Authors' code (scheduler, dag-processor).

They get their secrets as environment variables, because a file would be readable by that code, which runs under the same
user. From here on no other process of that user can read them (/proc/<pid>/environ, ptrace), and forked task and parser
processes do not inherit them. This is hardening, not a boundary: native code can still search the memory it was forked with.
"""

import ctypes
import os

_SECRETS = ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
_PR_SET_DUMPABLE = 4


def _forget():
    for name in _SECRETS:
        os.environ.pop(name, None)


if any(name in os.environ for name in _SECRETS):
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise SystemExit("cannot hide this process from others of the same user (prctl PR_SET_DUMPABLE)")
    os.register_at_fork(after_in_child=_forget)
