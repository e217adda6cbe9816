#!/usr/bin/env bash
# torch 2.13.0, transformers 5.24.0.
# Guess: DPTForDepthEstimation, whose places are interpolated to any size and whose image processor can keep an image's ratio
# (keep_aspect_ratio), takes an image that is not square, as the Depth Anything that is built on it does.
# Seen: on its own vision transformer it takes the root of the number of patches for both sides. 64x96 raises: "shape '[1, 4, 4, 32]'
# is invalid". 32x128, which has 16 patches, too, runs as a square: its depth is 64x64, its rows of patches cut up and laid one below
# another, and nothing is said; 64x256 is 128x128. Of a square an odd number of patches is made even: 80x80 comes out as 96x96.
# DPTForSemanticSegmentation is the same. With a backbone_config both sides come from the image, but a patch of 14, DINOv2's, becomes 16
# places and five become six, so that 56x70 is 64x96; Depth Anything gives 56x70.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 transformers==5.24.0 <<'PYTHON'
import torch, transformers
transformers.logging.set_verbosity_error()
torch.manual_seed(0)
neck = dict(neck_hidden_sizes=[8] * 4, fusion_hidden_size=8)
vit = dict(hidden_size=32, num_hidden_layers=4, num_attention_heads=2)
plain = transformers.DPTConfig(**vit, **neck, intermediate_size=64, image_size=64, patch_size=16, backbone_out_indices=[0, 1, 2, 3])
stages = [f"stage{i}" for i in range(1, 5)]
backbone = transformers.Dinov2Config(**vit, image_size=56, patch_size=14, out_features=stages, reshape_hidden_states=False)
with_backbone = transformers.DPTConfig(backbone_config=backbone, **neck, hidden_size=32, patch_size=14, reassemble_factors=[4, 2, 1, 0.5])
anything = transformers.DepthAnythingConfig(backbone_config=backbone, **neck, reassemble_hidden_size=32, head_hidden_size=8)
def size(model, *sides):
    try:
        with torch.no_grad():
            out = model.eval()(pixel_values=torch.randn(1, 3, *sides))
    except RuntimeError as error:
        assert "is invalid for input of size" in str(error)
        return "raises"
    return tuple((out["predicted_depth"] if "predicted_depth" in out else out["logits"]).shape[-2:])
for kind in (transformers.DPTForDepthEstimation, transformers.DPTForSemanticSegmentation):
    model = kind(plain)
    for sides, wanted in (((64, 64), (64, 64)), ((96, 96), (96, 96)), ((80, 80), (96, 96)), ((64, 96), "raises"), ((32, 128), (64, 64)), ((64, 256), (128, 128))):
        seen = size(model, *sides)
        print(kind.__name__, sides, "->", seen)
        assert seen == wanted
models = {"DPT with a backbone": transformers.DPTForDepthEstimation(with_backbone), "Depth Anything": transformers.DepthAnythingForDepthEstimation(anything)}
for name, model in models.items():
    for sides in ((56, 56), (56, 84), (56, 70)):
        seen = size(model, *sides)
        print(name, sides, "->", seen)
        assert seen == (sides if name == "Depth Anything" else tuple((side // 14 + 1) // 2 * 32 for side in sides))
PYTHON
