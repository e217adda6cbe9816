#!/usr/bin/env bash
# torch 2.13.0, transformers 5.24.0.
# Guess: the audio codecs of one library give back the length that they took, or a whole number of hops: n codes are n * hop
# samples.
# Seen: EnCodec gives back the length that it took. DAC rounds down to whole hops, so that a signal loses its end; and where a
# ratio is odd, as in the 2, 4, 5, 8 of its 16 and 24 kHz models, its decoder is shorter than the hops, too: its transposed
# convolutions have no output_padding. 6,400 samples, 20 hops of 320, are 20 codes and come back as 6,392. With 2, 4, 8, 8 whole
# hops come back whole.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 transformers==5.24.0 <<'PYTHON'
import torch
from transformers import DacConfig, DacModel, EncodecConfig, EncodecModel
torch.manual_seed(0)
def dac(ratios):
    return DacModel(DacConfig(encoder_hidden_size=4, downsampling_ratios=ratios, decoder_hidden_size=64, n_codebooks=2, codebook_size=16,
                              codebook_dim=4)).eval()
encodec = EncodecModel(EncodecConfig(num_filters=4, hidden_size=16, codebook_dim=16, num_lstm_layers=1, codebook_size=16,
                                     target_bandwidths=[1.5])).eval()
for name, model, lengths, wanted in (("EnCodec", encodec, (6400, 6500), (6400, 6500)), ("DAC 2, 4, 8, 8", dac([2, 4, 8, 8]), (5120, 5631), (5120, 5120)),
                                     ("DAC 2, 4, 5, 8", dac([2, 4, 5, 8]), (6400, 9600), (6392, 9592))):
    with torch.no_grad():
        seen = tuple(model(torch.randn(1, 1, length)).audio_values.shape[-1] for length in lengths)
    print(name, "of", lengths, "samples returns", seen)
    assert seen == wanted
PYTHON
