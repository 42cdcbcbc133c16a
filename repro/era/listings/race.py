"""Whether a training step gives the same gradients twice, when weights are updated in it."""

from typing import Any

import common
import freezing
import numpy as np
from common import fact, floats

REPETITIONS = 5
#: Below this the gradient is noise; above it, one that differs by more than a hundredth is another.
SMALLEST, DIFFERENCE = 1e-7, 0.01


def race() -> dict:
    """One step of an unfrozen base, from the same weights and pictures, again and again.

    A step's gradients are those of the weights before it, so they are the same whether the
    learning rate is 0 or not, and in every repetition. Where they are not, weights were updated
    before all gradients that depend on them were computed.
    """
    conv_base = freezing.vgg16()
    if common.weights:
        conv_base.load_weights(common.weights)
    model = freezing.first_layer(conv_base)
    parts = [conv_base, *model.layers[2:]]
    start = [part.get_weights() for part in parts]
    still = [one_step(model, parts, start, 0.0)[0] for _ in range(REPETITIONS)]
    moving, losses = zip(
        *(one_step(model, parts, start, common.LEARNING_RATE) for _ in range(REPETITIONS))
    )
    there = still[0] > SMALLEST
    differing = [
        np.mean(np.abs(g - still[0])[there] > DIFFERENCE * still[0][there]) for g in moving
    ]
    return {
        "race.without_updates": fact(all(np.array_equal(still[0], g) for g in still)),
        "race.with_updates": fact(all(np.array_equal(still[0], g) for g in moving)),
        "race.differing": floats(differing),
        "race.loss_after": floats(losses),
    }


def one_step(model: Any, parts: Any, start: Any, rate: float) -> Any:
    """Returns the gradients' magnitudes of a step from the start, and the loss after it."""
    model.compile(loss="binary_crossentropy", optimizer=common.rmsprop(rate), metrics=["acc"])
    for part, weights in zip(parts, start):
        part.set_weights(weights)
    pictures = common.drawn["pictures"][:4, :48, :48].astype("float32") / 255
    labels = np.array([[0.0], [1.0], [0.0], [1.0]], "float32")
    model.train_on_batch(pictures, labels)
    # RMSprop's first running mean is a tenth of the squared gradient.
    gradients = np.concatenate([np.sqrt(10 * mean).ravel() for mean in running_means(model)])
    return gradients, float(np.ravel(model.test_on_batch(pictures, labels))[0])


def running_means(model: Any) -> list:
    """Returns the optimizer's running means of squared gradients."""
    optimizer = model.optimizer
    if hasattr(optimizer, "get_weights"):
        found = optimizer.get_weights()
    else:
        found = [common.value(variable) for variable in optimizer.variables]
    return [mean.astype("float64") for mean in found if np.ndim(mean)]
