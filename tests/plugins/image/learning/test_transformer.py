"""The transformer against torch's own, and that it does not see what is hidden."""

import pytest
import torch
from torch import nn

from asterism.plugins.image.learning.transformer import Block, Painter, Seer, painting_error


def generator(seed):
    return torch.Generator().manual_seed(seed)


def test_a_block_is_the_layer_that_torch_has():
    block, tokens = Block(16), torch.randn(3, 7, 16, generator=generator(0))
    theirs = nn.TransformerEncoderLayer(16, 4, 64, dropout=0, activation="gelu", batch_first=True, norm_first=True)
    theirs.self_attn.in_proj_weight, theirs.self_attn.in_proj_bias = block.mixed.weight, block.mixed.bias
    theirs.self_attn.out_proj.weight, theirs.self_attn.out_proj.bias = block.out.weight, block.out.bias
    theirs.norm1, theirs.norm2, theirs.linear1, theirs.linear2 = *block.norms, block.layers[0], block.layers[2]
    with torch.no_grad():
        torch.testing.assert_close(block(tokens), theirs.train()(tokens))


def test_patches_are_cut_row_by_row():
    image = torch.arange(2 * 4 * 6.0).reshape(1, 2, 4, 6)
    patches = Seer(2, (4, 6), 2, 8, 1).cut(image) + 0.5
    assert patches.shape == (1, 6, 8)
    assert patches[0, 4].tolist() == image[0, :, 2:4, 2:4].flatten().tolist()


def test_what_is_painted_does_not_depend_on_what_is_hidden():
    seer, painter = (network.eval() for network in networks())
    images, order = torch.rand(1, 3, 8, 8, generator=generator(0)), torch.tensor([[2, 0, 3, 1]])
    changed = images.clone()
    changed[..., 4:, 4:] = 0  # patch 3, which is hidden
    first, second = (painter(seer.see(seer.cut(each), order[:, :2]), order) for each in (images, changed))
    assert torch.equal(first, second)
    assert first.shape == (1, 4, 48)


def test_what_was_seen_is_laid_where_it_came_from():
    painter = networks()[1]
    painter.blocks, painter.places = nn.Identity(), nn.Parameter(torch.zeros(4, 8))
    laid = painter(torch.stack([torch.full((1, 8), 2.0), torch.full((1, 8), 7.0)], 1), torch.tensor([[2, 0, 3, 1]]))
    assert laid[0, :, 0].tolist() == [7, 0, 2, 0]


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_at_least_one_patch_is_seen_and_one_hidden(share):
    assert torch.isfinite(painting_error(*networks(), torch.rand(2, 3, 8, 8, generator=generator(0)), share, generator(1)))


def networks():
    seer = Seer(3, (8, 8), 4, 8, 1)
    return seer, Painter(seer)
