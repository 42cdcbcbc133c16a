"""On ncnn, feature maps are Keras's but for rounding, and their bits are a picture's own."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from repro import _keras, chapter, dataset, demonstration, environment, model, pictures, weights
from repro.engines import keras, ncnn
from repro.errors import OptionError
from repro.experiments import EXPERIMENTS, FastFeatureExtraction, FeatureExtraction, LayerProbe
from repro.running import run
from tests.small import blobs, materials, trial

if not ncnn.available():
    pytest.skip("ncnn is not installed: pip install ncnn", allow_module_level=True)

#: Odd halves and quarters, so that a pooling or a border that is off by one shows.
SIZE = (54, 46)
PROBED = EXPERIMENTS["probe-layers"].training.layers
#: A hundredth of bfloat16's rounding. Drawn kernels cancel, so Keras in float32 is itself 2e-6 away
#: from the exact sums; with the published weights, at the end, the bound is 2e-6.
OF_DRAWN_KERNELS = 2**-9 / 100


@pytest.fixture(scope="module")
def tensors():
    """Drawn tensors of a VGG16 with a quarter of the channels."""
    generator = np.random.default_rng(0)
    found, below = {}, 3
    for name, entry in weights.TABLE.items():
        if name.endswith("/kernel"):
            shape = (3, 3, below, entry.shape[-1] // 4)
            scale, below = np.sqrt(2 / (9 * below)), shape[-1]
        else:
            shape, scale = (below,), 0.02
        found[name] = generator.normal(0, scale, shape).astype(np.float32)
    return found


@pytest.fixture(scope="module")
def drawn():
    return np.random.default_rng(0).integers(0, 256, (3, *SIZE, 3), dtype=np.uint8)


def error(found, exact):
    """Largest of the pictures' relative errors."""
    difference, norm = (
        np.linalg.norm(values.reshape(len(values), -1), axis=1) for values in (found - exact, exact)
    )
    return (difference / norm).max()


def on_keras(tensors, size):
    """Keras's layers with the tensors' channels, connected as the chapter's table has them."""
    layers = _keras.keras.layers
    inputs = values = _keras.keras.Input((*size, 3))
    for row in chapter.BASE_LAYERS[1:]:
        if row.name.endswith("pool"):
            layer = layers.MaxPooling2D(2, name=row.name)
        else:
            channels = tensors[f"{row.name}/bias"].size
            layer = layers.Conv2D(channels, 3, padding="same", activation="relu", name=row.name)
        values = layer(values)
    base = _keras.keras.Model(inputs, values)
    model.set_tensors(base, tensors)
    return base


@pytest.mark.parametrize(
    ("preprocessing", "layers"),
    [("rescale", (*PROBED, "block5_conv3")), ("imagenet", PROBED[:2])],
)
def test_every_probed_layers_feature_maps_are_keras_own(tensors, drawn, preprocessing, layers):
    base = on_keras(tensors, SIZE)
    cuts = [base.get_layer(layer).output for layer in layers]
    together = model.from_pixels(_keras.keras.Model(base.inputs, cuts), preprocessing)
    # Called and not predicted with: no graph has to be traced for three pictures.
    for layer, value in zip(layers, together(drawn, training=False), strict=True):
        exact = _keras.as_array(value)
        extract = ncnn.extractor(tensors, preprocessing, size=SIZE, layer=layer)
        found = extract(drawn)
        assert found.shape == exact.shape == (len(drawn), *extract.feature_map)
        assert found.dtype == np.float32
        assert error(found, exact) < OF_DRAWN_KERNELS, layer


