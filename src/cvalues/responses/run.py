"""Asks what the plan has left: bounded, streaming, resumable, stoppable.

Memory holds the items, one set of finished ids and the calls in flight, whatever the number of calls.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from cvalues.errors import Interrupted
from cvalues.models.limits import Governor
from cvalues.models.model import Ask, Params, Reply
from cvalues.prompts.choice import make_prompt
from cvalues.prompts.template import Template
from cvalues.records import Response
from cvalues.responses.journal import Journal
from cvalues.responses.plan import Call

__all__ = ["Job", "Progress", "Stop", "Tally", "run_calls"]

_TICK = 0.25


class Stop:
    """The user's wish to stop: asked once, calls in flight may end; asked again, they may not.

    Attributes:
        draining: nothing new is to be asked.
        aborted: nothing is to be waited for.
    """

    def __init__(self) -> None:
        self.draining = False
        self.aborted = False
        self._drains: list[Callable[[], object]] = []
        self._aborts: list[Callable[[], object]] = []

    def request(self) -> None:
        """Ask to drain; asked a second time, stop at once."""
        self.aborted = self.draining
        self.draining = True
        for act in tuple(self._aborts if self.aborted else self._drains):
            act()

    @contextmanager
    def heard(
        self, *, drain: Callable[[], object] = lambda: None, abort: Callable[[], object] = lambda: None
    ) -> Generator[None]:
        """Have a first request call `drain` and every further one `abort`, for as long as the context lasts."""
        self._drains.append(drain)
        self._aborts.append(abort)
        try:
            yield
        finally:
            self._drains.remove(drain)
            self._aborts.remove(abort)


class Tally(msgspec.Struct):
    """How far a run is.

    Attributes:
        name: of the model.
        total: calls of the whole plan; done: responses in the journal that need no more asking.
        started: done when this process began, so that rates count its own work only.
        outcomes: responses per outcome, earlier processes' included.
        concurrency: calls allowed at once at present.
        note: why the run waits, for the progress line; waiting_until: POSIX time when it goes on.
        begun: monotonic time when this process began.
    """

    name: str
    total: int
    done: int
    started: int
    outcomes: dict[str, int]
    concurrency: int = 0
    note: str = ""
    waiting_until: float | None = None
    begun: float = 0.0


Progress = Callable[[Tally], None]


class Job(msgspec.Struct):
    """What the workers of one run share; `left` says that a stop left calls unasked."""

    calls: Iterator[Call]
    template: Template
    params: Params
    governor: Governor
    journal: Journal
    tally: Tally
    stop: Stop
    model: str
    workers: int = 1
    left: bool = False


async def run_calls(job: Job, progress: Progress | None = None) -> None:
    """Make all calls of the job; return when none is left.

    Raises:
        Interrupted: when the user stopped the run.
        EndpointDown: when the endpoint, key or account cannot be used.
        JournalError: when replies can no longer be saved.
    """
    job.tally.begun = time.monotonic()
    tasks = [asyncio.ensure_future(_work(job)) for _ in range(job.workers)]
    workers = asyncio.ensure_future(_all(tasks))
    ticker = asyncio.ensure_future(_tick(job, progress))
    try:
        await asyncio.wait((workers, ticker), return_when=asyncio.FIRST_COMPLETED)
        if ticker.done():
            ticker.result()
        await workers
    finally:
        for task in (workers, *tasks, ticker):
            task.cancel()
        await asyncio.gather(workers, *tasks, ticker, return_exceptions=True)
        if progress is not None:
            _report(job, progress)
    if job.left:
        raise Interrupted("stopped; every call in flight was kept")


async def _all(tasks: Sequence[asyncio.Future[None]]) -> None:
    await asyncio.gather(*tasks)


async def _work(job: Job) -> None:
    """Take calls until none is left or the user stops."""
    tally, outcomes, stop = job.tally, job.tally.outcomes, job.stop
    append, call_model = job.journal.append, job.governor.call
    for call in job.calls:
        if stop.draining:
            job.left = True
            return
        try:
            reply, attempts = await call_model(_ask(job, call))
        except Interrupted:  # it was waiting, not under way
            job.left = True
            return
        append(_response(job, call, reply, attempts))
        outcomes[reply.outcome] = outcomes.get(reply.outcome, 0) + 1
        tally.done += reply.outcome != "failed"


def _ask(job: Job, call: Call) -> Ask:
    prompt = make_prompt(call.item, job.template, call.order)
    return Ask(
        prompt.messages,
        job.params,
        job.params.max_tokens or prompt.max_tokens,
        labels=prompt.labels,
        item_id=call.item.id,
        prompt_text=call.item.prompt,
        order=call.order,
        repeat=call.repeat,
        gold=call.item.gold,
    )


def _response(job: Job, call: Call, reply: Reply, attempts: int) -> Response:
    return Response(
        id=call.id,
        prompt_id=call.prompt_id,
        item_id=call.item.id,
        model=job.model,
        outcome=reply.outcome,
        text=reply.text,
        reasoning=reply.reasoning,
        finish=reply.finish,
        params=reply.sent,
        order=call.order,
        template=job.template.name,
        usage=reply.usage,
        latency=round(reply.latency, 4),
        attempts=attempts,
        status=reply.status,
        fault=reply.fault,
        error=reply.error,
        served_by=reply.served_by,
        logprobs=reply.logprobs,
        repeat=call.repeat,
        time=_now(),
    )


_clock: tuple[int, str] = (0, "")


def _now() -> str:
    """Return the present UTC second in ISO 8601; formatted once a second."""
    global _clock
    second = int(time.time())
    if _clock[0] != second:
        _clock = (second, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second)))
    return _clock[1]


async def _tick(job: Job, progress: Progress | None) -> None:
    """Flush the journal every second and tell the progress, for as long as the run lasts."""
    while True:
        await asyncio.sleep(_TICK)
        job.journal.tick()
        if progress is not None:
            _report(job, progress)


def _report(job: Job, progress: Progress) -> None:
    state = job.governor.state()
    job.tally.concurrency = state.concurrency
    job.tally.note = state.reason
    job.tally.waiting_until = state.waiting_until
    progress(job.tally)
