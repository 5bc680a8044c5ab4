"""The walk of one run through the pipeline: plan, ask, label, count, report."""

from __future__ import annotations

import asyncio
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, get_args

import msgspec

from cvalues import __version__
from cvalues.datasets import load_suite, parse_columns
from cvalues.datasets.sample import sample_items, select
from cvalues.errors import CValuesError, DataError, Incomplete, InputError, Interrupted
from cvalues.jsonl import read_json, read_records
from cvalues.labels.choice import READER_VERSION
from cvalues.models.limits import Governor, Limits
from cvalues.models.model import Model, Params
from cvalues.models.opening import ModelSettings, account_of, model_for
from cvalues.pipeline.folder import (
    ITEMS,
    REPORT_HTML,
    REPORT_MD,
    RESPONSES,
    RESULTS,
    SETTINGS,
    Manifest,
    claim_folder,
    folder_for,
    make_folder,
    make_manifest,
    read_manifest,
)
from cvalues.pipeline.score import score_run
from cvalues.pipeline.settings import DEFAULT_MODEL, PlannedRun, RunSettings, settings_from, without_secrets
from cvalues.prompts.choice import make_prompts
from cvalues.prompts.template import Template, compile_template, load_template
from cvalues.records import Item, Outcome
from cvalues.responses.journal import Done, FolderLock, Journal, read_done
from cvalues.responses.plan import Plan
from cvalues.responses.run import Job, Progress, Stop, Tally, run_calls

__all__ = ["Evaluation", "Prepared", "ask_all", "evaluate", "prepare", "reopen", "run_all"]


class Prepared(msgspec.Struct):
    """A run that is ready to be asked.

    Attributes:
        folder: where it is, or will be, recorded.
        manifest: what defines it.
        asked: the model as the user named it, which may hold a path.
        params: what the model is asked with.
    """

    folder: Path
    manifest: Manifest
    asked: str
    settings: RunSettings
    items: list[Item]
    template: Template
    model: Model
    params: Params

    @property
    def plan(self) -> Plan:
        """Return the calls of the run."""
        manifest = self.manifest
        return Plan(
            self.items,
            self.template,
            orders="both" if manifest.order == "both" else "stored",
            repeats=manifest.repeats,
            model=manifest.model,
            params=manifest.params,
        )


class Evaluation(msgspec.Struct):
    """What came of one run.

    Attributes:
        results: the shape of `results.json`; None when the run stopped before its end.
        problem: why it stopped, or that some calls failed; None when it is complete.
        notes: what the user should know about how answers were got.
        asked: calls that were left to make when the run began; 0 for one that was complete.
    """

    folder: Path
    model: str
    results: dict[str, Any] | None
    problem: CValuesError | None = None
    notes: tuple[str, ...] = ()
    asked: int = 0


def prepare(run: PlannedRun, *, alone: bool = True, dry: bool = False) -> Prepared:
    """Return a run that is checked and ready; nothing is written and no call is made.

    Args:
        alone: whether it is the only run, so that `out` is its folder.
        dry: whether it will only be shown, which needs no key.

    Raises:
        InputError: when the model, suite, template or a setting is wrong.
    """
    settings = run.settings
    model = model_for(run.model, _model_settings(settings, need_key=not dry))
    items = _items(settings)
    template = load_template(_template_name(settings, items, model))
    _check_mode(settings, template)
    for item in items:
        make_prompts(item, template, settings.order)
    params = _params(settings, model, template)
    model.check(params)
    plan = Plan(items, template, orders=settings.order, repeats=settings.repeats, model=model.name, params={})
    manifest = make_manifest(model, settings, items, template, msgspec.to_builtins(params), plan.total)
    folder = folder_for(manifest, settings.out, alone)
    return Prepared(folder, manifest, run.model, settings, items, template, model, params)


