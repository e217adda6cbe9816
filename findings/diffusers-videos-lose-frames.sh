#!/usr/bin/env bash
# torch 2.13.0, diffusers 0.42.1.
# Guess: an autoencoder for videos gives back as many frames as it was given, or refuses a number that it was not made for. They
# are made for 4 n + 1 frames, all of them.
# Seen: none refuses, and there are three answers to 8 frames and to 10. Wan, QwenImage, HunyuanVideo and LTX give 5 and 9,
# Cosmos 9 and 13. CogVideoX gives 9 for 10, and 8 for 8, and for 5 frames, a number that it was made for, 8, too. Mochi goes by
# 6 n + 1: 7 for 10. In Wan what is lost is not looked at: other frames at the end change nothing. A loss against the input
# raises later, or does not, where the shorter of the two is taken.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 diffusers==0.42.1 <<'PYTHON'
import diffusers, torch
torch.manual_seed(0)
wide = dict(block_out_channels=(8,) * 4, latent_channels=4, layers_per_block=1, norm_num_groups=2)
wan = dict(base_dim=8, z_dim=4, dim_mult=[1] * 4, num_res_blocks=1, temperal_downsample=[False, True, True])
ltx = dict(latent_channels=8, block_out_channels=(8,) * 4, decoder_block_out_channels=(8,) * 4, layers_per_block=(1,) * 5,
           decoder_layers_per_block=(1,) * 5, spatio_temporal_scaling=(True, True, False, False), patch_size=1,
           decoder_spatio_temporal_scaling=(True, True, False, False), decoder_inject_noise=(False,) * 5,
           upsample_residual=(False,) * 4, upsample_factor=(1,) * 4)
cosmos = dict(latent_channels=4, encoder_block_out_channels=(8,) * 4, decode_block_out_channels=(8,) * 4, attention_resolutions=(8,),
              resolution=64, num_layers=1, patch_size=4, spatial_compression_ratio=4, temporal_compression_ratio=4)
cog = dict(down_block_types=("CogVideoXDownBlock3D",) * 4, up_block_types=("CogVideoXUpBlock3D",) * 4, temporal_compression_ratio=4)
mochi = dict(encoder_block_out_channels=(32,) * 4, decoder_block_out_channels=(32,) * 4, latent_channels=4, layers_per_block=(1,) * 5)
frames, floors = (5, 8, 9, 10), [5, 5, 9, 9]
for model, wanted in ((diffusers.AutoencoderKLWan(**wan), floors), (diffusers.AutoencoderKLQwenImage(**wan), floors),
                      (diffusers.AutoencoderKLHunyuanVideo(**wide), floors), (diffusers.AutoencoderKLLTXVideo(**ltx), floors),
                      (diffusers.AutoencoderKLCosmos(**cosmos), [5, 9, 9, 13]), (diffusers.AutoencoderKLCogVideoX(**wide, **cog), [8, 8, 9, 9]),
                      (diffusers.AutoencoderKLMochi(**mochi), [1, 7, 7, 7])):
    model.eval()
    with torch.no_grad():
        back = [model.decode(model.encode(torch.randn(1, 3, n, 32, 32)).latent_dist.mode()).sample.shape[2] for n in frames]
    print(type(model).__name__, "of", frames, "frames returns", back)
    assert back == wanted
model = diffusers.AutoencoderKLWan(**wan).eval()
x = torch.randn(1, 3, 8, 32, 32)
with torch.no_grad():
    assert torch.equal(model.encode(x).latent_dist.mode(), model.encode(torch.cat([x[:, :, :5], x[:, :, 5:] + 9], 2)).latent_dist.mode())
PYTHON
