"""Small models whose recordings are in corpus/calls/: every operation that the readers of programs know, a few to each.

    python3 -B tests/fuzz/models.py      writes them all, where this Python has torch
"""
import importlib.util
import os
import sys

import torch
import torch.nn.functional as F
from torch import nn


class Arithmetic(nn.Module):
    def forward(self, x):
        y = (x + 1) * 2 - x / 3
        y = 1 - y ** 2
        y = torch.maximum(x, y) + torch.minimum(x, y).abs().neg().exp()
        y = y.log1p().sqrt() * y.rsqrt() + y.sin() * y.cos() - y.reciprocal()
        y = torch.where(y > 0, y, x).masked_fill(x < 0, 0).clamp(min=-1, max=2)
        y = y.square() + y.erf() + y.floor() + y.ceil() + y.round() + y.sign() + y.expm1() + y.log2()
        return y.add_(x).mul_(2).sub(x, alpha=2).div(2.0).contiguous().to(x.dtype).type_as(x)


class Activations(nn.Module):
    def __init__(self):
        super().__init__()
        self.all = nn.Sequential(nn.ReLU(), nn.LeakyReLU(0.1), nn.PReLU(4), nn.ELU(), nn.GELU(), nn.SiLU(), nn.Mish(),
                                 nn.Softplus(), nn.Hardswish(), nn.Hardtanh(), nn.Softmax(1), nn.GLU(1))

    def forward(self, x):
        x = F.relu6(F.celu(F.selu(F.hardsigmoid(F.logsigmoid(F.softsign(F.tanhshrink(x)))))))
        x = F.softshrink(F.hardshrink(F.threshold(x, 0.1, 0))).tanh().sigmoid()
        x = F.log_softmax(F.softmin(x, 1), dim=1).softmax(-1)
        return F.dropout(F.rrelu(self.all(x)), 0.1, self.training)


class Windows(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(6, 4, 3, 3))
        self.t = nn.Parameter(torch.zeros(6, 4, 2, 2))
        self.pool = nn.MaxPool2d(2, return_indices=True)
        self.unpool = nn.MaxUnpool2d(2)

    def forward(self, x):
        y = F.conv2d(x, self.w, stride=2, padding=1)
        y = F.conv_transpose2d(y, self.t, stride=2)
        y, places = self.pool(y)
        y = self.unpool(y, places, output_size=x.shape)
        y = F.avg_pool2d(F.max_pool2d(y, 3, 1, 1), 2, ceil_mode=True)
        y = F.lp_pool2d(y, 2, 2)
        return F.adaptive_avg_pool2d(y, 3) + F.adaptive_max_pool2d(y, (3, None))[..., :3]


class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.batch, self.group, self.instance = nn.BatchNorm2d(4), nn.GroupNorm(2, 4), nn.InstanceNorm2d(4)
        self.layer, self.response = nn.LayerNorm([8, 8]), nn.LocalResponseNorm(3)

    def forward(self, x):
        x = self.response(self.layer(self.instance(self.group(self.batch(x)))))
        x = F.layer_norm(F.group_norm(x, 2), x.shape[1:])
        return F.normalize(F.instance_norm(x), dim=1)


class Pads(nn.Module):
    def __init__(self):
        super().__init__()
        self.all = nn.Sequential(nn.ReflectionPad2d(1), nn.ReplicationPad2d((1, 0, 2, 0)), nn.ZeroPad2d(1), nn.ConstantPad2d(1, 0.5))

    def forward(self, x):
        y = F.pad(self.all(x), (1, -1, 0, 2))
        y = F.pad(y, (1, 1, 1, 1), mode="circular")
        short = -y.shape[-1] % 8
        return F.pad(y, (0, short, 0, -y.shape[-2] % 8), mode="reflect")[..., :x.shape[2], :x.shape[3]]