def reopen(folder: Path, changes: dict[str, Any] | None = None) -> Prepared:
    """Return the run of a folder, ready to go on where it stopped.

    Args:
        folder: the run folder.
        changes: settings of how the model is reached, in place of the recorded ones.

    Raises:
        InputError: when the folder holds no run.
        DataError: when one of its files is broken.
    """
    manifest = read_manifest(folder)
    planned = read_json(folder / SETTINGS, PlannedRun)
    settings = settings_from({**msgspec.to_builtins(planned.settings), **(changes or {})}, where=str(folder / SETTINGS))
    items = read_records(folder / ITEMS, Item)
    model = model_for(planned.model, _model_settings(settings))
    if manifest.fingerprint and model.fingerprint != manifest.fingerprint:
        raise InputError(f"{folder}: the file of {planned.model} has changed since this run began; start a new run")
    params = msgspec.convert(manifest.params, Params)
    template = compile_template(manifest.template, str(folder / "manifest.json"))
    return Prepared(folder, manifest, planned.model, settings, items, template, model, params)


def evaluate(model: str = DEFAULT_MODEL, suite: str = "open", **settings: Any) -> Evaluation:
    """Return the evaluation of a model on a suite: the whole pipeline in one call.

    Args:
        model: `provider/name`, such as `dashscope/qwen-plus`, `local/smollm2`, `replay/answers.jsonl`.
        suite: name of a suite or path of a file of items.
        settings: any field of `RunSettings`.

    Raises:
        InputError: when a name or setting is wrong.
        Incomplete: when the run stopped before its end; the same call goes on with it.
    """
    run = prepare(PlannedRun(model, settings_from({**settings, "suite": suite})))
    outcome = _run_to_end(run)
    if outcome.results is None and outcome.problem is not None:
        raise outcome.problem
    return outcome


def _run_to_end(run: Prepared) -> Evaluation:
    """Return the evaluation of one run, from plain code or from inside a running loop (a notebook)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(run_all([run], Stop()))[0]
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(run_all([run], Stop()))[0]).result()


async def run_all(
    runs: list[Prepared], stop: Stop, progress: Progress | None = None, *, signals: bool = False
) -> list[Evaluation]:
    """Ask and score all runs; those that share an account go one after another, others side by side.

    A run that stops early has its reason in `Evaluation.problem`; the others go on.

    Args:
        progress: called several times a second with the tally of one of the runs.
        signals: let Ctrl-C and SIGTERM drain (once) or stop at once (twice).
    """
    if signals:
        _listen(stop)
    lanes: dict[str, list[Prepared]] = {}
    for run in runs:
        lanes.setdefault(account_of(run.manifest.model), []).append(run)
    finished: dict[int, Evaluation] = {}

    async def lane(queue: list[Prepared]) -> None:
        for run in queue:
            finished[id(run)] = await _guarded(run, stop, progress)

    await asyncio.gather(*(lane(queue) for queue in lanes.values()))
    return [finished[id(run)] for run in runs]


async def ask_all(run: Prepared, stop: Stop, progress: Progress | None = None) -> Evaluation:
    """Ask what a run has left and score it.

    Raises:
        InputError: when its folder holds another run or cannot be written.
        Incomplete: when it stopped before its end; everything gathered is kept.
    """
    make_folder(run.folder)
    lock = FolderLock(run.folder)
    lock.take()
    try:
        claim_folder(run.folder, run.manifest, PlannedRun(run.asked, without_secrets(run.settings)), run.items)
        done = read_done(run.folder / RESPONSES)
        notes = await _ask_left(run, done, stop, progress)
        left = run.manifest.calls - len(done.ids)
        results = None if left else _fresh_results(run, done)
        del done  # its ids are many, and scoring needs the memory
        if results is None:
            results = score_run(run.folder, reread=False).results
    finally:
        lock.release()
    failed = results["counts"]["failed"]
    problem = Incomplete(f"{failed} calls failed and count as not answered") if failed else None
    return Evaluation(run.folder, run.manifest.model, results, problem, notes, asked=left)


async def _guarded(run: Prepared, stop: Stop, progress: Progress | None) -> Evaluation:
    """Return the evaluation, or what stopped it, so that one run's trouble does not end the others."""
    try:
        return await ask_all(run, stop, progress)
    except CValuesError as error:
        return Evaluation(run.folder, run.manifest.model, None, error)


