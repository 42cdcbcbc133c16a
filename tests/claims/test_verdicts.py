"""Every claim: the verdict where a run comes out as the chapter says, and where it does not."""

from __future__ import annotations

import pytest

from repro.record import RunRecord
from tests.claims import fabricated
from tests.claims.fabricated import judged, looked, record

GOOD, NOTE, BAD = "reproduced", "reproduced with a note", "not reproduced"


def case(claim: str, records: list[RunRecord], verdict: str, label: str) -> object:
    return pytest.param(
        claim, records, verdict, marks=pytest.mark.claim(claim), id=f"{claim}-{label}"
    )


def pair(claim: str, verdict: str = GOOD, otherwise: str = BAD, **changes: object) -> list[object]:
    """A sound observation, and the one broken observation that this claim must notice."""
    return [
        case(claim, [looked()], verdict, "sound"),
        case(claim, [looked(**changes)], otherwise, "broken"),
    ]


ROWS = fabricated.sound()["architecture.base_layers"]
STACKED = fabricated.sound()["architecture.stacked_layers"]
NAMES = fabricated.sound()["architecture.base_layer_names"]
ALL_SIZES = fabricated.sound()["architecture.any_size"]
T2 = record("technique-2", (0.898, 0.894, 0.904))
T3 = record("technique-3", (0.962, 0.966, 0.96), 100, test=0.965, test_loss=0.22, loss_slope=0.1)


def probed(accuracies: dict[str, float], epochs: int = 30) -> RunRecord:
    return record("probe-layers", epochs=epochs, observations={"layers.accuracy": accuracies})


def at_large_rate(*accuracies: float) -> RunRecord:
    return record("large-rate-1e-3", accuracies, 100)


def moved(*changes: float, epochs: int = 100, first: int = 0) -> RunRecord:
    seen = {f"block{n}": change for n, change in enumerate(changes)}
    observations = {"fine_tuning.relative_change": seen}
    three = (0.962,) * 3
    return record("technique-3", three, epochs, first_seed=first, observations=observations)


def probe(features: float, hidden: float) -> RunRecord:
    seen = {"position.r2": {"features": features, "hidden": hidden}}
    return record("position-probe", (), observations=seen)


TWINS = {"known_near_duplicates": [["train/dogs/dog.980.jpg", "validation/dogs/dog.1273.jpg"]]}
SIBLINGS = {"known_near_duplicates": [["train/dogs/dog.74.jpg", "train/dogs/dog.180.jpg"]]}