class Shapes(nn.Module):
    def forward(self, x):
        b, c, h, w = x.shape
        y = x.view(b, c, h * w).permute(0, 2, 1).reshape(b, h, w, c).movedim(-1, 1)
        y = y.flatten(2).unflatten(2, (h, w)).transpose(2, 3).unsqueeze(1).squeeze(1)
        y = y.swapaxes(2, 3).expand(b, c, h, w).repeat(1, 2, 1, 1).roll(1, 2).flip(3).cumsum(1)
        y = F.pixel_unshuffle(F.pixel_shuffle(y.repeat_interleave(2, 1), 2), 2)
        y = F.fold(F.unfold(y, 2, stride=2), (h, w), 2, stride=2)
        y = y.reshape(b, 2, -1, h, w).transpose(1, 2).reshape(b, -1, h, w)
        return y.reshape(b, -1, h // 2, 2, w // 2, 2).permute(0, 1, 3, 5, 2, 4).reshape(b, -1, h // 2, w // 2)


class Reductions(nn.Module):
    def forward(self, x):
        y = x.mean((2, 3), keepdim=True) + x.sum(1, keepdim=True) + x.amax((1, 2), keepdim=True) - x.amin(3, keepdim=True)
        y = y / x.std(1, keepdim=True) + x.var(dim=2, keepdim=True) + x.norm(dim=1, keepdim=True) + x.logsumexp(1, keepdim=True)
        values, places = y.max(1)
        return values + y.argmax(1) + y.argmin(1) + places + y.min(dim=1).values + y.mean()


class Resizes(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)

    def forward(self, x):
        y = F.interpolate(self.up(x), size=x.shape[2:], mode="bicubic", antialias=True)
        y = F.interpolate(y, scale_factor=1.5, mode="nearest", recompute_scale_factor=True)
        return F.interpolate(y, (y.shape[2] * 2, 9), mode="nearest-exact") + F.interpolate(y, (y.shape[2] * 2, 9), mode="area")


class Parts(nn.Module):
    def forward(self, x):
        a, b = x.chunk(2, 1)
        c, d = torch.split(x, [1, 3], dim=1)
        e = torch.tensor_split(x, 3, dim=2)[1]
        f = x.unbind(3)[0] + x.select(3, 1) + x[:, :, :, -1]
        g = x.narrow(2, 1, 4)[:, 1:3, ::2, None, 0]
        y = torch.cat([a, b, c, d], 1) + torch.stack([x[:, 0]] * 8, 1)
        return y.mean() + e.mean() + f.mean() + g.mean() + torch.hstack([a, b])[..., 1:].mean() + y[0].mean()


class Products(nn.Module):
    def __init__(self):
        super().__init__()
        self.line, self.two = nn.Linear(8, 6), nn.Bilinear(6, 6, 5)
        self.w = nn.Parameter(torch.zeros(6, 8))

    def forward(self, x):
        y = self.line(x)
        y = self.two(y, y) @ torch.zeros(5, 6)
        y = torch.einsum("bchw,bcHw->bchH", y, y) + torch.einsum("bchw,kw->bchk", x, self.w).sum()
        z = torch.bmm(y[:, 0], y[:, 1]) + torch.matmul(y[:, 0], y[:, 2].transpose(1, 2))
        z = torch.baddbmm(z, z, z) + torch.addmm(z[0], z[0], z[0]) + F.linear(x[:, 0], self.w).mean()
        return torch.outer(z[0, 0], z[0, 1])


class Sequences(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.gru, self.rnn = nn.LSTM(8, 6, 2, batch_first=True, bidirectional=True), nn.GRU(12, 8), nn.RNN(8, 8)
        self.heads = nn.MultiheadAttention(8, 2, batch_first=True)
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.decoder = nn.TransformerDecoderLayer(8, 2, 16, norm_first=True)

    def forward(self, x):
        y, (h, c) = self.lstm(x[:, 0])
        y, _ = self.gru(y)
        y, _ = self.rnn(y)
        y, weights = self.heads(y, y, y)
        q = y.unflatten(2, (2, 4)).transpose(1, 2)
        q = F.scaled_dot_product_attention(q, q, q, is_causal=True).transpose(1, 2).flatten(2)
        y = self.decoder(self.encoder(q), y)
        return y + weights.mean() + h.mean() + c.mean()


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(10, 8), nn.Parameter(torch.zeros(1, 6, 8))
        self.first = nn.Parameter(torch.zeros(1, 1, 8))

    def forward(self, x):
        y = self.words(x.long())
        y = torch.cat([self.first.expand(y.shape[0], -1, -1), y], 1) + self.places[:, :y.shape[1] + 1]
        t = torch.arange(y.shape[1], dtype=torch.float32)[None, :, None]
        y = y + torch.cat([t.sin(), t.cos()] * 4, -1) + torch.zeros_like(y) + torch.ones(y.shape[1], 1)
        mask = torch.triu(torch.full((y.shape[1], y.shape[1]), -1.0), 1)
        return ((y @ y.transpose(1, 2)) / 8 ** 0.5 + mask).softmax(-1) @ y


class Two(nn.Module):
    def forward(self, x, y):
        y = F.interpolate(y, x.shape[-2:])
        gate = torch.sigmoid(x.mean((2, 3), keepdim=True))
        z = torch.empty(x.shape[0], 8, *x.shape[2:])
        z[:, :4] = x * gate
        z[:, 4:] = y
        return {"sum": x + y, "both": z}


class Volume(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.up = nn.Conv3d(2, 4, 3, 2, 1), nn.ConvTranspose3d(4, 2, 3, 2, 1, output_padding=1)

    def forward(self, x):
        return F.avg_pool3d(F.max_pool3d(F.relu(self.up(self.down(x))), 2), (1, 2, 2)) + self.down(x).mean()


class Wave(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.up = nn.utils.parametrizations.weight_norm(nn.Conv1d(4, 8, 4, 2, 1)), nn.ConvTranspose1d(8, 4, 4, 2, 1)

    def forward(self, x):
        y = self.up(F.leaky_relu(self.down(F.pad(x, (2, 0)))))[..., :-2]
        return F.avg_pool1d(F.max_pool1d(torch.tanh(y), 2), 2)


class Signals(nn.Module):
    def __init__(self):
        super().__init__()
        self.window = nn.Parameter(torch.ones(16), requires_grad=False)
        self.book = nn.Embedding(6, 8)

    def forward(self, x):
        wave = x.flatten(1)
        spectrum = torch.stft(wave, 16, 4, window=self.window, return_complex=True)
        back = torch.istft(spectrum, 16, 4, window=self.window, length=wave.shape[1])
        f = torch.fft.irfft(torch.fft.rfft(back, dim=-1), n=wave.shape[1]) + torch.fft.ifft2(torch.fft.fft2(x)).real.flatten(1)
        f = f + torch.fft.irfftn(torch.fft.rfftn(x, dim=(2, 3)), s=x.shape[2:], dim=(2, 3)).flatten(1)
        parts = torch.view_as_real(spectrum).permute(0, 3, 1, 2) + torch.stack([spectrum.real, spectrum.imag], 1)
        d = torch.cdist(x.reshape(-1, 8), self.book.weight)
        near = self.book(d.argmin(1)).view(x.shape) + F.one_hot(d.topk(1, 1)[1].squeeze(1), 8).float().view(x.shape)
        alike = F.cosine_similarity(x, near, dim=1).mean() + F.pairwise_distance(x, near).mean()
        loss = F.mse_loss(f, wave) + F.l1_loss(f, wave, reduction="sum") + F.smooth_l1_loss(f, wave) + F.huber_loss(f, wave)
        loss = loss + F.binary_cross_entropy(torch.sigmoid(f), torch.sigmoid(wave)) + F.binary_cross_entropy_with_logits(f, wave)
        return loss + alike + parts.abs().mean() + spectrum.angle().mean()


class Choices(nn.Module):
    def forward(self, x):
        low = (x < 0) & ~(x <= -1) | (x != 0) & (x >= 1)
        low = torch.logical_and(low, x > 0.5).logical_or(x == 1).logical_not()
        y = torch.where(low, x, x.roll(1, 2)).masked_fill(low, 0.0)
        grid = F.affine_grid(torch.eye(2, 3)[None].expand(x.shape[0], -1, -1), x.shape, align_corners=False)
        y = F.grid_sample(y, grid, align_corners=False) + F.grid_sample(x, x[:, :2].permute(0, 2, 3, 1), mode="nearest", align_corners=True)
        z = x.gather(1, x.argsort(1)) + x.sort(1, descending=True)[0] + x.cumsum(1) + x.flip(2)
        return y + z + x.topk(4, 1)[0] + x.repeat(1, 2, 1, 1)[:, ::2] + x.repeat_interleave(2, 1)[:, :4] + x.tril() + x.amax(1, True)


# What goes in, and once more in another size, where it is not one map.
INPUTS = {
    "Signals": ["--input", "2,1,8,8"],
    "Tokens": ["--input", "2,5", "--also", "2,7"],
    "Two": ["--input", "1,4,8,8", "--input", "1,4,8,8"],
    "Volume": ["--input", "1,2,6,6,6"],
    "Wave": ["--input", "1,4,32", "--also", "1,4,40"],
    "Shapes": ["--input", "1,4,8,8", "--also", "1,4,12,16"],
}


def write_all():
    here = os.path.dirname(os.path.abspath(__file__))
    os.chdir(here)
    found = importlib.util.spec_from_file_location("recorder", os.path.abspath("../../src/read/python/recorder.py"))
    recorder = importlib.util.module_from_spec(found)
    found.loader.exec_module(recorder)
    names = [name for name, one in globals().items() if isinstance(one, type) and issubclass(one, nn.Module)]
    for name in names:
        with open(f"corpus/calls/{name}.jsonl", "w", encoding="utf-8") as file:
            sys.argv = ["recorder", f"models.py:{name}", *INPUTS.get(name, ["--input", "1,4,8,8"]), "--to", str(file.fileno())]
            code = recorder.main()
        print(name, code, file=sys.stderr)


if __name__ == "__main__":
    write_all()
