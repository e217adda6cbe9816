#!/usr/bin/env bash
# torch 2.13.0, transformers 5.24.0.
# Guess: an utterance that is padded in a batch has as many frames behind the encoder's convolutions as it has alone: the mask
# that the encoder returns says so.
# Seen: it has in Parakeet, and by the formula of Wav2Vec2, for every length. In Moonshine it has two or three more, for every
# length: the mask takes every 384th sample from the first on, where the convolutions, which are not padded, reach 895 samples.
# Half a second has 19 frames alone, 21 in a batch. In Moonshine streaming it has three more: a frame counts where any tap of its
# causal window meets the utterance, and so windows count that begin in its last frames. Decoders attend to these frames.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 transformers==5.24.0 <<'PYTHON'
import torch
from transformers import (MoonshineConfig, MoonshineModel, MoonshineStreamingEncoderConfig, ParakeetEncoder, ParakeetEncoderConfig,
                          Wav2Vec2Config, Wav2Vec2Model)
from transformers.models.moonshine_streaming.modeling_moonshine_streaming import MoonshineStreamingEncoder
torch.manual_seed(0)
small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
moonshine = MoonshineModel(MoonshineConfig(hidden_size=16, intermediate_size=16, encoder_num_hidden_layers=1, decoder_num_hidden_layers=1,
                                           encoder_num_attention_heads=2, decoder_num_attention_heads=2)).encoder.eval()
streaming = MoonshineStreamingEncoder(MoonshineStreamingEncoderConfig(num_key_value_heads=2, **small)).eval()
parakeet = ParakeetEncoder(ParakeetEncoderConfig(num_mel_bins=16, subsampling_conv_channels=8, **small)).eval()
wav2vec2 = Wav2Vec2Model(Wav2Vec2Config(conv_dim=[8] * 7, num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=2, **small)).eval()
@torch.no_grad()
def more(encoder, length, padded, features=()):
    alone = encoder(torch.randn(1, length, *features)).last_hidden_state.shape[1]
    if encoder is wav2vec2:
        return alone, int(encoder._get_feat_extract_output_lengths(torch.tensor(length)))
    mask = (torch.arange(padded) < length).long()[None]
    return alone, int(encoder(torch.randn(1, padded, *features), attention_mask=mask).attention_mask.sum())
for name, encoder, lengths, padded, features, wanted in (
        ("Parakeet", parakeet, range(20, 150, 3), 200, (16,), {0}), ("Wav2Vec2", wav2vec2, range(400, 9000, 211), None, (), {0}),
        ("Moonshine", moonshine, range(2000, 16001, 250), 20000, (), {2, 3}),
        ("Moonshine streaming", streaming, range(800, 12001, 160), 16000, (), {3})):
    seen = {length: more(encoder, length, padded, features) for length in lengths}
    print(name, "frames more than alone:", sorted({there - alone for alone, there in seen.values()}), "e.g. alone, in a batch:", dict(list(seen.items())[-3:]))
    assert {there - alone for alone, there in seen.values()} == wanted
alone, there = more(moonshine, 8000, 20000)
print("half a second in Moonshine:", alone, "frames alone,", there, "in a batch")
assert (alone, there) == (19, 21)
PYTHON
