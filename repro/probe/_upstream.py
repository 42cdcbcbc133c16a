"""What each quantity is, what its drift does to accuracy, and whose change it was, where known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Note:
    """A row's words.

    Args:
        title: what is measured.
        accuracy: what a difference does to the techniques' accuracy.
        upstream: what changed there, and in which version; empty where nothing is known.
    """

    title: str
    accuracy: str
    upstream: str = ""


_ROUNDING = (
    "Rounding: convolutions add in another order (oneDNN, Eigen, XLA, PyTorch); no statement of a "
    "framework promises the last bits."
)
_UNFROZEN = (
    "where it is ignored the base trains too, which is another technique (`repro run unfrozen`)"
)
_TECHNIQUE_1 = "see technique 1, the table's last row where it was run"
_SAME = "none while the bits agree; otherwise the runs have other inputs"

#: By quantity, in the order of the table.
NOTES: dict[str, Note] = {
    "pictures": Note("eight drawn pictures", _SAME),
    "decoding": Note("JPEG to pixels", _SAME, "Pillow and its libjpeg-turbo."),
    "resizing.nearest": Note("resize to 150 × 150, nearest (the chapter's)", _SAME),
    "resizing.bilinear": Note("resize to 150 × 150, bilinear", _SAME),
    "augmentation.published": Note("an epoch's augmentation, 2017", _SAME),
    "augmentation.today": Note("an epoch's augmentation, today", _SAME),
    "order": Note("order of the pictures in three epochs", _SAME),
    "features": Note("feature maps of the eight pictures", _TECHNIQUE_1, _ROUNDING),
    "probabilities": Note("a seeded classifier's probabilities on them", _TECHNIQUE_1, _ROUNDING),
    "initial_draw": Note(
        "a dense layer's initial draw by Keras, seeded",
        "none: the package draws its own; otherwise as much as another seed does",
        "Each backend has its own generator; TensorFlow's has not changed.",
    ),
    "rmsprop.published": Note("three steps of 2017's RMSprop", "none: rounding of single steps"),
    "rmsprop.today": Note(
        "three steps of today's RMSprop",
        "none; nor does 2017's against today's (sqrt(v) + 1e-8 against sqrt(v + 1e-7))",
        "Before all of these versions: the epsilon is 1e-7 since Keras 2.1.3 (PR 8710), and under "
        "the root since Keras 2.11 (keras issue 435, tensorflow issue 58412).",
    ),
    "loss": Note(
        "binary cross-entropy of fixed predictions",
        "none on accuracy; a sure mistake costs 15.3 to 15.4 nats or 15.9 to 16.1",
        "Keras 2 adds its epsilon again inside the logarithm after clipping; Keras 3 only clips.",
    ),
    "metric": Note("binary accuracy of fixed predictions", "would be the accuracy itself"),
    "trainable_tensors.unfrozen": Note("trainable tensors, base unfrozen", "would be large"),
    "trainable_tensors.frozen": Note("trainable tensors, base frozen", "would be large"),
    "trainable_tensors.fine_tuning": Note("trainable tensors, fine-tuning", "would be large"),
    "freezing.after_compile": Note(
        "freezing between compiling and the first step",
        _UNFROZEN,
        "Keras 2 goes by what was trainable when the model was compiled, Keras 3 by what is when "
        "the first step is taken. (Up to Keras 2.0.9 the flag of a model that is a `Sequential`'s "
        "first layer was ignored whenever it was set: keras issues 8443, 8792.)",
    ),
    "freezing.after_a_step": Note(
        "freezing after a step, not compiled again",
        _UNFROZEN,
        "TensorFlow keeps the compiled step; JAX's trainer finds that the optimizer was built for "
        "other variables and stops; PyTorch compiles nothing and obeys at once.",
    ),
    "freezing.recompiled": Note("the same, compiled again", _UNFROZEN),
    "saving.weights_come_back": Note("saved weights say the same, bit by bit", "would be large"),
    "saving.model_comes_back": Note("a saved model says the same, bit by bit", "would be large"),
    "loading.keras_reads_the_same": Note(
        "Keras's own loader reads the published weights as the package does", "would be large"
    ),
    "keras.resizing.nearest": Note(
        "Keras's own decoding and resize", "none while the bits agree with the package's"
    ),
    "keras.augmentation": Note(
        "Keras's own augmentation of one picture",
        "none here, the package has its own; from 2017's to today's: none that could be measured",
        "All before these versions: shear in degrees since Keras 2.1.3 (PR 8868), bilinear since "
        "2.1.4 (PR 8849); about the true centre, and by columns and rows, since 2.9 "
        "(keras-preprocessing PRs 314 and 318; up to Keras 2.8 about size/2 + 0.5, by rows and "
        "columns).",
    ),
}
