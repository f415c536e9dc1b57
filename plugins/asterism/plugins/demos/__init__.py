"""The demos: ordinary specs over the named samples, shipped with the plugins; each name is the path of its file."""

from importlib.resources import files

_FOLDER = files(__name__)

TEXT = _FOLDER / "text.yaml"
IMAGE = _FOLDER / "image.yaml"
VIDEO = _FOLDER / "video.yaml"
RECOMMEND = _FOLDER / "recommend.yaml"
GENERATE = _FOLDER / "generate.yaml"
