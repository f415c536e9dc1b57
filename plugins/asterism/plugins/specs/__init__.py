"""Ready specs, to run by name on one's own data or to begin one's own with; each name is the path of its file."""

from importlib.resources import files

_FOLDER = files(__name__)

BASKETS = _FOLDER / "baskets.yaml"
IMAGES_FAST = _FOLDER / "images-fast.yaml"
IMAGES_LEARNED = _FOLDER / "images-learned.yaml"
LSA = _FOLDER / "lsa.yaml"
PHOTOS_NEAR_DUPLICATES = _FOLDER / "photos-near-duplicates.yaml"
RECOMMEND_ITEMS = _FOLDER / "recommend-items.yaml"
RECOMMEND_NEWS = _FOLDER / "recommend-news.yaml"
SEGMENTATION = _FOLDER / "segmentation.yaml"
TOPICS_DENSITY = _FOLDER / "topics-density.yaml"
TOPICS_FAST = _FOLDER / "topics-fast.yaml"
TOPICS_LDA = _FOLDER / "topics-lda.yaml"
TOPICS_LSA = _FOLDER / "topics-lsa.yaml"
TOPICS_STATIC = _FOLDER / "topics-static.yaml"
VIDEOS_MOTION = _FOLDER / "videos-motion.yaml"
VIDEOS_NEAR_DUPLICATES = _FOLDER / "videos-near-duplicates.yaml"
