"""Threads of the library, and calls of it that Ctrl-C can end.

A call of ctypes cannot be interrupted: the interpreter notices Ctrl-C when it comes back. So the main thread has
another one call the library and waits, which it can be woken from. A flag then asks the library to stop. Where that
takes longer than GRACE the call is left to itself: it ends when it ends, with the pool and the memory that it holds,
and the next call gets a new pool.
"""

from __future__ import annotations

import ctypes
import os
import queue
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple, TypeVar

import numpy as np

from . import _library as lib

#: How long a call may take to notice that it shall stop, in seconds.
GRACE = 0.05

if TYPE_CHECKING:
    import numpy.typing as npt

    _Jobs = queue.SimpleQueue[Callable[[], None]]

_T = TypeVar("_T")


class Native:
    """A pool of the library and what lives on it. One caller at a time; it is freed with its last reference, and in the
    process that made it only: a child has none of the threads."""

    def __init__(self, threads: int) -> None:
        self._pid = os.getpid()
        self._sessions: Dict[int, Tuple[ModelHandle, ctypes.c_void_p]] = {}
        self._workers: Optional[ThreadPoolExecutor] = None
        self._jobs: "Optional[_Jobs]" = None
        self._inputs = np.empty(0, np.float32)
        self.stop_flag = ctypes.c_int(0)
        self.pool = ctypes.c_void_p()
        lib._call("feat_pool_create", ctypes.byref(self.pool), ctypes.c_size_t(threads))
        self.threads = int(lib._library.feat_pool_threads(self.pool))

    def context(self) -> Any:
        """A gmet_context by reference: what takes long ends once the flag is set."""
        return ctypes.byref(lib._Context(pool=self.pool, stop=lib._STOP, stop_ctx=ctypes.addressof(self.stop_flag)))

    def run_options(self) -> Any:
        """The same for a run of a network."""
        options = lib._RunOptions()
        lib._library.feat_run_options_init(ctypes.byref(options), ctypes.c_size_t(ctypes.sizeof(options)))
        options.stop, options.stop_ctx = lib._STOP, ctypes.addressof(self.stop_flag)
        return ctypes.byref(options)

    def session(self, model: "ModelHandle") -> ctypes.c_void_p:
        """The session of this model here."""
        if id(model) not in self._sessions:
            session = ctypes.c_void_p()
            lib._call("feat_session_create", ctypes.byref(session), model.pointer, self.pool)
            self._sessions[id(model)] = (model, session)
        return self._sessions[id(model)][1]

    def each(self, work: Callable[[int], None], n: int) -> None:
        """work(i) for i in range(n), by threads of Python: for calls of the library that use one thread each."""
        if self.threads == 1 or n == 1:
            for i in range(n):
                work(i)
            return
        if self._workers is None:
            self._workers = ThreadPoolExecutor(min(self.threads, 32))
        list(self._workers.map(work, range(n)))

    def inputs(self, *shape: int) -> "npt.NDArray[np.float32]":
        """Room for the inputs of a network, the same every time: what is taken and given back in several threads stays
        with each of them."""
        n = int(np.prod(shape))
        if self._inputs.size < n:
            self._inputs = np.empty(n, np.float32)
        return self._inputs[:n].reshape(shape)

    def submit(self, job: Callable[[], None]) -> None:
        """Has a thread, the same for all, do job()."""
        if self._jobs is None:
            jobs: "_Jobs" = queue.SimpleQueue()
            threading.Thread(target=_serve, args=(jobs,), daemon=True).start()
            self._jobs = jobs
        self._jobs.put(job)

    def is_here(self) -> bool:
        """Whether this process made it."""
        return self._pid == os.getpid()

    def __del__(self, getpid: Any = os.getpid, is_finalizing: Any = sys.is_finalizing) -> None:
        # To close a pool is to wait for its threads, and Ctrl-C in a destructor is lost: so the thread of the calls
        # does it. At the end of the interpreter names and threads are gone, and the system frees what is left.
        if self._pid == getpid() and self.pool and not is_finalizing():
            last = _Last(self._sessions, self.pool, self._workers)
            if self._jobs is None:
                last()
            else:
                self._jobs.put(last)


