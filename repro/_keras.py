"""Keras, imported once and in one way: what differs between versions and backends lives here.

Supports Keras 2.15 (the one that TensorFlow 2.15 carries) and Keras 3 on TensorFlow, JAX and
PyTorch. Importing this module imports the backend, which takes seconds: import it late.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro._quiet import quietly
from repro.experiments import Precision
from repro.recipe import Recipe

_YNN_FUSION = "--xla_cpu_experimental_ynn_fusion_type"
#: Earlier versions of jaxlib do not have this way of fusing; before 0.10.1 they refuse the flag.
_FIRST_WITH_YNN = (0, 10, 2)


def _set_xla_flags() -> None:
    """Keeps XLA, under JAX, from "YNN" fusion on processors, unless ``XLA_FLAGS`` names the flag.

    That fusion turns VGG16's first pooling into NaN or infinity in bfloat16 (seen with jaxlib
    0.12.0.1; the same program without it is right), and crashes on others (jax issues 39257 and
    40412).
    """
    given = os.environ.get("XLA_FLAGS", "")
    if os.environ["KERAS_BACKEND"] == "jax" and _YNN_FUSION not in given:
        with suppress(metadata.PackageNotFoundError, ValueError):
            version = tuple(int(part) for part in metadata.version("jaxlib").split(".")[:3])
            if version >= _FIRST_WITH_YNN:
                os.environ["XLA_FLAGS"] = f"{given} {_YNN_FUSION}=".strip()


os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
_set_xla_flags()

with quietly():
    import keras as keras

_VERSION = tuple(int(part) for part in keras.__version__.split(".")[:2])
KERAS_3 = _VERSION >= (3,)


def backend() -> str:
    """Returns "tensorflow", "jax" or "torch"."""
    return str(keras.backend.backend())


def make_deterministic() -> None:
    """Asks the backend for the same bits from the same inputs, run after run on one machine."""
    if backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    elif backend() == "torch":
        import torch

        torch.use_deterministic_algorithms(True, warn_only=True)


def accelerator() -> str | None:
    """Returns the name of the GPU that the backend computes on, None for the processor."""
    if backend() == "tensorflow":
        import tensorflow as tf

        for gpu in tf.config.list_physical_devices("GPU"):
            return str(tf.config.experimental.get_device_details(gpu)["device_name"])
        return None
    if backend() == "jax":
        import jax

        device = jax.devices()[0]
        return None if device.platform == "cpu" else str(device.device_kind)
    import torch

    return str(torch.cuda.get_device_name(0)) if torch.cuda.is_available() else None


@contextmanager
def dtype_policy(precision: Precision) -> Iterator[None]:
    """Layers built inside compute in ``precision`` and keep their weights in float32."""
    policies = keras.mixed_precision  # Keras 3 has Keras 2's names for them, too
    before = policies.global_policy()
    policies.set_global_policy("float32" if precision == "float32" else "mixed_bfloat16")
    try:
        yield
    finally:
        policies.set_global_policy(before)


def rmsprop(recipe: Recipe, learning_rate: float) -> Any:
    """Returns the recipe's RMSprop, an unbuilt Keras optimizer (rho 0.9, no momentum)."""
    builder = TodaysRMSprop if recipe.rmsprop_denominator == "inside" else PublishedRMSprop
    return builder(learning_rate, rho=0.9, epsilon=recipe.rmsprop_epsilon)


#: Variables of fewer values are updated operation by operation: there is nothing to gain.
_FUSED_FROM = 2**16


class _Fused:
    """Updates a large variable in one pass over memory instead of one per operation.

    The formula remains the optimizer's own; TensorFlow compiles it with XLA. JAX compiles the whole
    step anyway, PyTorch runs it eagerly, and Keras 2 does its own.
    """

    if KERAS_3 and os.environ["KERAS_BACKEND"] == "tensorflow":

        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            import tensorflow as tf

            plain = super().update_step  # type: ignore[misc]
            if np.prod(variable.shape) < _FUSED_FROM:
                plain(gradient, variable, learning_rate)
                return

            @tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
            def fused(gradient: Any, rate: Any) -> None:
                plain(gradient, variable, rate)

            fused(tf.convert_to_tensor(gradient), tf.convert_to_tensor(learning_rate))


class TodaysRMSprop(_Fused, keras.optimizers.RMSprop):  # type: ignore[misc]
    """Keras's own RMSprop, ``w -= lr * g / sqrt(v + epsilon)``."""


