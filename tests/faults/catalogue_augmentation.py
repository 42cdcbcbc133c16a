"""Faults of the augmentation: what is drawn, and what becomes of a picture."""

from __future__ import annotations

from tests.faults.fault import fault

DISTRIBUTIONS = "augmentation/test_augmentation_draw.py::test_distributions_are_the_specified_ones"
SHARED = (
    "augmentation/test_augmentation_draw.py::"
    "test_no_two_pictures_epochs_or_seeds_share_a_transformation"
)
MATRIX = (
    "augmentation/test_augmentation_oracle.py::"
    "test_matrix_is_rotation_shift_shear_zoom_about_the_centre"
)
SCIPY = "augmentation/test_augmentation_oracle.py::test_same_picture_as_scipy"
STREAM = "np.random.default_rng([seed, epoch, picture])"

FAULTS = (
    fault(
        "one-draw-a-batch",
        "One transformation is drawn for all pictures of a batch",
        SHARED,
        ("augmentation/_draw.py", STREAM, "np.random.default_rng([seed, epoch])"),
    ),
    fault(
        "same-augmentation-every-epoch",
        "A picture is augmented alike in every epoch",
        SHARED,
        ("augmentation/_draw.py", STREAM, "np.random.default_rng([seed, picture])"),
    ),
    fault(
        "augmentation-seed-ignored",
        "The seed of the augmentation is ignored",
        SHARED,
        ("augmentation/_draw.py", STREAM, "np.random.default_rng([epoch, picture])"),
    ),
    fault(
        "shear-in-the-wrong-unit",
        "The shear of 0.2 is taken for degrees in 2017 and for radians today",
        DISTRIBUTIONS,
        ("augmentation/_draw.py", 'spec.shear_unit == "degrees"', 'spec.shear_unit == "radians"'),
    ),
    fault(
        "rotation-in-radians",
        "The rotation of 40 is taken for radians",
        DISTRIBUTIONS,
        (
            "augmentation/_draw.py",
            "(spec.rotation_range * RADIANS_PER_DEGREE)",
            "spec.rotation_range",
        ),
    ),
    fault(
        "shifts-in-pixels",
        "The shift of 0.2 is taken for pixels",
        DISTRIBUTIONS,
        ("augmentation/_draw.py", "(spec.height_shift_range * height)", "spec.height_shift_range"),
        ("augmentation/_draw.py", "(spec.width_shift_range * width)", "spec.width_shift_range"),
    ),
    fault(
        "shifts-exchanged",
        "Pictures are shifted sideways by shares of their height",
        DISTRIBUTIONS,
        ("augmentation/_draw.py", "height, width = size", "width, height = size"),
    ),
    fault(
        "zoom-shared",
        "Both axes share one zoom, so the aspect ratio stays",
        "augmentation/test_augmentation_draw.py::test_parameters_are_independent_of_each_other",
        ("augmentation/_draw.py", "zy=1.0 + signed[:, 5]", "zy=1.0 + signed[:, 4]"),
    ),
    fault(
        "zoom-in-only",
        "Pictures are only ever magnified",
        DISTRIBUTIONS,
        ("augmentation/_draw.py", "zx=1.0 + signed[:, 4]", "zx=1.0 - uniform[:, 4]"),
    ),
    fault(
        "flip-always",
        "Every picture is mirrored",
        DISTRIBUTIONS,
        ("augmentation/_draw.py", "(uniform[:, 6] < 0.5)", "(uniform[:, 6] < 1.0)"),
    ),
    fault(
        "rotation-one-way",
        "Rotations are drawn one way only",
        DISTRIBUTIONS,
        ("augmentation/_draw.py", "theta=signed[:, 0]", "theta=uniform[:, 0]"),
    ),
    fault(
        "centre-half-a-pixel-off",
        "Pictures turn about a point half a pixel beside their centre",
        MATRIX,
        ("augmentation/_affine.py", '== "shifted" else -0.5', '== "shifted" else 0.0'),
    ),
    fault(
        "zoom-before-shear",
        "The matrices are multiplied in another order: zoom before shear",
        MATRIX,
        (
            "augmentation/_affine.py",
            "b = (-(cos * shear_sin) - sin * shear_cos) * p.zy",
            "b = -(cos * shear_sin) * p.zx - sin * shear_cos * p.zy",
        ),
        (
            "augmentation/_affine.py",
            "d = (-(sin * shear_sin) + cos * shear_cos) * p.zy",
            "d = -(sin * shear_sin) * p.zx + cos * shear_cos * p.zy",
        ),
    ),
    fault(
        "shift-before-rotation",
        "Pictures are shifted along their own axes and then turned",
        MATRIX,
        ("augmentation/_affine.py", "(cos * p.tx - sin * p.ty)", "p.tx"),
        ("augmentation/_affine.py", "(sin * p.tx + cos * p.ty)", "p.ty"),
    ),
    fault(
        "axes-of-the-wrong-year",
        "Rows and columns are exchanged in 2017 and not today",
        MATRIX,
        ("augmentation/_affine.py", 'if p.axes == "column_row":', 'if p.axes == "row_column":'),
    ),
    fault(
        "black-fill",
        "What lies outside the picture is black instead of the nearest pixel",
        "augmentation/test_augmentation_apply.py::test_a_constant_picture_stays_constant[published]",
        (
            "augmentation/_kernel.py",
            "        picture = pictures[sources[p]].reshape(-1)\n        target",
            "        picture = np.append(pictures[sources[p]].reshape(-1), np.zeros(3, np.uint8))\n"
            "        target",
        ),
        (
            "augmentation/_kernel.py",
            "        source[j] = (((y + _HALF) >> PLACES) * width + ((x + _HALF) >> PLACES)) * 3",
            "        source[j] = (((y + _HALF) >> PLACES) * width + ((x + _HALF) >> PLACES)) * 3\n"
            "        if y != first_y + m[0, 1] * j or x != first_x + m[1, 1] * j:\n"
            "            source[j] = height * width * 3",
        ),
    ),
    fault(
        "bilinear-for-nearest",
        "The years' resamplings are exchanged: bilinear in 2017, nearest today",
        f"{SCIPY}[(37, 61)-drawn-published]",
        ("augmentation/_compile.py", '== "bilinear" else', '== "nearest" else'),
    ),
    fault(
        "truncated-grey-levels",
        "Interpolated values are cut off instead of rounded: pictures become darker",
        f"{SCIPY}[(37, 61)-drawn-today]",
        ("augmentation/_kernel.py", "_ROUND = np.uint32(1 << 23)", "_ROUND = np.uint32(0)"),
    ),
    fault(
        "flipped-upside-down",
        "Pictures are mirrored upside down",
        "augmentation/test_augmentation_apply.py::test_flip_alone_mirrors_and_is_an_involution[today]",
        (
            "augmentation/_kernel.py",
            "            _store(row, target, i, flips[p], width)",
            "            _store(row, target, height - 1 - i if flips[p] else i, False, width)",
        ),
    ),
    fault(
        "range-left-out",
        "A recipe's augmentation leaves out the chapter's shear",
        "augmentation/test_augmentation_draw.py::test_a_spec_keeps_the_chapters_settings",
        ("augmentation/_draw.py", "shear_unit=", "shear_range=0.0,\n            shear_unit="),
    ),
    fault(
        "chapters-ranges-changed",
        "Pictures are turned by up to 30 degrees instead of 40",
        "test_chapter.py::test_the_augmentation_is_the_chapters_call",
        ("chapter.py", "rotation_range: float = 40.0", "rotation_range: float = 30.0"),
    ),
)
