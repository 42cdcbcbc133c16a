"""Faults of the pictures: which ones, in which folder, with which label, decoded how."""

from __future__ import annotations

from tests.faults.fault import fault

FAULTS = (
    fault(
        "split-off-by-one",
        "The training pictures end one number early",
        "dataset/test_naming.py::test_the_chapters_ranges",
        ("chapter.py", '"train": range(1, 1001)', '"train": range(1, 1000)'),
    ),
    fault(
        "python-numbering-for-r",
        "The R edition's pictures are counted from 0, as in Python",
        "dataset/test_naming.py::test_the_chapters_ranges",
        ("dataset/naming.py", "return dict(SPLIT[numbering])", 'return dict(SPLIT["python"])'),
    ),
    fault(
        "overlap-of-two",
        "A cat and a dog stand in training and in validation",
        "dataset/test_naming.py::test_the_chapters_ranges",
        ("chapter.py", '"validation": range(1001, 1501)', '"validation": range(1000, 1500)'),
    ),
    fault(
        "overlap-accepted",
        "Ranges of picture numbers that overlap are accepted",
        "dataset/test_naming.py::test_other_ranges_are_refused",
        ("dataset/naming.py", "wrong or not seen.isdisjoint(numbers) or", "wrong or"),
    ),
    fault(
        "dogs-among-cats",
        "Dog files are put into the cat folder",
        "dataset/test_preparation.py::test_any_superset_of_files_gives_the_same_folds",
        ("dataset/split.py", "self.folder(fold, key[0])", 'self.folder(fold, "cats")'),
    ),
    fault(
        "dogs-counted-as-cats",
        "A dog in the cat folder is counted as a cat",
        "test_inspection.py::test_dogs_in_the_cat_folder_are_not_counted_as_cats",
        ("inspection/_pictures.py", "key is not None and key[0] == class_name", "key is not None"),
    ),
    fault(
        "labels-reversed",
        "Cats are labelled 1 and dogs 0",
        "dataset/test_preparation.py::test_any_superset_of_files_gives_the_same_folds",
        ("dataset/split.py", "np.array([0, 1], np.uint8)", "np.array([1, 0], np.uint8)"),
    ),
    fault(
        "labels-alternate",
        "Labels alternate while the pictures stand class by class",
        "dataset/test_preparation.py::test_any_superset_of_files_gives_the_same_folds",
        ("dataset/split.py", "np.repeat(np.array", "np.resize(np.array"),
        ("dataset/split.py", "len(self.ranges[fold]))", "2 * len(self.ranges[fold]))"),
    ),
    fault(
        "classes-not-alphabetical",
        "Dogs are class 0, against the directory iterator's order",
        "test_chapter.py::test_classes_are_numbered_as_a_directory_iterator_numbers_them",
        ("chapter.py", '= ("cats", "dogs")', '= ("dogs", "cats")'),
    ),
    fault(
        "twins-across-folds",
        "The same picture in two folds passes the verification",
        "dataset/test_verification.py::test_a_picture_in_two_folds",
        ("dataset/verification.py", "if len(group) > 1]", "if len(group) > 2]"),
        ("dataset/verification.py", " and contents[a] != contents[b]", " and a > b"),
    ),
    fault(
        "impostors-pass",
        "Only a picture's name is checked, not that it is the one with that number",
        "dataset/test_verification.py::test_swapped_classes",
        ("dataset/verification.py", "if not good] + unchecked", "if good and not good]"),
    ),
    fault(
        "bgr-for-rgb",
        "Pictures are decoded as BGR",
        "pictures/test_decoding.py::test_pixels_are_those_of_keras[size0-nearest]",
        ("dataset/decoding.py", '"RGB"), np.uint8)', '"RGB"), np.uint8)[..., ::-1]'),
    ),
    fault(
        "bilinear-resize",
        "Pictures are resized bilinearly where nearest neighbour is asked for",
        "pictures/test_decoding.py::test_pixels_are_those_of_keras[size0-nearest]",
        ("pictures.py", ": Image.Resampling.NEAREST", ": Image.Resampling.BILINEAR"),
    ),
    fault(
        "aspect-ratio-kept",
        "Pictures are cropped to keep their aspect ratio",
        "pictures/test_decoding.py::test_pixels_are_those_of_keras[size0-nearest]",
        ("pictures.py", "from PIL import Image,", "from PIL import Image, ImageOps,"),
        ("pictures.py", "picture.resize((width, height)", "ImageOps.fit(picture, (width, height)"),
    ),
    fault(
        "exif-turned",
        "Pictures are turned as their EXIF tag says, which the chapter's loader does not do",
        "pictures/test_decoding.py::test_pixels_are_those_of_keras[size0-nearest]",
        ("dataset/decoding.py", "import Image, Unid", "import Image, ImageOps, Unid"),
        ("dataset/decoding.py", "picture.convert", "ImageOps.exif_transpose(picture).convert"),
    ),
    fault(
        "height-for-width",
        "Height and width of the resize are exchanged",
        "pictures/test_decoding.py::test_pixels_are_those_of_keras[size1-nearest]",
        ("pictures.py", "height, width = size", "width, height = size"),
    ),
    fault(
        "picture-cache-too-coarse",
        "Decoded pictures are found again whatever the interpolation",
        "pictures/test_cache.py::test_every_option_has_its_own_entry",
        ("pictures.py", "{FORMAT_VERSION} {interpolation} {", "{FORMAT_VERSION} {"),
    ),
    fault(
        "picture-cache-by-name",
        "Decoded pictures are found again by name, though the file has changed",
        "pictures/test_cache.py::test_names_and_times_do_not_matter_but_contents_do",
        ("pictures.py", ".sha256(read(path)).digest()", ".sha256(path.name.encode()).digest()"),
        ("pictures.py", "if hashlib.sha256(content).digest() != digest:", "if not content:"),
    ),
    fault(
        "fewer-pictures-of-one-class",
        "Fewer pictures to train on are the first in the folder, all of them cats",
        "plans/test_trial.py"
        "::test_fewer_pictures_are_the_first_of_each_class_and_are_evaluated_on_all",
        (
            "plans/materials.py",
            "row for k in (0, 1) for row in np.flatnonzero(whole.labels == k)[: count // 2]",
            "row for row in range(count)",
        ),
    ),
    fault(
        "resized-by-todays-rule",
        "Pictures of another size are resized by nearest neighbour whatever the recipe says",
        "plans/test_trial.py::test_pictures_of_another_size_are_loaded_anew_by_the_recipes_resize",
        ("plans/trial.py", ".size, plan.recipe.resize_interpolation", '.size, "nearest"'),
    ),
)
