"""How fast augmentation is: ratios to other tools, measured alternately in one run on one core.

Pictures are drawn, 150×150; the work doesn't depend on what they show. Each ratio compares the
quickest of several rounds of both sides, so that whatever else the machine does weighs on neither.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro import environment
from repro.augmentation import Spec, apply, augment, draw
from repro.chapter import AUGMENTATION, PICTURE_SIZE
from repro.recipe import PUBLISHED, RECIPES, TODAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Other tests on the same cores would be measured, too.
pytestmark = pytest.mark.slow

N = 100
ROUNDS = 7
#: The target: how many times faster than the generator's ``random_transform``.
KERAS_RATIO = 12


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (N, *PICTURE_SIZE, 3), dtype=np.uint8)


@pytest.fixture
def one_core(monkeypatch) -> Iterator[None]:
    """Keeps the process on one thread, and on one core where the platform can."""
    monkeypatch.setattr(environment, "cores", lambda: 1)
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    yield
    os.sched_setaffinity(0, before)


def seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def ratio(ours: Callable[[], object], theirs: Callable[[], object], scale: float = 1.0) -> float:
    """Their time over ours: the quickest of alternating rounds. Theirs does 1/scale as much."""
    ours()
    theirs()
    times = [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS)]
    quickest = [min(side) for side in zip(*times, strict=True)]
    return quickest[1] * scale / quickest[0]


def measure(benchmark, ours: Callable[[], object], n: int = N) -> None:
    """Times our side for the record."""
    benchmark.pedantic(ours, rounds=ROUNDS, warmup_rounds=1)
    if benchmark.enabled:
        benchmark.extra_info["pictures_per_second"] = n / benchmark.stats.stats.median


def our_epoch(pictures: np.ndarray, spec: Spec) -> Callable[[], object]:
    """Draws and applies."""
    return lambda: augment(pictures, range(len(pictures)), spec, seed=0, epoch=0)


def keras_image():
    for name in ("keras.src.legacy.preprocessing.image", "keras.src.preprocessing.image"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        if hasattr(module, "ImageDataGenerator"):
            return module
    return pytest.skip("the installed Keras has no ImageDataGenerator")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_twelve_times_the_generator(benchmark, pictures, one_core, recipe):
    spec = Spec.of(recipe)
    order = {"nearest": 0, "bilinear": 1}[spec.interpolation]
    generator = keras_image().ImageDataGenerator(
        **vars(AUGMENTATION), interpolation_order=order, data_format="channels_last"
    )
    few = pictures[: N // 10].astype(np.float32)

    def theirs() -> None:
        for picture in few:
            generator.random_transform(picture)

    ours = our_epoch(pictures, spec)
    found = ratio(ours, theirs, scale=N / len(few))
    benchmark.extra_info["times_image_data_generator"] = found
    measure(benchmark, ours)
    assert found >= KERAS_RATIO


def test_not_slower_than_albumentations(benchmark, pictures, one_core):
    albumentations = pytest.importorskip("albumentations")
    cv2 = pytest.importorskip("cv2")
    cv2.setNumThreads(1)
    transform = albumentations.Compose(
        [
            albumentations.Affine(
                rotate=(-40, 40),
                translate_percent={"x": (-0.2, 0.2), "y": (-0.2, 0.2)},
                shear=(-0.2, 0.2),
                scale={"x": (0.8, 1.2), "y": (0.8, 1.2)},
                interpolation=cv2.INTER_LINEAR,
                border_mode=cv2.BORDER_REPLICATE,
                p=1.0,
            ),
            albumentations.HorizontalFlip(p=0.5),
        ]
    )

    def theirs() -> None:
        for picture in pictures:
            transform(image=picture)

    ours = our_epoch(pictures, Spec.of(TODAY))
    found = ratio(ours, theirs)
    benchmark.extra_info["times_albumentations"] = found
    measure(benchmark, ours)
    assert found >= 1


def test_not_slower_than_torchvision(benchmark, pictures, one_core):
    torch = pytest.importorskip("torch")
    v2 = pytest.importorskip("torchvision.transforms.v2")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    # Fills with black: torchvision cannot repeat the border, which would only cost it more.
    transform = v2.Compose(
        [
            v2.RandomAffine(
                40,
                translate=(0.2, 0.2),
                scale=(0.8, 1.2),
                shear=0.2,
                interpolation=v2.InterpolationMode.BILINEAR,
            ),
            v2.RandomHorizontalFlip(),
        ]
    )
    tensors = torch.from_numpy(np.ascontiguousarray(np.moveaxis(pictures, -1, 1)))

    def theirs() -> None:
        for tensor in tensors:
            transform(tensor)

    ours = our_epoch(pictures, Spec.of(TODAY))
    found = ratio(ours, theirs)
    torch.set_num_threads(before)
    benchmark.extra_info["times_torchvision"] = found
    measure(benchmark, ours)
    assert found >= 1


def test_drawing_costs_less_than_applying(benchmark, pictures, one_core):
    spec = Spec.of(TODAY)
    parameters = draw(spec, seed=0, epoch=0, pictures=range(N), size=PICTURE_SIZE)

    def drawing() -> None:
        draw(spec, seed=0, epoch=0, pictures=range(N), size=PICTURE_SIZE)

    found = ratio(drawing, lambda: apply(pictures, parameters, interpolation="bilinear"))
    benchmark.extra_info["applying_over_drawing"] = found
    measure(benchmark, drawing)
    assert found > 1


def test_threads_scale(benchmark, pictures, monkeypatch):
    cores = environment.cores()
    if cores < 2:
        pytest.skip("one core: nothing to scale to; give the process two")
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > cores - 1.5:
        pytest.skip("the cores are busy with something else; run it alone")
    parameters = draw(Spec.of(TODAY), seed=0, epoch=0, pictures=range(N), size=PICTURE_SIZE)

    def with_threads(threads: int) -> None:
        monkeypatch.setattr(environment, "cores", lambda: threads)
        apply(pictures, parameters, interpolation="bilinear")

    found = ratio(lambda: with_threads(2), lambda: with_threads(1))
    benchmark.extra_info["two_threads_over_one"] = found
    measure(benchmark, lambda: with_threads(2))
    assert found > 1.5


def test_the_interpreter_goes_on_while_pictures_are_resampled(benchmark, pictures, monkeypatch):
    monkeypatch.setattr(environment, "cores", lambda: 1)
    spec = Spec.of(PUBLISHED)
    many = np.resize(pictures, (10 * N, *pictures.shape[1:]))
    parameters = draw(spec, seed=0, epoch=0, pictures=range(len(many)), size=PICTURE_SIZE)

    def resample() -> None:
        apply(many, parameters, interpolation="bilinear")

    def longest_wait() -> float:
        """The longest time a Python thread waits while another resamples, over that time."""
        worker = threading.Thread(target=resample)
        worker.start()
        start = last = time.perf_counter()
        longest = 0.0
        while worker.is_alive():
            now = time.perf_counter()
            longest = max(longest, now - last)
            last = now
            time.sleep(0)
        return longest / (time.perf_counter() - start)

    resample()
    before = sys.getswitchinterval()
    share = min(longest_wait() for _ in range(3))
    assert sys.getswitchinterval() == before
    benchmark.extra_info["longest_wait_share"] = share
    measure(benchmark, resample, len(many))
    assert share < 0.5
