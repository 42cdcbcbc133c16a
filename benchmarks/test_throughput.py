"""What the project saves, as ratios: against the bare base, and against the chapter as written.

Both sides alternate in this process; a ratio is the median over rounds. Sizes are cut where an
epoch would take too long, and nothing is extrapolated: ``extra_info`` says what was measured. Where
others keep the cores busy, the ratio is one of processor times, and ``extra_info`` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import epochs
from benchmarks.as_written import as_written
from benchmarks.stopwatch import STOPWATCH, Cost, Turns, cost, in_turns, median
from repro import chapter, engines, model
from repro.chapter import FEATURE_EXTRACTION, FINE_TUNING, Technique
from repro.engines import Extractor, keras, ncnn
from repro.plans import Materials

pytestmark = [
    pytest.mark.originals,
    pytest.mark.weights,
    pytest.mark.slow,
    pytest.mark.benchmark(timer=STOPWATCH.now),
]

ROUNDS, FEW_ROUNDS = 5, 3
#: Against the chapter as written: a fifth of an epoch, and a fifth of its validation.
STEPS, VALIDATION_STEPS = 20, 10
#: Against the bare base: as much of an epoch as can be waited for, and half of that to validate.
PICTURES = {"bfloat16": 1000, "float32": 400}
SEEDS = 10

#: Targets. The bare base is Keras's own model called on arrays.
EXTRACTOR_SHARE = {"keras": 0.95, "ncnn": 2.3}
EPOCH_OVER_BASE = 1.08
TIMES_AS_WRITTEN = {
    ("bfloat16", "keras"): 3.8,
    ("float32", "keras"): 2.0,
    ("float32", "ncnn"): 3.5,
}
FINE_TUNING_TIMES_AS_WRITTEN = 1.8
TEN_SEEDS_OVER_ONE = 1.5

PRECISIONS = pytest.mark.parametrize("precision", ["bfloat16", "float32"])
ENGINES = pytest.mark.parametrize(("precision", "engine"), list(TIMES_AS_WRITTEN))


@pytest.fixture(autouse=True)
def _hardware(request: pytest.FixtureRequest, bfloat16_hardware: bool) -> None:
    precision = getattr(request.node, "callspec", None) and request.node.callspec.params.get(
        "precision"
    )
    if precision == "bfloat16" and not bfloat16_hardware:
        pytest.skip("no bfloat16 hardware: its targets hold where the machine computes in it")


def note(timed: Any, turns: Turns, **found: Any) -> None:
    """Keeps every round of both sides, and our wall times as the benchmark's timing."""
    STOPWATCH.tell(timed, [ours.wall for ours in turns.ours])
    timed.extra_info |= {**turns.as_dict(), **found}


def computed(materials: Materials, base: Any, engine: str) -> Extractor:
    """Returns the frozen base on an engine."""
    if engine == "keras":
        return keras.extractor(base)
    if not ncnn.available():
        pytest.skip("ncnn is not installed: pip install ncnn")
    return ncnn.extractor(materials.tensors)


def has_avx512() -> bool:
    """Whether Keras's own convolutions have vectors here that the target does not reckon with."""
    flags = Path("/proc/cpuinfo")
    return flags.exists() and "avx512f" in flags.read_text(encoding="ascii", errors="replace")


def bare(base: Any, pictures: np.ndarray) -> Callable[[], Cost]:
    """Times Keras's model itself on float arrays that are scaled already, in our batches."""
    scaled = pictures.astype(np.float32) * np.float32(chapter.RESCALE)

    def call() -> None:
        for start in range(0, len(scaled), engines.BATCH):
            base.predict_on_batch(scaled[start : start + engines.BATCH])

    call()
    return lambda: cost(call)


@ENGINES
def test_extractor_keeps_the_bare_bases_throughput(timed, materials, device, precision, engine):
    pictures = epochs.part(materials.folds["train"], 400).values
    base = model.conv_base(tensors=materials.tensors, precision=precision)
    extract = computed(materials, base, engine)
    extract(pictures[: engines.BATCH])
    turns = in_turns(
        lambda: cost(lambda: extract(pictures)), bare(base, pictures), ROUNDS, device=device
    )
    note(
        timed,
        turns,
        pictures=len(pictures),
        pictures_per_second=len(pictures) / median(turns.ours).wall,
        share_of_bare_throughput=turns.ratio,
        target=f">= {EXTRACTOR_SHARE[engine]}",
    )
    # ncnn's target was set on AVX2; with AVX-512 the ratio is reported and not judged.
    assert turns.ratio >= EXTRACTOR_SHARE[engine] or (engine == "ncnn" and has_avx512())


