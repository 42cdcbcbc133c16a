"""Pictures of the small set that do not show what their names say.

One person looked through all 4,000 pictures as thumbnails, and at full size at those on which
classifiers or a fine-tuned model were most confidently wrong. Pictures that are merely hard to
recognise are not listed: leaving those out would only measure the classifier that found them.
"""

#: File name → what the picture shows. The split is the chapter's, numbered as in R.
DOUBTFUL: dict[str, str] = {
    # training
    "cat.92.jpg": "an ornament in the shape of a cat, beside flowers",
    "cat.724.jpg": "a dog that fills the picture, and a kitten",
    # validation
    "cat.1189.jpg": "a towel; whatever is under it cannot be seen",
    "cat.1450.jpg": "a cat and a dog",
    "dog.1043.jpg": "a poster of an animal shelter: a building and text",
    "dog.1194.jpg": "a trailer",
    "dog.1259.jpg": "a drawing of a poodle, with the word e-mail",
    "dog.1273.jpg": "a dog: the very picture that is dog.980.jpg of the training fold",
    "dog.1308.jpg": "an ornamental drawing of a greyhound",
    # test
    "dog.1773.jpg": "a portrait of a man with a pipe",
    "dog.1895.jpg": "a drawing of a dog with the words photo coming soon",
}