class _Last:
    """The last job of a Native: frees what it had. The models of its sessions outlive these."""

    def __init__(self, sessions: "Dict[int, Tuple[ModelHandle, ctypes.c_void_p]]", pool: ctypes.c_void_p,
                 workers: Optional[ThreadPoolExecutor]) -> None:
        self._sessions, self._pool, self._workers = sessions, pool, workers

    def __call__(self) -> None:
        for _, session in self._sessions.values():
            lib._library.feat_session_close(ctypes.byref(session))
        if self._pool:
            lib._library.feat_pool_close(ctypes.byref(self._pool))
        if self._workers is not None:
            self._workers.shutdown(wait=False)


def _serve(jobs: "_Jobs") -> None:
    while True:
        job = jobs.get()
        job()
        if isinstance(job, _Last):
            return
        del job  # what it holds shall not wait for the next one


class ModelHandle:
    """A network of the library. Sessions and calls hold on to it, so that it goes with the last of them."""

    def __init__(self) -> None:
        self.pointer = ctypes.c_void_p()

    def __del__(self, library: Any = lib._library, byref: Any = ctypes.byref) -> None:
        library.feat_model_close(byref(self.pointer))


class Team:
    """Calls of one caller, one after the other, on a pool that is made when it is first needed."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._turn = threading.RLock()
        self._native: Optional[Native] = None
        _teams.add(self)

    def call(self, job: Callable[[Native], _T]) -> _T:
        """job(native), which calls the library. Waits for other threads' calls; Ctrl-C ends it."""
        with self._turn:
            if self._native is None or not self._native.is_here():
                self._native = Native(self._threads)
            native = self._native
            if threading.current_thread() is not threading.main_thread():
                return job(native)  # nobody interrupts another thread
            try:
                return _interruptibly(native, lambda: job(native))
            except _Abandoned as left:
                self._native = None
                raise left.reason from None

    def rest(self) -> None:
        """Frees pool and sessions; the next call makes new ones."""
        with self._turn:
            self._native = None

    def after_fork(self) -> None:
        """In the child: whoever had the turn is not here."""
        self._turn = threading.RLock()
        self._native = None


class _Abandoned(BaseException):
    def __init__(self, reason: BaseException) -> None:
        super().__init__()
        self.reason = reason


def _interruptibly(native: Native, job: Callable[[], _T]) -> _T:
    done = threading.Event()
    result: List[_T] = []
    problem: List[BaseException] = []

    def work() -> None:
        try:
            result.append(job())
        except BaseException as caught:
            problem.append(caught)
        finally:
            done.set()

    try:
        native.submit(work)
        done.wait()
    except BaseException as reason:
        native.stop_flag.value = 1
        raise _Abandoned(reason) if not _ends(done) else reason
    finally:
        if done.is_set():
            native.stop_flag.value = 0
    if problem:
        try:
            raise problem[0]
        finally:
            problem.clear()  # it is in its own traceback, which holds what it was called with
    return result.pop()


def _ends(done: threading.Event) -> bool:
    try:
        return done.wait(GRACE)
    except BaseException:  # whoever presses Ctrl-C twice
        return done.is_set()


_teams: "weakref.WeakSet[Team]" = weakref.WeakSet()
_default = {"threads": 0}
#: Of the functions of this package that have no model.
shared = Team(0)


def _after_fork() -> None:
    for team in list(_teams):
        team.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def default_threads() -> int:
    """What set_threads said, for a new model."""
    return _default["threads"]


def set_threads(n: int) -> None:
    """How many threads the functions of this package work with from now on, and models made from now on; 0 (the
    default): one per CPU. Results do not depend on it."""
    global shared
    if not isinstance(n, int) or not 0 <= n <= 1024:
        raise ValueError("threads: expected a number from 0 to 1024, found %r" % (n,))
    _default["threads"] = n
    shared = Team(n)