@PRECISIONS
def test_an_epoch_of_technique_2_costs_little_more_than_the_bare_base(
    timed, materials, device, precision
):
    train = epochs.part(materials.folds["train"], PICTURES[precision])
    base = model.conv_base(tensors=materials.tensors, precision=precision)
    extract = keras.extractor(base)
    validation = epochs.part(materials.folds["validation"], PICTURES[precision] // 2)
    turns = in_turns(
        lambda: median(epochs.frozen(extract, train, validation, 2)),
        bare(base, train.values),
        ROUNDS if precision == "bfloat16" else FEW_ROUNDS,
        device=device,
    )
    note(
        timed,
        turns,
        pictures=len(train.labels),
        pictures_per_second=len(train.labels) / median(turns.ours).wall,
        times_the_bare_base=1 / turns.ratio,
        target=f"<= {EPOCH_OVER_BASE}",
    )
    assert 1 / turns.ratio <= EPOCH_OVER_BASE


def written(materials: Materials, weights: Path, technique: Technique) -> Callable[[], Cost]:
    """Returns a fifth of an epoch of the chapter as written, warmed up."""
    chapters = as_written(materials.split.root, weights, technique)
    chapters.epoch(2, 1)
    return lambda: chapters.epoch(STEPS, VALIDATION_STEPS)


@ENGINES
def test_technique_2_against_the_chapter_as_written(
    timed, materials, weights_path, device, precision, engine
):
    technique = FEATURE_EXTRACTION
    train = epochs.part(materials.folds["train"], STEPS * technique.batch)
    base = model.conv_base(tensors=materials.tensors, precision=precision)
    extract = computed(materials, base, engine)
    validation = epochs.part(materials.folds["validation"], VALIDATION_STEPS * technique.batch)
    theirs = written(materials, weights_path, technique)
    turns = in_turns(
        lambda: median(epochs.frozen(extract, train, validation, 3)),
        theirs,
        FEW_ROUNDS,
        device=device,
    )
    note(
        timed,
        turns,
        steps=STEPS,
        validation_steps=VALIDATION_STEPS,
        times_as_written=turns.ratio,
        target=f">= {TIMES_AS_WRITTEN[precision, engine]}",
    )
    assert turns.ratio >= TIMES_AS_WRITTEN[precision, engine]


@pytest.mark.parametrize("precision", ["bfloat16"])
def test_technique_3_against_the_chapter_as_written(
    timed, materials, weights_path, device, precision
):
    technique = FINE_TUNING
    train = epochs.part(materials.folds["train"], STEPS * technique.batch)
    validation = epochs.part(materials.folds["validation"], VALIDATION_STEPS * technique.batch)
    base = model.conv_base(tensors=materials.tensors, precision=precision)
    theirs = written(materials, weights_path, technique)
    turns = in_turns(
        lambda: median(epochs.fine_tuning(base, train, validation, 2)),
        theirs,
        FEW_ROUNDS,
        device=device,
    )
    note(
        timed,
        turns,
        steps=STEPS,
        validation_steps=VALIDATION_STEPS,
        times_as_written=turns.ratio,
        target=f">= {FINE_TUNING_TIMES_AS_WRITTEN}",
    )
    assert turns.ratio >= FINE_TUNING_TIMES_AS_WRITTEN


@pytest.mark.parametrize("precision", ["bfloat16"])
def test_ten_seeds_share_a_pass_of_the_base(timed, materials, device, precision):
    train = epochs.part(materials.folds["train"], PICTURES[precision])
    extract = keras.extractor(model.conv_base(tensors=materials.tensors, precision=precision))
    validation = epochs.part(materials.folds["validation"], PICTURES[precision] // 2)

    def of(seeds: int) -> Cost:
        return median(epochs.frozen(extract, train, validation, 2, seeds=tuple(range(seeds))))

    turns = in_turns(lambda: of(SEEDS), lambda: of(1), FEW_ROUNDS, device=device)
    note(
        timed,
        turns,
        pictures=len(train.labels),
        seeds=SEEDS,
        times_one_seed=1 / turns.ratio,
        target=f"<= {TEN_SEEDS_OVER_ONE}",
    )
    assert 1 / turns.ratio <= TEN_SEEDS_OVER_ONE