def test_the_whole_base_gives_the_chapters_shape(tensors):
    height, width, channels = chapter.FEATURE_MAP
    assert ncnn.extractor(tensors).feature_map == (height, width, channels // 4)


def test_bits_depend_on_the_picture_alone(tensors, drawn, monkeypatch):
    """Not on its company, its place, or the number of threads."""
    monkeypatch.setattr(environment, "cores", lambda: 1)
    extract = ncnn.extractor(tensors, size=SIZE)
    together = extract(drawn)
    np.testing.assert_array_equal(extract(drawn[::-1])[::-1], together)
    np.testing.assert_array_equal(
        np.concatenate([extract(drawn[i : i + 1]) for i in range(3)]), together
    )
    for threads in (2, 3):
        monkeypatch.setattr(environment, "cores", lambda number=threads: number)
        other = ncnn.extractor(tensors, size=SIZE)
        np.testing.assert_array_equal(other(drawn), together)


def test_pictures_may_lie_in_memory_as_they_like(tensors, drawn):
    extract = ncnn.extractor(tensors, size=SIZE, layer="block1_pool")
    wider = np.zeros((3, SIZE[0], 2 * SIZE[1], 3), np.uint8)
    wider[:, :, ::2] = drawn
    np.testing.assert_array_equal(extract(wider[:, :, ::2]), extract(drawn))
    assert extract(drawn[:0]).shape == (0, *extract.feature_map)


def test_no_file_is_written(tensors, drawn, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ncnn.extractor(tensors, size=SIZE, layer="block1_pool")(drawn)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("option", "wrong"), [("layer", "block6_conv1"), ("preprocessing", "standardise")]
)
def test_a_wrong_layer_or_preprocessing_is_named(tensors, option, wrong):
    with pytest.raises(OptionError, match=wrong) as raised:
        ncnn.extractor(tensors, **{option: wrong})
    assert raised.value.subject == option


def test_full_memory_is_an_error_and_no_picture():
    class Run:
        def input(self, name, planes):
            pass

        def extract(self, name):
            return -100, np.zeros((64, 1, 1), np.float32)

    class Network:
        create_extractor = Run

    full = ncnn._Applied(Network(), "rescale", "block1_pool", (1, 1, 64))
    with pytest.raises(MemoryError, match="-100"):
        full(np.zeros((1, 2, 2, 3), np.uint8))


def test_a_trial_computes_its_own_layer_of_its_own_tensors(tensors):
    layer = "block4_pool"
    on = materials(tensors=tensors)
    shown = on.folds["test"].values[:2]
    extract = trial(FastFeatureExtraction(layer=layer), on=on, engine="ncnn").extractor()
    np.testing.assert_array_equal(
        extract(shown), ncnn.extractor(tensors, size=(32, 32), layer=layer)(shown)
    )


def test_a_probe_of_layers_is_computed_on_the_plans_engine():
    layers = trial(LayerProbe(PROBED), engine="ncnn").layers()
    assert {one.plan.engine for one in layers.values()} == {"ncnn"}


@pytest.mark.slow
@pytest.mark.parametrize("training", [FastFeatureExtraction(), FeatureExtraction()])
def test_a_run_trains_the_same_on_either_engine_and_its_record_says_which(monkeypatch, training):
    small = partial(model.conv_base, input_shape=(32, 32, 3))
    monkeypatch.setattr(model, "conv_base", small)
    folds = {"train": blobs(40, 1), "validation": blobs(20, 2), "test": blobs(20, 3)}
    on = materials(folds, tensors=weights.seeded(0))
    plan = trial(training, on=on, rate=1e-3).plan
    made = {engine: run(replace(plan, engine=engine), on) for engine in ("keras", "ncnn")}
    for engine, one in made.items():
        assert one.settings["engine"] == engine
    losses = [one.runs[0].history.loss + one.runs[0].history.val_loss for one in made.values()]
    assert losses[0] != losses[1], "two engines"
    np.testing.assert_allclose(*losses, rtol=1e-3)


# ----------------------------------------------------------------------- with the published weights


@pytest.mark.slow
@pytest.mark.weights
@pytest.mark.originals
@pytest.mark.parametrize("shown", ["real", "drawn"])
def test_with_the_published_weights_they_differ_by_2e_6_at_most(
    originals, weights_path, tmp_path, shown, record_property
):
    tensors = weights.load(weights_path)
    if shown == "real":
        split = dataset.prepare(originals)
    else:
        folder = demonstration.draw(tmp_path / "originals")
        split = dataset.prepare(
            folder, tmp_path / "split", split=demonstration.SPLIT, genuine=False, link="copy"
        )
    paths = split.paths("validation")
    chosen = pictures.load([*paths[:12], *paths[-12:]])
    base = model.conv_base(tensors=tensors)
    for layer in PROBED:
        exact = keras.extractor(model.up_to(base, layer), batch=len(chosen))(chosen)
        found = error(ncnn.extractor(tensors, layer=layer)(chosen), exact)
        record_property(f"relative error at {layer}, largest of {len(chosen)}", float(found))
        print(f"{shown} pictures, {layer}: relative error at most {found:.2e}")
        assert found <= 2e-6
