"""The frozen base on ncnn: VGG16 in float32, by Winograd's algorithm.

All of VGG16's convolutions are 3×3, and F(4×4, 3×3) computes those with a quarter of the
multiplications (Lavin and Gray 2016, arXiv:1509.09308). ncnn chooses it by itself. The network is
built in memory from verified tensors: no model file is read or left behind.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro import chapter, environment
from repro.engines.extractor import Extractor
from repro.errors import OptionError, check_known
from repro.model import IMAGENET_MEANS_BGR

_LAYERS = tuple(row.name for row in chapter.BASE_LAYERS[1:])
_INPUT = "pictures"
#: First line of a network's description, and what stands before float32 values: ncnn's own.
_MAGIC, _FLOAT32 = "7767517", bytes(4)
#: Read by GNU's OpenMP when it is loaded, as importing ncnn does. By itself it has threads spin
#: while they wait for each other, and so take the cores from the classifiers that train meanwhile.
_WAITING = "OMP_WAIT_POLICY"
#: ncnn would compute in these by itself on processors that have them.
_LOW_PRECISIONS = ("use_fp16", "use_bf16", "use_int8")


def extractor(
    tensors: Mapping[str, NDArray[np.float32]],
    preprocessing: str = "rescale",
    *,
    size: tuple[int, int] = chapter.PICTURE_SIZE,
    layer: str | None = None,
) -> Extractor:
    """Builds VGG16's base as a function from pictures to feature maps.

    Pictures are computed one after the other, each on all cores that this process may use. That
    takes 0.3 GB besides the pictures, and 0.4 GB while the network is built. ncnn's binding does
    not release the interpreter's lock, so Python's other threads wait until a picture is finished.

    Args:
        tensors: "layer/kernel" and "layer/bias" → float32 arrays, as
            :func:`repro.weights.load` returns them.
        preprocessing: the recipe's, see :func:`repro.model.from_pixels`.
        size: height and width of the pictures.
        layer: the layer whose output is wanted; None takes the last.

    Raises:
        OptionError: ncnn cannot be imported, or VGG16 has no such layer or preprocessing.
    """
    ncnn = module()
    last = _LAYERS[-1] if layer is None else layer
    check_known("layer", last, _LAYERS)
    check_known("preprocessing", preprocessing, ("rescale", "imagenet"))
    names = (*takewhile(lambda name: name != last, _LAYERS), last)
    network = ncnn.Net()
    for option in dir(network.opt):
        if option.startswith((*_LOW_PRECISIONS, "use_vulkan")):
            setattr(network.opt, option, False)
    network.opt.openmp_blocktime = 0  # LLVM's OpenMP is told not to spin here
    network.opt.num_threads = environment.cores()
    if network.load_param_mem(_description(names, tensors)):
        raise RuntimeError("ncnn refuses VGG16's description")
    network.load_model_mem(b"".join(_values(names, tensors)))
    return _Applied(network, preprocessing, last, _feature_map(names, tensors, size))


def module() -> Any:
    """Returns the package ncnn.

    Raises:
        OptionError: it is not installed, or cannot be imported.
    """
    before = os.environ.get(_WAITING)
    os.environ.setdefault(_WAITING, "passive")
    try:
        import ncnn
    except ImportError as error:
        raise OptionError(
            "--engine ncnn",
            found=f"no usable package ncnn ({error})",
            expected="ncnn, installed beside repro",
            remedy="Run `pip install ncnn`, or choose --engine keras.",
        ) from error
    finally:
        if before is None:
            del os.environ[_WAITING]
    return ncnn


def available() -> bool:
    """Returns whether ncnn is installed and can be imported."""
    try:
        module()
    except OptionError:
        return False
    return True


def _description(names: tuple[str, ...], tensors: Mapping[str, NDArray[np.float32]]) -> str:
    """Returns the network in ncnn's words: type, name, numbers of inputs and outputs, parameters.

    A layer's output has its name. Source: ncnn's ``docs/developer-guide/operators.md``.
    """
    lines = [f"Input {_INPUT} 0 1 {_INPUT}"]
    before = _INPUT
    for name in names:
        if name.endswith("_pool"):  # largest of 2×2; a last odd row or column is left out
            lines.append(f"Pooling {name} 1 1 {before} {name} 0=0 1=2 2=2 5=1")
        else:  # 3×3, a border of one zero, with biases, then ReLU
            kernel = tensors[f"{name}/kernel"]
            parameters = f"0={kernel.shape[-1]} 1=3 4=1 5=1 6={kernel.size} 9=1"
            lines.append(f"Convolution {name} 1 1 {before} {name} {parameters}")
        before = name
    return "\n".join([_MAGIC, f"{len(lines)} {len(lines)}", *lines, ""])


def _values(names: tuple[str, ...], tensors: Mapping[str, NDArray[np.float32]]) -> Iterator[bytes]:
    for name in names:
        if not name.endswith("_pool"):
            # Keras: (height, width, in, out); ncnn: (out, in, height, width).
            yield _FLOAT32 + tensors[f"{name}/kernel"].transpose(3, 2, 0, 1).astype("<f4").tobytes()
            yield tensors[f"{name}/bias"].astype("<f4").tobytes()


def _feature_map(
    names: tuple[str, ...], tensors: Mapping[str, NDArray[np.float32]], size: tuple[int, int]
) -> tuple[int, int, int]:
    halvings = sum(name.endswith("_pool") for name in names)
    convolutions = [name for name in names if not name.endswith("_pool")]
    channels = tensors[f"{convolutions[-1]}/bias"].size
    return size[0] >> halvings, size[1] >> halvings, channels


@dataclass(frozen=True)
class _Applied:
    network: Any
    preprocessing: str
    layer: str
    feature_map: tuple[int, ...]

    def __call__(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        ncnn = module()
        values = np.empty((len(pictures), *self.feature_map), np.float32)
        for value, picture in zip(values, pictures, strict=True):
            run = self.network.create_extractor()
            prepared = _prepared(picture, self.preprocessing)
            # ncnn looks into NumPy's memory and does not hold it: the copy is ncnn's own.
            run.input(_INPUT, ncnn.Mat(prepared).clone())
            code, planes = run.extract(self.layer)
            if code:
                raise MemoryError(f"ncnn ends with {code} at {self.layer}")
            value[:] = np.array(planes).transpose(1, 2, 0)
        return values


def _prepared(picture: NDArray[np.uint8], preprocessing: str) -> NDArray[np.float32]:
    """Returns a picture (height, width, 3) as the base wants it, planes (3, height, width)."""
    pixels = picture.astype(np.float32)
    if preprocessing == "rescale":
        pixels *= np.float32(chapter.RESCALE)
    else:
        pixels = pixels[..., ::-1] - np.array(IMAGENET_MEANS_BGR, np.float32)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))
