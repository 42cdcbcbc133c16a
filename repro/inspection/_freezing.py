"""What is trainable, what training changes, and when a change of trainability takes effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from repro import chapter, model
from repro.recipe import TODAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import JsonValue

#: Small pictures: what is frozen does not depend on their size, and training steps take no time.
SIZE = (32, 32)
PICTURES, BATCH = 4, 2


def observe_freezing(*, seed: int = 0) -> dict[str, JsonValue]:
    """Returns the observations whose names begin with ``freezing.``.

    Args:
        seed: of the noise pictures that the training steps see.
    """
    return {
        **_count(seed),
        "freezing.training_steps": _changes(seed),
        "freezing.recompile": _recompile_semantics(seed),
    }


def _count(seed: int) -> dict[str, JsonValue]:
    from repro._keras import keras

    keras.utils.set_random_seed(seed)
    base = model.conv_base()
    stack = model.stack_classifier(base)
    unfrozen = model.trainable_tensors(stack)
    model.freeze(base)
    frozen = model.trainable_tensors(stack)
    model.unfreeze_from(base, chapter.UNFREEZE_FROM)
    trainable, still_frozen = model.count_parameters(stack)
    return {
        "freezing.trainable_tensors_unfrozen": unfrozen,
        "freezing.trainable_tensors_frozen": frozen,
        "freezing.fine_tuning": {
            "tensors": model.trainable_tensors(stack),
            "trainable": trainable,
            "frozen": still_frozen,
        },
        "freezing.fine_tuned_convolutions": sum(
            1 for layer in base.layers if layer.trainable and layer.weights
        ),
    }


def _changes(seed: int) -> dict[str, JsonValue]:
    """Trains with the base frozen, then unfrozen from the chapter's layer on."""
    from repro._keras import keras

    keras.utils.set_random_seed(seed)
    base = model.conv_base(input_shape=(*SIZE, chapter.CHANNELS))
    stack = model.stack_classifier(base)
    model.freeze(base)
    changes = [_train(stack, seed)]
    model.unfreeze_from(base, chapter.UNFREEZE_FROM)
    changes.append(_train(stack, seed))
    return {name: sum(change[name] for change in changes) for name in changes[0]}


def _noise(seed: int, shape: tuple[int, ...]) -> tuple[Any, Any]:
    generator = np.random.default_rng([seed, 0x10015E])
    return generator.random((PICTURES, *shape), np.float32), np.arange(PICTURES) % 2


def _train(stack: Any, seed: int) -> dict[str, int]:
    """Counts the tensors, frozen and not, that two training steps change in any bit."""
    model.compile(stack, chapter.FEATURE_EXTRACTION, TODAY)
    # Two steps are not worth compiling a graph of the whole base; what they change is the same.
    stack.run_eagerly = True
    frozen = {id(weight) for weight in stack.non_trainable_weights}
    before = [(weight, _bits(weight)) for weight in stack.weights]
    pictures, labels = _noise(seed, (*SIZE, chapter.CHANNELS))
    stack.fit(pictures, labels, batch_size=BATCH, epochs=1, shuffle=False, verbose=0)
    changed = [id(weight) for weight, old in before if not np.array_equal(old, _bits(weight))]
    return {
        "frozen": len(frozen),
        "frozen_changed": sum(1 for one in changed if one in frozen),
        "trained": len(before) - len(frozen),
        "trained_changed": sum(1 for one in changed if one not in frozen),
    }


def _bits(weight: Any) -> Any:
    from repro import _keras

    return _keras.as_array(weight).copy().view(np.uint32)


# ----------------------------------------------------------------------------------- recompiling


def _recompile_semantics(seed: int) -> dict[str, JsonValue]:
    """What this Keras makes of freezing a layer of a compiled model.

    Returns:
        ``fresh``: frozen between compiling and the first training step; ``trained``: frozen after
        a step, not compiled again; ``recompiled``: after a step, and compiled again. Each
        "honoured" (the layer does not change any more), "ignored" (it does) or "refused" (an
        error).
    """
    fresh, trained, recompiled = (_small_model(seed) for _ in range(3))
    # A model each: on JAX, one that refused a step has lost its weights.
    for model_after_step in (trained, recompiled):
        model_after_step.effect()
    for changed in (fresh, trained, recompiled):
        changed.freeze()
    recompiled.compile()
    return {
        "fresh": fresh.effect(),
        "trained": trained.effect(),
        "recompiled": recompiled.effect(),
    }


class _Small:
    """A compiled model of two dense layers, the first of which may be frozen."""

    def __init__(self, stack: Any, step: Callable[[Any], None]) -> None:
        self._stack, self._step = stack, step
        self.compile()

    def compile(self) -> None:
        model.compile(self._stack, chapter.FEATURE_EXTRACTION, TODAY)

    def freeze(self) -> None:
        self._stack.layers[0].trainable = False

    def effect(self) -> str:
        """Trains a step and returns what became of freezing the first layer."""
        layer = self._stack.layers[0]
        before = [_bits(weight) for weight in layer.weights]
        try:
            self._step(self._stack)
        except ValueError:  # JAX: the optimizer was built for other variables
            return "refused"
        after = [_bits(weight) for weight in layer.weights]
        same = all(np.array_equal(*pair) for pair in zip(before, after, strict=True))
        return "honoured" if same else "ignored"


def _small_model(seed: int) -> _Small:
    from repro._keras import keras

    keras.utils.set_random_seed(seed)
    inputs, labels = _noise(seed, (8,))
    # Linear, so that no unit can be dead and hide a change.
    layers = [keras.Input((8,)), keras.layers.Dense(4), keras.layers.Dense(1, activation="sigmoid")]

    def step(stack: Any) -> None:
        stack.fit(inputs, labels, batch_size=PICTURES, epochs=1, verbose=0)

    return _Small(keras.Sequential(layers), step)
