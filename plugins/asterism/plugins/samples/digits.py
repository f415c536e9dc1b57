"""The sample `digits`: handwritten digits that ship with scikit-learn, as image files."""

from pathlib import Path

import numpy as np


def write_digits(folder: Path) -> Path:
    """Write 1,797 grey images of 8 x 8 pixels as ``digits/<class>/<number>.png``; return the folder of the classes.

    From Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998.
    """
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    root = folder / "digits"
    for digit in range(10):
        (root / str(digit)).mkdir(parents=True, exist_ok=True)
    pixels = np.rint(digits.images * (255 / 16)).astype(np.uint8)  # they come as 0 to 16
    for number, (image, digit) in enumerate(zip(pixels, digits.target, strict=True)):
        Image.fromarray(image).save(root / str(digit) / f"{number:04}.png")
    return root