class _PublishedFormula(keras.optimizers.RMSprop):  # type: ignore[misc]
    if KERAS_3:

        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            ops = keras.ops
            rate = ops.cast(learning_rate, variable.dtype)
            gradient = ops.cast(gradient, variable.dtype)
            velocity = self._velocities[self._get_variable_index(variable)]
            mean_square = self.rho * velocity + (1 - self.rho) * ops.square(gradient)
            self.assign(velocity, mean_square)
            step = rate * gradient / (ops.sqrt(mean_square) + self.epsilon)
            self.assign_sub(variable, step)

    else:

        def update_step(self, gradient: Any, variable: Any) -> None:  # type: ignore[misc]
            import tensorflow as tf

            rate = tf.cast(self.learning_rate, variable.dtype)
            velocity = self._velocities[self._index_dict[self._var_key(variable)]]
            velocity.assign(self.rho * velocity + (1 - self.rho) * tf.square(gradient))
            variable.assign_sub(rate * gradient / (tf.sqrt(velocity) + self.epsilon))


class PublishedRMSprop(_Fused, _PublishedFormula):
    """RMSprop as Keras had it in 2017: ``w -= lr * g / (sqrt(v) + epsilon)``.

    Source: ``keras/optimizers.py`` of Keras 2.0.8.
    """


def steps_per_execution(steps: int) -> int:
    """Returns how many training steps one call into the backend may take.

    PyTorch runs eagerly and gains nothing; Keras's JAX trainer would compile a longer program, and
    so would Keras 3.3 and 3.5 on TensorFlow, which refuses a hundred. Keras 2 would demand as many
    batches even to predict on a single one.
    """
    return steps if _VERSION >= (3, 7) and backend() == "tensorflow" else 1


def as_array(value: Any) -> NDArray[Any]:
    """Returns a backend's tensor, on whatever device, as a NumPy array."""
    return np.asarray(keras.ops.convert_to_numpy(value) if KERAS_3 else value)


def as_tensor(array: NDArray[Any]) -> Any:
    """Returns a NumPy array as a tensor of the backend."""
    if KERAS_3:
        return keras.ops.convert_to_tensor(array)
    import tensorflow as tf

    return tf.constant(array)


def on_device(array: NDArray[Any]) -> Any:
    """Returns an epoch's pictures or feature maps where the backend computes.

    On a GPU they are copied there whole and at once, so that no step waits for the host.
    TensorFlow's input pipeline lives on the host and copies ahead by itself.
    """
    return array if backend() == "tensorflow" or accelerator() is None else as_tensor(array)


def reverse_channels(pictures: Any) -> Any:
    """Returns pictures, symbolic or not, with RGB as BGR or the other way round."""
    # PyTorch has no negative steps, Keras 2 no ``ops``.
    return keras.ops.flip(pictures, axis=-1) if KERAS_3 else pictures[..., ::-1]


def image_data_generator() -> Any | None:
    """Returns Keras's own ``ImageDataGenerator`` class, None if this Keras no longer has one."""
    # Keras 2.15 has it in public; Keras 3 keeps it for TensorFlow's old addresses.
    for place in ("keras.preprocessing.image", "keras.src.legacy.preprocessing.image"):
        with suppress(ImportError):
            if found := getattr(importlib.import_module(place), "ImageDataGenerator", None):
                return found
    return None


def optimizer_state(model: Any) -> list[NDArray[Any]]:
    """Returns the values of the optimizer's variables, in its own order."""
    model.optimizer.build(model.trainable_variables)
    return [as_array(variable) for variable in model.optimizer.variables]


def set_optimizer_state(model: Any, values: Sequence[NDArray[Any]]) -> None:
    """Puts back what :func:`optimizer_state` returned."""
    model.optimizer.build(model.trainable_variables)
    for variable, value in zip(model.optimizer.variables, values, strict=True):
        variable.assign(value)


def dropout(rate: float, **options: Any) -> Any:
    """Returns a dropout layer that :func:`reseed_dropout` can start anew."""
    if KERAS_3:
        return keras.layers.Dropout(rate, seed=0, **options)
    return keras.layers.Dropout(rate, seed=0, rng_type="stateful", **options)


def reseed_dropout(model: Any, seed: int, epoch: int) -> None:
    """Restarts the model's dropout for an epoch, so that no epoch depends on an earlier one."""
    # Keras counts a generator's second word up, draw by draw, and PyTorch's takes the sum of both:
    # started at (seed, epoch), an epoch would repeat the last one's draws but for the first.
    words = np.random.SeedSequence([seed, epoch]).generate_state(2)
    for layer in _flat(model):
        if KERAS_3 and getattr(layer, "seed_generator", None) is not None:
            layer.seed_generator.state.assign(words)
        elif not KERAS_3 and hasattr(layer, "_random_generator"):
            layer._random_generator._maybe_init()
            key = (int(words[0]) << 31) + int(words[1])
            layer._random_generator._generator.reset_from_seed(key)


def _flat(model: Any) -> Iterator[Any]:
    """Yields the model's layers, and in place of a nested model its own."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _flat(layer)
        else:
            yield layer


def release() -> None:
    """Frees what Keras keeps of models that are no longer used."""
    keras.backend.clear_session()