SOURCED = {
    "not-in-keras": GOOD,
    "competition-2013": GOOD,
    "competition-account": GOOD,
    "competition-convnets": GOOD,
    "competition-best-95": "refuted",
    "competition-top-result": "not run here",
    "archive-pictures": GOOD,
    "archive-is-training-alone": NOTE,
    "imagenet-size": NOTE,
    "imagenet-species": NOTE,
    "vgg16-origin": GOOD,
    "vgg16-heavy": GOOD,
}
CASES = [
    *(case(claim, [], verdict, "by source") for claim, verdict in SOURCED.items()),
    *pair("kaggle-pictures", data__originals={"cats": 12_500, "dogs": 12_499}),
    case("kaggle-pictures", [looked(data__originals={"cats": 2000, "dogs": 2000})],
         "not run here", "small set alone"),
    *pair("kaggle-size", data__archive_bytes=853_000_000),
    *pair("picture-format", data__format={"pictures": 4000, "jpeg": 3999, "colour": 4000,
                                          "median_width": 447, "median_height": 374,
                                          "sizes": 900}),
    case("picture-format", [looked(data__format={"pictures": 4000, "jpeg": 4000, "colour": 4000,
                                                 "median_width": 200, "median_height": 200,
                                                 "sizes": 1})], NOTE, "resized copy"),
    *pair("small-set-sizes", data__fold_sizes={"train": [1000, 999], "validation": [500, 500],
                                               "test": [500, 500]}),
    *pair("split-ranges", data__ranges={"train": [1, 1000], "validation": [1000, 1499],
                                        "test": [1501, 2000]}),
    case("split-ranges", [looked(data__ranges={"train": [0, 999], "validation": [1000, 1499],
                                               "test": [1500, 1999]})], NOTE, "python edition"),
    *pair("folds-disjoint", data__shared_pictures=1),
    case("folds-disjoint", [looked(data__verification=TWINS)], NOTE, "twins across folds"),
    case("folds-disjoint", [looked(data__verification=SIBLINGS)], GOOD, "twins in one fold"),
    *pair("pictures-resized", data__loaded_shape=[150, 149, 3]),
    case("training-share", [], GOOD, "arithmetic"),
    case("about-ten-percent", [], NOTE, "arithmetic"),
    *pair("base-layers", architecture__base_layers=[*ROWS[:-1], [[5, 5, 512], 0]]),
    *pair("base-layer-names", architecture__base_layer_names=[*NAMES[:-1], "pool"]),
    *pair("base-params", architecture__base_parameters={"trainable": 0, "frozen": 14_714_688}),
    *pair("feature-map", architecture__feature_map=[5, 5, 512]),
    *pair("input-shape-optional",
          architecture__any_size={k: v for k, v in ALL_SIZES.items() if k == "150x150"}),
    *pair("include-top-default",
          architecture__top={"include_top_default": False, "classes": 1000}),
    *pair("six-models", architecture__models=dict.fromkeys(["VGG16", "VGG19"], True)),
    *pair("stacked-layers", architecture__stacked_layers=STACKED[:-1]),
    *pair("stacked-params", architecture__stacked_parameters=16_812_352),
    *pair("classifier-params", architecture__classifier_parameters=2_097_664),
    *pair("trainable-unfrozen", freezing__trainable_tensors_unfrozen=4),
    *pair("trainable-frozen", freezing__trainable_tensors_frozen=30),
    *pair("frozen-weights-stay", freezing__training_steps={
        "frozen": 34, "frozen_changed": 1, "trained": 26, "trained_changed": 26}),
    case("frozen-weights-stay", [looked(freezing__training_steps={
        "frozen": 34, "frozen_changed": 0, "trained": 26, "trained_changed": 0})], BAD, "nothing"),
    case("frozen-weights-stay", [looked(freezing__training_steps={
        "frozen": 0, "frozen_changed": 0, "trained": 30, "trained_changed": 30})], BAD, "none"),
    *pair("recompile", otherwise="refuted",
          freezing__recompile={"fresh": "honoured", "trained": "honoured",
                               "recompiled": "honoured"}),
    case("recompile", [looked(freezing__recompile={
        "fresh": "honoured", "trained": "ignored", "recompiled": "honoured"})], NOTE, "one step"),
    case("recompile", [looked(freezing__recompile={
        "fresh": "honoured", "trained": "refused", "recompiled": "honoured"})], NOTE, "refused"),
    case("recompile", [looked(freezing__recompile={
        "fresh": "honoured", "trained": "ignored", "recompiled": "ignored"})], BAD, "never"),
    case("compile-after-freezing", [], NOTE, "by release"),
    case("printed-four-are-trained", [], NOTE, "by release"),
    *pair("unfreeze-parameters",
          freezing__fine_tuning={"tensors": 20, "trainable": 16_257_025, "frozen": 555_328}),
    *pair("three-layers", "erratum", GOOD, freezing__fine_tuned_convolutions=3),
    case("unfrozen-destroys", [T2, record("unfrozen", (0.5, 0.51, 0.5))], GOOD, "lower"),
    case("unfrozen-destroys", [T2, record("unfrozen", (0.962, 0.95, 0.957))], "refuted", "higher"),
    case("unfrozen-destroys", [T2, record("unfrozen", (0.9,))], BAD, "the same, one seed"),
    case("unfrozen-destroys", [T2, record("unfrozen", (0.5,) * 3, 20)], "not run here",
         "20 epochs"),
    case("untrained-destroys", [T3, record("untrained-classifier", (0.5, 0.5, 0.5), 100)], GOOD,
         "lower"),
    case("untrained-destroys", [T3, record("untrained-classifier", (0.962, 0.966, 0.96), 100)],
         BAD, "the same"),
    *pair("rotation-range", augmentation__published__rotation_degrees=[-0.698, 0.698]),
    *pair("width-shift-range", augmentation__published__width_shift=[-30.0, 30.0]),
    *pair("height-shift-range", augmentation__published__height_shift=[0.0, 0.2]),
    *pair("shear-range", NOTE, BAD, augmentation__published__shear_radians=[-0.0035, 0.0035]),
    *pair("zoom-range", augmentation__published__zoom=[0.8, 1.25]),
    *pair("horizontal-flip", augmentation__flipped={"n": 20_000, "flipped": 20_000}),
    *pair("fill-mode", augmentation__fill="something else"),
    *pair("rescale", augmentation__rescaled=[0.0, 255.0]),
    *pair("validation-untouched", augmentation__validation="changed"),
    *pair("never-same-twice", augmentation__repetitions=1),
    case("augmentation-fights-overfitting",
         [T2, record("no-augmentation", (0.87, 0.872, 0.868), train_gap=0.12)], GOOD, "better"),
    case("augmentation-fights-overfitting",
         [T2, record("no-augmentation", (0.898, 0.894, 0.904), train_gap=0.09)], NOTE, "gap only"),
    case("augmentation-fights-overfitting",
         [T2, record("no-augmentation", (0.898, 0.894, 0.904), train_gap=0.02)], BAD, "no gap"),
    case("augmentation-fights-overfitting",
         [record("technique-2", (0.9,)), record("no-augmentation", (0.87,), train_gap=0.12)],
         "not run here", "one seed"),
    case("steps-times-batch", [], GOOD, "arithmetic"),
    case("fewer-pictures-worse", [record(), record("five-hundred", (0.85, 0.86, 0.855), 120)], GOOD,
         "worse"),
    case("fewer-pictures-worse", [record(), record("five-hundred", (0.899, 0.89, 0.9), 120)], BAD,
         "the same"),
    case("fewer-pictures-worse", [record(), record("five-hundred", (0.95, 0.951, 0.949), 120)],
         "refuted", "better"),
    case("fewer-pictures-worse", [record(), record("five-hundred", (0.85, 0.86, 0.855), 30)],
         "not run here", "a fourth of the steps"),
    case("scratch-decent", [record("from-scratch", (0.76, 0.8), 100)], GOOD, "decent"),
    case("scratch-decent", [record("from-scratch", (0.74, 0.8), 100)], BAD, "one is not"),
    case("scratch-decent", [record("from-scratch", (0.8, 0.8), 99)], "not run here", "short"),
    case("overfitting-main-issue", [record("no-augmentation", (0.9,) * 3, train_gap=0.06)], GOOD,
         "most of the error"),
    case("overfitting-main-issue", [record("no-augmentation", (0.9,) * 3, train_gap=0.04)], BAD,
         "less than half"),
    case("scratch-accuracy", [record("from-scratch", (0.81, 0.83, 0.82, 0.815, 0.825), 100)], GOOD,
         "as published"),
    case("scratch-accuracy", [record("from-scratch", (0.79, 0.79, 0.78, 0.79, 0.8), 100)], BAD,
         "3 points lower"),
    case("fast-extraction-accuracy", [record()], GOOD, "as published"),
    case("fast-extraction-accuracy", [record(accuracies=(0.87, 0.868, 0.872))], BAD, "lower"),
    case("fast-extraction-accuracy", [record(accuracies=(0.97, 0.968, 0.972))], BAD, "too good"),
    case("fast-extraction-cheap", [record(timings={"features_seconds": 120.0})], GOOD, "cheap"),
    case("fast-extraction-cheap", [record(timings={"features_seconds": 5.0}, seconds=2.0)], BAD,
         "dear"),
    case("fast-extraction-cheap", [record(timings={"features_seconds": 0.05})], "not run here",
         "kept features"),
    *pair("fast-extraction-cannot-augment", otherwise="refuted",
          augmentation__feature_distance=0.0),
    case("extraction-accuracy", [T2], GOOD, "as published"),
    case("extraction-accuracy", [record("technique-2", (0.964, 0.962, 0.966))], BAD,
         "96 % from a base that is said to be frozen"),
    case("extraction-accuracy", [record("technique-2", (0.87, 0.871, 0.869))], BAD, "lower"),
    case("extraction-intractable", [record("technique-2", seconds=75.0)], "refuted", "an hour"),
    case("extraction-intractable", [record("technique-2", seconds=4000.0)], GOOD, "over a day"),
    case("extraction-intractable",
         [record("technique-2", seconds=1.0, environment={"device": "a GPU"})], "not run here",
         "on a GPU"),
    case("introduction-97", [], NOTE, "arithmetic"),
    case("fine-tuning-accuracy", [T3], GOOD, "as published"),
    case("fine-tuning-accuracy", [record("technique-3", (0.953, 0.951, 0.955), 100)], NOTE,
         "just below"),
    case("fine-tuning-accuracy", [record("technique-3", (0.93, 0.932, 0.928), 100)], BAD, "lower"),
    case("fine-tuning-accuracy", [record("technique-3", (0.962, 0.966, 0.96), 20)], "not run here",
         "20 epochs"),
    case("fine-tuning-gain", [T2, T3], GOOD, "as published"),
    case("fine-tuning-gain", [T2, record("technique-3", (0.93, 0.932, 0.928), 100)], BAD,
         "3 points"),
    case("fine-tuning-gain", [T3], "not run here", "no technique 2"),
    case("fine-tuning-loss-worsens", [T3], GOOD, "rises"),
    case("fine-tuning-loss-worsens", [record("technique-3", (0.96,), 100)], NOTE, "level"),
    case("accuracy-despite-loss", [T3], NOTE, "better and worse, by all pictures"),
    case("accuracy-despite-loss", [record("technique-3", (0.96,), 100, loss_slope=-0.1)], BAD,
         "both better"),
    case("fine-tuning-loss-worsens", [record("technique-3", (0.96,), 100, loss_slope=-0.1)], BAD,
         "falls"),
    case("fine-tuning-test-accuracy", [T3], GOOD, "as published"),
    case("fine-tuning-test-accuracy", [record("technique-3", (0.962,) * 3, 100, test=0.935)], BAD,
         "3 points lower"),
    case("fine-tuning-test-loss", [T3], GOOD, "as published"),
    case("fine-tuning-test-loss", [record("technique-3", (0.962,) * 3, 100, test_loss=0.35)], BAD,
         "higher"),
    case("diminishing-returns", [T2, record("unfreeze-block5", (0.89,) * 3, 100),
                                 record("unfreeze-block4", (0.8,) * 3, 100),
                                 record("technique-3", (0.7,) * 3, 100)], BAD, "only harm"),
    case("diminishing-returns", [T2, T3, record("unfreeze-block5", (0.95,) * 3, 100),
                                 record("unfreeze-block4", (0.957,) * 3, 100)], GOOD, "shrinking"),
    case("diminishing-returns", [T2, T3, record("unfreeze-block5", (0.9,) * 3, 100),
                                 record("unfreeze-block4", (0.91,) * 3, 100)], BAD, "growing"),
    case("earlier-layers-generic", [probed({"block3": 0.85, "block4": 0.88, "block5": 0.9})], NOTE,
         "rising"),
    case("earlier-layers-generic", [probed({"block3": 0.9, "block4": 0.88, "block5": 0.9})], BAD,
         "not rising"),
    case("earlier-layers-generic", [probed({"block3": 0.85, "block4": 0.88}, 10)], "not run here",
         "ten epochs"),
    case("more-layers-risk", [T3, record("unfreeze-all", (0.93, 0.932, 0.931), 100)], GOOD,
         "worse"),
    case("more-layers-risk", [T3, record("unfreeze-all", (0.962, 0.966, 0.96), 100)], BAD, "same"),
    case("weights-change-slightly", [moved(0.02, 0.04)], NOTE, "slightly, by one seed"),
    case("weights-change-slightly", [moved(0.02, 0.04), moved(0.03, first=3)], GOOD, "slightly"),
    case("weights-change-slightly", [moved(0.02, 0.5)], BAD, "far"),
    case("weights-change-slightly", [moved(0.02, 0.04, epochs=20)], "not run here", "20 epochs"),
    case("large-updates-harm", [T3, at_large_rate(0.5, 0.51, 0.5)], GOOD, "harmed"),
    case("large-updates-harm", [T3, at_large_rate(0.962, 0.966, 0.96)], BAD, "unharmed"),
    case("a-tenth-is-enough", [T3, record("twenty-thousand", (0.965, 0.962, 0.961), 100)], GOOD,
         "alike"),
    case("a-tenth-is-enough", [T3, record("twenty-thousand", (0.99, 0.991, 0.989), 100)], BAD,
         "more is better"),
    case("dense-reuse-helps", [record("features-224"), record("reuse-classifier", (0.97,) * 3)],
         GOOD, "helps"),
    case("dense-reuse-helps", [record("features-224"), record("reuse-classifier", (0.85,) * 3)],
         "refuted", "harms"),
    case("dense-reuse-helps", [record("features-224"), record("reuse-classifier", (0.897,) * 3)],
         BAD, "the same"),
    case("dense-layers-lose-position", [probe(0.9, 0.05)], GOOD, "lost"),
    case("dense-layers-lose-position", [probe(0.9, 0.5)], NOTE, "less of it"),
    case("dense-layers-lose-position", [probe(0.9, 0.9)], "refuted", "held"),
    case("dense-layers-lose-position", [probe(0.05, 0.02)], BAD, "held by neither"),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "records", "verdict"), CASES)
def test_a_verdict_follows_from_the_records(
    claim: str, records: list[RunRecord], verdict: str
) -> None:
    judgement = judged(claim, *records)
    assert judgement.verdict == verdict, judgement.evidence
    assert judgement.evidence
    if verdict != "not run here":
        assert judgement.measured is not None
