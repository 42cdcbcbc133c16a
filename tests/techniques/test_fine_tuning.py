"""Technique 3: it goes on from what technique 2 has trained, and trains what the chapter says."""

from __future__ import annotations

import numpy as np
import pytest

from repro import checkpoint, model
from repro.checkpoint import Checkpoint
from repro.errors import OptionError
from repro.experiments import FeatureExtraction, FineTuning, Stacked
from repro.recipe import PUBLISHED, TODAY
from repro.techniques import feature_extraction
from repro.techniques.fine_tuning import relative_change, run
from tests.small import FEATURES, materials, tensors, tiny_base, trial

SHAPES = [(FEATURES, 256), (256,), (256, 1), (1,)]


def on_tiny():
    return materials(tensors=tensors())


def fine_tuning(**options):
    training = FineTuning(start=options.pop("start", "technique-2"), start_epochs=2)
    return trial(training, on=on_tiny(), **{"epochs": 1} | options)


def classifier(value: float) -> dict[str, np.ndarray]:
    return {f"weight-{n}": np.full(s, value, np.float32) for n, s in enumerate(SHAPES)}


def keep(of, seed: int, epoch: int, value: float) -> None:
    """Leaves a checkpoint as technique 2 would; the optimizer's state is not fine-tuning's."""
    arrays = classifier(value) | {"optimizer-0": np.int64(1)}
    checkpoint.save(of.start.seed_folder(seed), Checkpoint(epoch, arrays, {}))


def test_it_goes_on_from_the_classifier_that_technique_2_trained(compiled):
    """From technique 2 itself, not from a made-up checkpoint; at a rate of 0 nothing moves."""
    on = on_tiny()
    before = trial(FeatureExtraction(), seeds=(3,), rate=1e-3, on=on)
    after = trial(FineTuning(start_epochs=2), seeds=(3,), epochs=1, rate=0.0, on=on)
    # The experiment is looked up by name, with the chapter's rate.
    folder = after.start.seed_folder(3)
    (trained,) = feature_extraction.run(before).runs
    folder.parent.mkdir(parents=True)
    before.seed_folder(3).rename(folder)
    (made,) = run(after).runs
    assert made.history.val_accuracy == trained.history.val_accuracy[-1:]
    assert made.evaluations["test"].correct == trained.evaluations["test"].correct


def test_every_seed_and_recipe_has_a_classifier_of_its_own(compiled, counted):
    for recipe, offset in ((TODAY, 0.0), (PUBLISHED, 0.5)):
        for seed in (0, 3, 4):
            keep(fine_tuning(recipe=recipe), seed, 2, offset + seed / 100)
    run(fine_tuning(seeds=(3, 4), recipe=PUBLISHED))
    for network, value in zip(compiled, (0.53, 0.54), strict=True):
        for tensor in network.get_weights()[-4:]:
            np.testing.assert_allclose(tensor, value, atol=1e-7)


def test_a_classifier_that_is_not_finished_is_refused(compiled):
    with pytest.raises(OptionError, match=r"no classifier.*repro run technique-2"):
        run(fine_tuning(seeds=(3,)))
    for epoch in (1, 3):
        keep(fine_tuning(), 3, epoch, 0.1)
        with pytest.raises(OptionError, match=f"one after {epoch} epochs"):
            run(fine_tuning(seeds=(3,)))
    assert compiled == []


def test_it_trains_and_tells_the_moves_from_block_3_on_and_the_classifier(bases, compiled):
    keep(fine_tuning(), 0, 2, 0.01)
    moves = run(fine_tuning(rate=1e-4)).observations["fine_tuning.relative_change"]
    assert set(moves) == {"block3_conv1/kernel", "block5_conv1/kernel"}
    assert all(0 < value < 1 for value in moves.values())
    assert len(compiled[0].trainable_weights) == 2 * 2 + 4
    for layer, before in zip(bases[-1][0].layers, tiny_base().layers, strict=True):
        for value, given in zip(layer.get_weights(), before.get_weights(), strict=True):
            assert np.array_equal(value, given) == layer.name.startswith("block1"), layer.name
    for tensor in compiled[0].get_weights()[-4:]:
        assert not np.all(tensor == np.float32(0.01))


def test_from_an_untrained_classifier_only_where_the_experiment_is_about_that(compiled, counted):
    """No earlier run is needed, and the classifier is the seed's initial one."""
    run(fine_tuning(start=None, seeds=(9,)))
    initial = model.initial_classifier(9, FEATURES)
    for tensor, given in zip(compiled[0].get_weights()[-4:], initial, strict=True):
        np.testing.assert_array_equal(tensor, given)


def test_the_python_edition_starts_from_the_unfrozen_base_and_its_classifier(
    bases, compiled, counted
):
    one = fine_tuning(start="unfrozen", seeds=(3,))
    assert one.start.plan.training == Stacked(frozen=False)
    generator = np.random.default_rng(0)
    base = [generator.normal(size=w.shape).astype(np.float32) for w in tiny_base().get_weights()]
    arrays = {f"weight-{n}": value for n, value in enumerate([*base, *classifier(0.2).values()])}
    checkpoint.save(one.start.seed_folder(3), Checkpoint(2, arrays, {}))
    run(one)
    for found, wanted in zip(bases[-1][0].get_weights(), base, strict=True):
        np.testing.assert_array_equal(found, wanted)
    for tensor in compiled[-1].get_weights()[-4:]:
        np.testing.assert_allclose(tensor, 0.2)


def test_every_seed_sees_augmented_pictures_of_its_own_and_none_of_technique_2s(augmented, counted):
    run(fine_tuning(start=None, seeds=(3, 4), epochs=2))
    assert [drawn for _, *drawn in augmented] == [[3, 30], [3, 31], [4, 30], [4, 31]]
    augmented.clear()
    feature_extraction.run(trial(FeatureExtraction(), seeds=(3, 4), epochs=2))
    assert [drawn for _, *drawn in augmented] == [[0, 0], [0, 1]], (
        "technique 2's seeds share theirs"
    )


def test_a_kernels_move_is_told_in_parts_of_the_published_one():
    """A kernel that was doubled has moved by its own length, one that is trebled by two."""
    base, published = tiny_base(), tensors()
    model.unfreeze_from(base, "block3_conv1")
    for layer, times in (("block3_conv1", 2), ("block5_conv1", 3)):
        kernel, bias = base.get_layer(layer).get_weights()
        base.get_layer(layer).set_weights([times * kernel, bias + 1])
    found = relative_change(base, published)
    assert found == pytest.approx({"block3_conv1/kernel": 1.0, "block5_conv1/kernel": 2.0})
