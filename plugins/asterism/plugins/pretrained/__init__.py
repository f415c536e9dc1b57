"""The encoder `pretrained`: images and videos through a vision model that somebody has trained before."""

from .encoder import Pretrained

__all__ = ["Pretrained"]