async def _ask_left(run: Prepared, done: Done, stop: Stop, progress: Progress | None) -> tuple[str, ...]:
    """Make the calls that are not in the journal; return the model's notes."""
    finished = len(done.ids)
    outcomes = {outcome: count for outcome, count in done.outcomes.items() if outcome != "failed"}
    total = run.manifest.calls
    tally = Tally(name=run.manifest.model, total=total, done=finished, started=finished, outcomes=outcomes)
    if finished >= total or stop.draining:
        if stop.draining:
            raise Interrupted("stopped before its turn")
        return ()
    governor = Governor(run.model, _limits(run.settings), seed=run.settings.seed)
    journal = Journal(run.folder / RESPONSES)
    job = Job(
        calls=run.plan.calls(done.ids),
        template=run.template,
        params=run.params,
        governor=governor,
        journal=journal,
        tally=tally,
        stop=stop,
        model=run.manifest.model,
        workers=min(run.settings.max_connections, run.model.parallel),
    )
    try:
        await _ask_all_of(job, run.model, progress)
    finally:
        journal.close()
    return tuple(getattr(run.model, "notes", ()))


async def _ask_all_of(job: Job, model: Model, progress: Progress | None) -> None:
    """Make all calls of a job with a model that is open for as long as that takes, or until the user stops it."""
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("runs inside a task only")
    try:
        with job.stop.heard(drain=job.governor.drain, abort=task.cancel):
            try:
                await model.open()
                await run_calls(job, progress)
            finally:
                await model.close()
    except asyncio.CancelledError:
        if not job.stop.aborted:
            raise
        task.uncancel()
        raise Interrupted("stopped at once; calls in flight were dropped and will be asked again") from None


def _fresh_results(run: Prepared, done: Done) -> dict[str, Any] | None:
    """Return the results as they lie there if they are of this journal and this reader; else None."""
    if not all((run.folder / name).exists() for name in (RESULTS, REPORT_HTML, REPORT_MD)):
        return None
    try:
        found: dict[str, Any] = read_json(run.folder / RESULTS, dict[str, Any])
    except DataError:
        return None
    head, counts = found.get("run", {}), found.get("counts", {})
    same = (
        done.outcomes.get("failed") == 0
        and all(counts.get(outcome) == done.outcomes.get(outcome, 0) for outcome in get_args(Outcome))
        and head.get("reader") == READER_VERSION
        and head.get("cvalues") == __version__
    )
    return found if same else None


def _items(settings: RunSettings) -> list[Item]:
    columns = parse_columns(settings.columns) if settings.columns else None
    items = load_suite(settings.suite, columns=columns)
    chosen = select(items, category=settings.category or None, level=settings.level or None)
    return sample_items(chosen, settings.limit, settings.seed) if settings.limit else chosen


def _template_name(settings: RunSettings, items: list[Item], model: Model) -> str:
    """Return the template that was named, or the one that suits the items and the mode."""
    if settings.template:
        return settings.template
    if items and items[0].kind == "open":
        return "open-zh"
    fallback = "choice-letter-zh" if settings.mode == "logprob" else "choice-zh"
    return model.preferred_template or fallback


def _check_mode(settings: RunSettings, template: Template) -> None:
    if settings.mode == "logprob" and (
        template.kind != "choice" or template.reasoning or len(template.labels(2)[0]) > 1
    ):
        raise InputError(
            f"template '{template.name}': log-probability mode reads one token, so each option needs one letter; "
            "use choice-letter-zh or choice-letter-en"
        )


def _params(settings: RunSettings, model: Model, template: Template) -> Params:
    tokens = settings.max_tokens
    if not tokens and template.kind == "choice" and not template.reasoning:
        tokens = model.answer_tokens
    return Params(
        temperature=settings.temperature,
        top_p=settings.top_p,
        max_tokens=tokens,
        seed=settings.seed if settings.send_seed else None,
        thinking=settings.thinking,
        mode=settings.mode,
        extra=settings.extra,
    )


def _model_settings(settings: RunSettings, *, need_key: bool = True) -> ModelSettings:
    return ModelSettings(
        base_url=settings.base_url,
        api_key_env=settings.api_key_env,
        timeout=settings.timeout,
        parallel=settings.max_connections,
        providers=settings.providers,
        need_key=need_key,
    )


def _limits(settings: RunSettings) -> Limits:
    return Limits(
        max_connections=settings.max_connections,
        rpm=settings.rpm or None,
        tpm=settings.tpm or None,
        max_wait=settings.max_wait,
        retries=settings.retries,
        timeout=settings.timeout,
    )


def _listen(stop: Stop) -> None:
    """Let Ctrl-C and SIGTERM reach `stop`; only the main thread may listen."""
    if threading.current_thread() is threading.main_thread():
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.request)
