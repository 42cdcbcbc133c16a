"""What is trainable, what training changes, and when a change of trainability takes effect."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import JsonValue

from repro import chapter, model
from repro.recipe import TODAY

#: Small pictures: what is frozen does not depend on their size, and training steps take no time.
SIZE = (32, 32)
PICTURES, BATCH = 4, 2


def observe_freezing(seed: int) -> dict[str, JsonValue]:
    """Returns the observations whose names begin with ``freezing.``."""
    return {
        **_count(seed),
        "freezing.training_steps": _changes(seed),
        "freezing.recompile": {**effects(seed)},
    }


def _count(seed: int) -> dict[str, JsonValue]:
    from repro._keras import keras

    keras.utils.set_random_seed(seed)
    base = model.conv_base()
    stack = model.stack_classifier(base)
    tensors = trainable_tensors(base, stack)
    trainable, frozen = model.count_parameters(stack)
    return {
        "freezing.trainable_tensors_unfrozen": tensors["unfrozen"],
        "freezing.trainable_tensors_frozen": tensors["frozen"],
        "freezing.fine_tuning": {
            "tensors": tensors["fine_tuning"],
            "trainable": trainable,
            "frozen": frozen,
        },
        "freezing.fine_tuned_convolutions": sum(
            1 for layer in base.layers if layer.trainable and layer.weights
        ),
    }


def trainable_tensors(base: Any, stack: Any) -> dict[str, int]:
    """Counts a stack's trainable tensors, and leaves it as for fine-tuning.

    Returns:
        With the base "unfrozen", "frozen", and frozen up to the chapter's layer ("fine_tuning").
    """
    counts = {"unfrozen": len(stack.trainable_weights)}
    model.freeze(base)
    counts["frozen"] = len(stack.trainable_weights)
    model.unfreeze_from(base, chapter.UNFREEZE_FROM)
    return {**counts, "fine_tuning": len(stack.trainable_weights)}


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


def _train(stack: Any, seed: int) -> dict[str, int]:
    """Counts the tensors, frozen and not, that two training steps change in any bit."""
    model.compile(stack, chapter.FEATURE_EXTRACTION, TODAY)
    # Two steps are not worth compiling a graph of the whole base; what they change is the same.
    stack.run_eagerly = True
    frozen = {id(weight) for weight in stack.non_trainable_weights}
    before = [(weight, _bits(weight)) for weight in stack.weights]
    generator = np.random.default_rng([seed, 0x10015E])
    pictures = generator.random((PICTURES, *SIZE, chapter.CHANNELS), np.float32)
    labels = np.arange(PICTURES) % 2
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


def effects(seed: int) -> dict[str, str]:
    """What this Keras makes of freezing a part of a compiled model, nested in it as the base is.

    Returns:
        ``fresh``: frozen between compiling and the first training step; ``trained``: frozen after
        a step, not compiled again; ``recompiled``: after a step, and compiled again. Each
        "honoured" (the part does not change any more), "ignored" (it does) or "refused" (an
        error).
    """
    from repro._keras import keras

    keras.utils.set_random_seed(seed)
    return {
        "fresh": _effect(steps=0),
        "trained": _effect(steps=1),
        "recompiled": _effect(steps=1, recompile=True),
    }


def _effect(*, steps: int, recompile: bool = False) -> str:
    """Freezes a part after some steps, on a model of its own: on JAX a refusal ruins the model."""
    from repro._keras import keras

    # Linear, so that no unit can be dead and hide a change.
    part = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    head = keras.layers.Dense(1, activation="sigmoid")
    whole = keras.Sequential([keras.Input((4,)), part, head])
    model.compile(whole, chapter.FEATURE_EXTRACTION, TODAY)
    for _ in range(steps):
        _step(whole)
    part.trainable = False
    if recompile:
        model.compile(whole, chapter.FEATURE_EXTRACTION, TODAY)
    before = _bits(part.weights[0])
    try:
        _step(whole)
    except ValueError:  # JAX: the optimizer was built for other variables
        return "refused"
    return "honoured" if np.array_equal(before, _bits(part.weights[0])) else "ignored"


def _step(whole: Any) -> None:
    values = np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4)
    labels = np.array([[0.0], [1.0]], np.float32)
    whole.fit(values, labels, batch_size=2, epochs=1, shuffle=False, verbose=0)
