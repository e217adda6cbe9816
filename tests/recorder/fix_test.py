"""`shapedbg fix --write` on Python models, then the models themselves: python3 -B fix_test.py SHAPEDBG. Exit 77: no torch."""
import difflib
import os
import stat
import unittest

from fixing import HEAD, InFolder

# Name: the class, what goes in, further options, the shape that it has to return, and the line that changes.
MODELS = {
    # All numbers of a view are read from what arrives, and together they make no whole of it: what made the parts is wrong.
    "Fused": ('''class Up(nn.Module):
    def __init__(self, channels, scale=2):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(channels * 2,
                      channels * scale, 1),
            nn.PixelShuffle(scale))

    def forward(self, x):
        return self.net(x)


class Fused(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1 = nn.Conv2d(3, 8, 3, padding=1)
        self.down2 = nn.Conv2d(8, 16, 2, stride=2)
        self.down3 = nn.Conv2d(16, 32, 2, stride=2)
        self.up2, self.up1 = Up(16), Up(8)
        self.conv2 = nn.Conv2d(16, 16, 3, padding=1)
        self.conv1 = nn.Conv2d(8, 3, 3, padding=1)

    def fuse(self, x, y):
        b, c, h, w = x.shape
        return torch.cat([x, y], 1).view(b, 2, c, h, w).sum(1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(a)
        c = self.conv2(self.fuse(self.up2(self.down3(b)), b))
        return self.conv1(self.fuse(self.up1(c), a))
''', "1,3,32,32", [], [1, 3, 32, 32], "channels * scale ** 2, 1),"),
    # One call over several lines, with a comment behind it.
    "Skip": ('''class Skip(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(8, 3,
                                     kernel_size=3,  # (3), odd
                                     stride=2, padding=1)  # goes up

    def forward(self, x):
        return torch.cat([x, self.up(self.down(x))], 1)
''', "1,3,24,24", [], [1, 6, 24, 24], "stride=2, padding=1, output_padding=1)  # goes up"),
    # Silently one too small; inside a Sequential, with a comma behind the last argument.
    "Coder": ('''class Coder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.ReLU(),
            nn.ConvTranspose2d(4, 1, 3, stride=2, padding=1,),
        )

    def forward(self, x):
        return torch.sigmoid(self.net(x))
''', "2,1,28,28", ["--expect", "input"], [2, 1, 28, 28], "padding=1, output_padding=1,)"),
    # Made in a function.
    "Made": ('''def upsampling(channels):
    return nn.ConvTranspose2d(channels, 3, 5, 2, 2)


class Made(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 4, 5, 2, 2)
        self.up = upsampling(4)

    def forward(self, x):
        return x - self.up(F.relu(self.down(x)))
''', "1,3,32,32", [], [1, 3, 32, 32], "5, 2, 2, output_padding=1)"),
    # The number of values that arrive at a Linear.
    "Flat": ('''class Flat(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, stride=2)
        self.fc = nn.Linear(in_features=5 , out_features=10)

    def forward(self, x):
        return self.fc(torch.flatten(self.conv(x), 1))
''', "2,1,9,9", [], [2, 10], "nn.Linear(in_features=64 , out_features=10)"),
    # A class for other axes.
    "Normed": ('''class Normed(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(1, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))
''', "2,1,6,6,6", [], [2, 4, 6, 6, 6], "self.norm = nn.BatchNorm3d(4)"),
    # Another one of the same class is made in the file.
    "Again": ('''class Again(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 10)

    def forward(self, x):
        return self.fc(x)


net = Again()
''', "2,8", [], [2, 10], "self.fc = nn.Linear(8, 10)"),
    # A quotient by 1 is what stands in front.
    "Divided": ('''class Divided(nn.Module):
    def __init__(self, ch=16):
        super().__init__()
        self.a = nn.Conv2d(3, ch, 3, padding=1)
        self.b = nn.Conv2d(ch // 2, 4, 3, padding=1)

    def forward(self, x):
        return self.b(F.relu(self.a(x)))
''', "1,3,8,8", [], [1, 4, 8, 8], "self.b = nn.Conv2d(ch, 4, 3, padding=1)"),
    # An exponent counts axes: it is no number that changes.
    "Square": ('''class Square(nn.Module):
    def __init__(self, size=8):
        super().__init__()
        self.conv = nn.Conv2d(1, 16, 3, stride=4, padding=1)
        side = size // 2
        self.fc = nn.Linear(16 * side ** 2, 10)

    def forward(self, x):
        return self.fc(torch.flatten(self.conv(x), 1))
''', "2,1,8,8", [], [2, 10], "self.fc = nn.Linear(4 * side ** 2, 10)"),
    # Channels behind a concat.
    "Channels": ('''class Channels(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3, padding=1)
        self.b = nn.Conv2d(3, 8, 1)
        self.merge = nn.Conv2d(8, 2, (3, 3), padding="same")

    def forward(self, x):
        return self.merge(torch.cat((self.a(x), self.b(x)), dim=1))
''', "1,3,16,16", [], [1, 2, 16, 16], "nn.Conv2d(16, 2, (3, 3)"),
    "Norm": ('''class Norm(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(3), nn.ReLU(inplace=True))

    def forward(self, x):
        return self.body(x)
''', "2,3,8,8", [], [2, 6, 6, 6], "nn.BatchNorm2d(6)"),
    # An output_padding that is there already, in a tuple.
    "Sound": ('''class Sound(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv1d(1, 4, 8, 4, 2)
        self.up = nn.ConvTranspose1d(4, 1, 8, stride=4, padding=2, output_padding=(0,))

    def forward(self, x):
        return torch.stack([x, self.up(self.down(x))])
''', "1,1,1026", [], [2, 1, 1, 1026], "output_padding=(2,))"),
    "Volume": ('''class Volume(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv3d(1, 2, 3, 2, 1)
        self.up = nn.ConvTranspose3d(2, 1, 3, 2, 1, bias=False)

    def forward(self, x):
        return x + self.up(self.down(x))
''', "1,1,8,8,8", [], [1, 1, 8, 8, 8], "bias=False, output_padding=1)"),
    # A name that shares its line with other text, also such as is no ASCII.
    "Line": ('''class Line(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 8, 3, 2, 1)
        größe = "ü"; self.up = nn.ConvTranspose2d(8, 3, 3, 2, 1); self.größe = größe

    def forward(self, x):
        return torch.maximum(x, self.up(self.down(x)))
''', "1,3,10,10", [], [1, 3, 10, 10], "ConvTranspose2d(8, 3, 3, 2, 1, output_padding=1); self.größe"),
    # Calls in forward: a number among the arguments of a function, of a method, in a list, in a chain of calls.
    "Viewed": ('''class Viewed(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, stride=2)
        self.fc = nn.Linear(4 * 5 * 5, 10)

    def forward(self, x):
        x = self.conv(x).view(-1, 4 * 5 * 5)
        return self.fc(x)
''', "2,1,9,9", ["--pick", "2"], [2, 10], "x = self.conv(x).view(-1, 4 * 4 * 4)"),
    "Resized": ('''class Resized(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.up = nn.Conv2d(8, 3, 3, padding=1)

    def forward(self, x):
        y = F.interpolate(self.down(x), scale_factor=4, mode="bilinear",
                          align_corners=False)
        return torch.cat([x, self.up(y)], dim=1)
''', "1,3,16,16", [], [1, 6, 16, 16], "scale_factor=2, mode"),
    "Joined": ('''class Joined(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 8, 3, padding=1)
        self.out = nn.Conv2d(12, 3, 1)

    def forward(self, x):
        return self.out(torch.cat([self.a(x), self.b(x)], 2))
''', "1,3,8,8", [], [1, 3, 8, 8], "self.b(x)], 1))"),
    "Padded": ('''class Unit(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(4, 4, 5)

    def forward(self, x):
        return x + self.conv(F.pad(x, (2, 1)))


class Padded(nn.Module):
    def __init__(self):
        super().__init__()
        self.units = nn.Sequential(Unit(), Unit())

    def forward(self, x):
        return self.units(x)
''', "1,4,32", [], [1, 4, 32], "F.pad(x, (2, 2))"),
    "Turned": ('''class Turned(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Conv2d(3, 12, 4, 4)
        self.pos = nn.Parameter(torch.zeros(1, 16, 12))
        self.head = nn.Linear(12, 5)

    def forward(self, x):
        return self.head(self.embed(x).flatten(2).permute(0, 1, 2) + self.pos)
''', "2,3,16,16", [], [2, 16, 5], ".permute(0, 2, 1)"),
    # An entry that a name says is left open.
    "Heads": ('''class Heads(nn.Module):
    def __init__(self, dim=24, heads=4):
        super().__init__()
        self.heads, self.head_dim = heads, dim // heads
        self.out = nn.Linear(dim, dim)

    def forward(self, x):
        B, T, D = x.shape
        q = x.view(B, T, self.heads, self.head_dim).transpose(1, 2)
        return self.out(q.softmax(-1).transpose(1, 2).reshape(B, T, self.head_dim))
''', "2,7,24", [], [2, 7, 24], "reshape(B, T, -1)"),
    # What the module says of its own call, where it is made.
    "Gated": ('''class Gate(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        a, gate = x.chunk(2, dim=self.dim)
        return a * gate.sigmoid()


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.dim = 8
        self.net = nn.Sequential(nn.Conv1d(4, 8, 1), Gate(2), nn.Conv1d(4, 4, 3, padding=1))

    def forward(self, x):
        return x + self.net(x)
''', "1,4,16", [], [1, 4, 16], "Gate(1)"),
    # More parts than are taken.
    "Parts": ('''class Parts(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(24, 72)
        self.out = nn.Linear(24, 24)

    def forward(self, x):
        q, k, v = self.qkv(x).split(16, dim=2)
        return self.out(F.scaled_dot_product_attention(q, k, v))
''', "1,5,24", [], [1, 5, 24], ".split(24, dim=2)"),
    # The first places of a table, which are all that it has.
    "Places": ('''class Places(nn.Module):
    def __init__(self, patches=16, dim=8):
        super().__init__()
        self.embed = nn.Linear(12, dim)
        self.token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos = nn.Parameter(torch.randn(1, patches, dim))

    def forward(self, x):
        x = torch.cat((self.token.expand(x.shape[0], -1, -1), self.embed(x)), dim=1)
        return x + self.pos[:, :x.shape[1]]
''', "2,16,12", [], [2, 17, 8], "patches=17, dim=8"),
    # As many channels as the square of a factor asks for.
    "Shuffled": ('''class Shuffled(nn.Module):
    def __init__(self, channels=3, scale=4):
        super().__init__()
        self.scale = scale
        self.conv = nn.Conv2d(channels, channels * scale, 3, padding=1)

    def forward(self, x):
        return F.pixel_shuffle(self.conv(x), self.scale)
''', "1,3,8,8", [], [1, 3, 32, 32], "channels * scale ** 2"),
    # Both ends of a code, which were built for a smaller input: their factor, though the list that it stands behind is
    # turned round afterwards, and the map that the decoder starts from.
    "Ends": ('''class Ends(nn.Module):
    def __init__(self, widths=(8, 16, 32), code=10):
        super().__init__()
        widths, layers, taken = list(widths), [], 1
        for width in widths:
            layers += [nn.Conv2d(taken, width, 3, stride=2, padding=1), nn.ReLU()]
            taken = width
        self.encoder = nn.Sequential(*layers)
        self.mean = nn.Linear(widths[-1] * 4, code)
        self.back = nn.Linear(code, widths[-1] * 4)
        widths.reverse()
        layers = []
        for a, b in zip(widths, widths[1:] + [1]):
            layers += [nn.ConvTranspose2d(a, b, 3, stride=2, padding=1, output_padding=1), nn.ReLU()]
        self.decoder = nn.Sequential(*layers)

    def forward(self, x):
        code = self.mean(torch.flatten(self.encoder(x), start_dim=1))
        return self.decoder(self.back(code).view(-1, 32, 2, 2))
''', "1,1,32,32", [], [1, 1, 32, 32], ".view(-1, 32, 4, 4)"),
    # Attention within a layer of torch, by the arguments of that layer; of its copies the finding of each asks for it.
    "Within": ('''class Within(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(7, 100)
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(100, 8, 64, batch_first=True), 2)

    def forward(self, x):
        return self.encoder(self.embed(x)).mean(dim=1)
''', "4,10,7", [], [4, 100], "nn.TransformerEncoderLayer(100, 5, 64, batch_first=True)"),
    "Turning": ('''class Turning(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(7, 32)
        layer = nn.TransformerEncoderLayer(d_model=32, nhead=4, dim_feedforward=64)
        self.encoder = nn.TransformerEncoder(layer, num_layers=2)

    def forward(self, x):
        return self.encoder(self.embed(x)).mean(dim=1)
''', "4,10,7", ["--all"], [4, 32], "dim_feedforward=64, batch_first=True)"),
    # Two faults, two lines.
    "Twice": ('''class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.d1 = nn.Conv2d(3, 4, 3, 2, 1)
        self.d2 = nn.Conv2d(4, 8, 3, 2, 1)
        self.u2 = nn.ConvTranspose2d(8, 4, 3, 2, 1)
        self.u1 = nn.ConvTranspose2d(4, 3, 3, 2, 1)

    def forward(self, x):
        a = self.d1(x)
        b = a + self.u2(self.d2(a))
        return x + self.u1(b)
''', "1,3,16,16", [], [1, 3, 16, 16], "output_padding=1)"),
    # Arithmetic of literals.
    "Product": ('''class Product(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, stride=2)
        self.fc = nn.Linear((4 * 5) + 1, 2 ** 3)

    def forward(self, x):
        return self.fc(torch.flatten(self.conv(x), 1))
''', "2,1,9,9", [], [2, 8], "nn.Linear(64, 2 ** 3)"),
    # A constant of the file, with a comment behind it; the word stands in a comment and in another function too.
    "Constant": ('''FEATURES: int = 18  # FEATURES that arrive


class Constant(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, stride=2)
        self.fc = nn.Linear(FEATURES, 10)

    def forward(self, x):
        return self.fc(torch.flatten(self.conv(x), 1))
''', "2,1,9,9", [], [2, 10], "FEATURES: int = 64  # FEATURES that arrive"),
    "OfClass": ('''class OfClass(nn.Module):
    KERNEL, GROUPS = 3, 1
    WIDTH = 2 * 9

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, self.KERNEL, stride=2, groups=self.GROUPS)
        self.fc = nn.Linear(self.WIDTH, 10)

    def forward(self, x):
        return self.fc(torch.flatten(self.conv(x), 1))
''', "2,1,9,9", [], [2, 10], "    WIDTH = 64"),
    # A default of the model itself; who calls the class without it means the same network.
    "Default": ('''class Default(nn.Module):
    def __init__(self, extra=0, *, kernel=3):
        super().__init__()
        self.down = nn.Conv2d(3, 3, kernel, 2, 1)
        self.up = nn.ConvTranspose2d(3, 3, 3, 2, 1, output_padding=extra)

    def forward(self, x):
        return x + self.up(self.down(x))


if __name__ == "__main__":
    print(Default(), Default(kernel=3))
''', "1,3,8,8", [], [1, 3, 8, 8], "def __init__(self, extra=1, *, kernel=3)"),
    # A number that is given to a block, through two calls; other uses of the block keep theirs.
    "Given": ('''class Block(nn.Module):
    def __init__(self, channels, width, groups=1):
        super().__init__()
        self.conv = nn.Conv2d(channels, width, 3, padding=1, groups=groups)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x):
        return self.norm(self.conv(x))


def block(channels, width):
    return Block(width=width, channels=channels)


class Given(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = block(3, 8)
        self.b, step = block(4, 8), 2
        self.pool = nn.MaxPool2d(step)

    def forward(self, x):
        return self.pool(self.b(self.a(x)))
''', "1,3,8,8", [], [1, 8, 4, 4], "self.b, step = block(8, 8), 2"),
    "Once": ('''class Once(nn.Module):
    def __init__(self):
        super().__init__()
        hidden = 12
        self.net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(hidden, 2))

    def forward(self, x):
        return self.net(x)
''', "5,4", [], [5, 2], "        hidden = 16"),
    # The size of a learned tensor.
    "Positions": ('''class Positions(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, stride=4)
        self.pos = nn.Parameter(torch.randn(1, 7 * 7, 8) * 0.02)

    def forward(self, x):
        return self.patches(x).flatten(2).transpose(1, 2) + self.pos
''', "1,3,32,32", [], [1, 64, 8], "torch.randn(1, 8 * 8, 8) * 0.02"),
    # A name that says other things too is left; the argument is said with it, and with the names beside it.
    "Words": ('''class Words(nn.Module):
    def __init__(self, features=6, hidden=16):
        super().__init__()
        self.rnn = nn.LSTM(features, hidden, bidirectional=True, batch_first=True)
        self.out = nn.Linear(hidden, 3)

    def forward(self, x):
        return self.out(self.rnn(x)[0])
''', "2,7,6", [], [2, 7, 3], "nn.Linear(hidden * 2, 3)"),
    # One line makes a layer of each block: what says it of all of them.
    "Each": ('''class Scaled(nn.Module):
    def __init__(self, cin, cout, code):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, padding=1)
        self.code = nn.Linear(code, cout)

    def forward(self, x, code):
        scale, shift = self.code(code)[:, :, None, None].chunk(2, dim=1)
        return self.conv(x) * scale + shift


class Each(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Scaled(a, b, 5) for a, b in ((3, 8), (8, 12), (12, 6)))

    def forward(self, x):
        code = x.mean((2, 3)) @ torch.ones(3, 5)
        for block in self.blocks:
            x = block(x, code)
        return x
''', "2,3,8,8", [], [2, 6, 8, 8], "nn.Linear(code, cout * 2)"),
    # What a block hands on is said where the block is made.
    "HandedOn": ('''class Up(nn.Module):
    def __init__(self, taken, made):
        super().__init__()
        self.conv = nn.Conv2d(taken, made, 3, padding=1)

    def forward(self, x, skip):
        x = F.interpolate(x, size=skip.shape[2:])
        return self.conv(torch.cat([x, skip], 1))


class HandedOn(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.a = nn.Conv2d(3, 6, 3, 2, 1)
        self.b = nn.Conv2d(6, width, 3, 2, 1)
        self.up1 = Up(width + 8, width // 2)
        self.up2 = Up(width // 2 + 3, 4)

    def forward(self, x):
        a = self.a(x)
        return self.up2(self.up1(self.b(a), a), x)
''', "1,3,16,16", [], [1, 4, 16, 16], "Up(width + 6, width // 2)"),
    # A number in an expression, that of a recurrent layer by position, and a parametrized layer.
    "Kernel": ('''class Kernel(nn.Module):
    def __init__(self, width=8, k=7):
        super().__init__()
        self.first = nn.Conv1d(3, width, 1)
        self.conv = nn.Conv1d(width, width, k, padding=k // 2 - 1)

    def forward(self, x):
        x = self.first(x)
        return x + self.conv(x)
''', "1,3,20", [], [1, 8, 20], "padding=k // 2)"),
    "Recurrent": ('''class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 8, 1)
        self.rnn = nn.GRU(6, 5, batch_first=True)

    def forward(self, x):
        return self.rnn(self.conv(x).transpose(1, 2))[0]
''', "1,3,20", [], [1, 20, 5], "nn.GRU(8, 5, batch_first=True)"),
    "Weighted": ('''class Weighted(nn.Module):
    def __init__(self):
        super().__init__()
        from torch.nn.utils.parametrizations import weight_norm
        self.a = weight_norm(nn.Conv1d(3, 8, 1))
        self.b = weight_norm(nn.Conv1d(6, 4, 1))

    def forward(self, x):
        return self.b(self.a(x))
''', "1,3,20", [], [1, 4, 20], "nn.Conv1d(8, 4, 1)"),
    # A layer that is copied, as torch's encoders do.
    "Copied": ('''class Copied(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.out = nn.Linear(16, 3)

    def forward(self, x):
        return self.out(self.encoder(x))
''', "1,5,8", [], [1, 5, 3], "nn.Linear(8, 3)"),
    # One number of a dict of settings says it of several layers, and of forward.
    "Settings": ('''SETTINGS = {"width": 8, "side": 4}


class Settings(nn.Module):
    def __init__(self, settings=SETTINGS):
        super().__init__()
        self.side = settings["side"]
        flat = settings["width"] * self.side ** 2
        self.down = nn.Conv2d(1, settings["width"], 4, 4)
        self.code, self.back = nn.Linear(flat, 5), nn.Linear(5, flat)
        self.up = nn.ConvTranspose2d(settings["width"], 1, 4, 4)

    def forward(self, x):
        x = self.back(self.code(self.down(x).flatten(1)))
        return self.up(x.view(-1, 8, self.side, self.side))
''', "2,1,24,24", ["--expect", "input"], [2, 1, 24, 24], '"side": 6}'),
    # A field of a dataclass: the size of the image that the positions are for.
    "Image": ('''import dataclasses


@dataclasses.dataclass
class Config:
    image: int = 32
    patch: int = 8
    dim: int = 12


class Image(nn.Module):
    def __init__(self, config=Config()):
        super().__init__()
        side = config.image // config.patch
        self.patches = nn.Conv2d(3, config.dim, config.patch, config.patch)
        self.pos = nn.Parameter(torch.zeros(1, side * side, config.dim))

    def forward(self, x):
        return self.patches(x).flatten(2).transpose(1, 2) + self.pos
''', "1,3,48,48", [], [1, 36, 12], "image: int = 48"),
    # What a stride leaves over, of every stride: a keyword more.
    "Strides": ('''class Strides(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for s in (4, 5, 2):
            self.down.append(nn.Conv1d(1, 1, 2 * s, s, padding=s // 2 + s % 2))
            self.up.append(nn.ConvTranspose1d(1, 1, 2 * s, s, padding=s // 2 + s % 2))

    def forward(self, x):
        for down in self.down:
            x = down(x)
        for up in reversed(self.up):
            x = up(x)
        return x
''', "1,1,800", ["--expect", "input"], [1, 1, 800], "padding=s // 2 + s % 2, output_padding=s % 2)"),
    # The same through a function that hands on what it is given.
    "Handed": ('''def transposed(*args, **kwargs):
    return nn.ConvTranspose1d(*args, **kwargs)


def upsample(channels, factor):
    return transposed(
        in_channels=channels,
        out_channels=channels,
        kernel_size=factor * 2,
        stride=factor,
        padding=factor // 2 + factor % 2,
    )


class Handed(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList([nn.Conv1d(1, 1, 2 * s, s, padding=s // 2 + s % 2) for s in (4, 5, 2)])
        self.up = nn.ModuleList([upsample(1, s) for s in (2, 5, 4)])

    def forward(self, x):
        for down in self.down:
            x = down(x)
        for up in self.up:
            x = up(x)
        return x
''', "1,1,800", ["--expect", "input"], [1, 1, 800], "padding=factor // 2 + factor % 2, output_padding=factor % 2,"),
    # A kernel of 3 at strides of 1 and 2.
    "Levels": ('''class Levels(nn.Module):
    def __init__(self):
        super().__init__()
        strides = (1, 2, 2)
        self.down = nn.ModuleList([nn.Conv2d(4, 4, 3, padding=1, stride=s) for s in strides])
        self.up = nn.ModuleList([nn.ConvTranspose2d(4, 4, 3, padding=1, stride=s) for s in strides])

    def forward(self, x):
        skips = []
        for down in self.down:
            skips.append(x)
            x = down(x)
        for skip, up in zip(reversed(skips), reversed(self.up)):
            x = up(x) + skip
        return x
''', "1,4,32,32", [], [1, 4, 32, 32], "stride=s, output_padding=s - 1)"),
    "Shortcuts": ('''class Block(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.branch = nn.Conv2d(cin, cout, 3, stride, 1)
        self.short = self.projection(cin, cout, stride)

    def projection(self, cin, cout, stride):
        return nn.Conv2d(cin, cout, 1, bias=False)

    def forward(self, x):
        return F.relu(self.branch(x) + self.short(x))


class Shortcuts(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(Block(3, 8), Block(8, 16, 2), Block(16, 24, 2))

    def forward(self, x):
        return self.blocks(x).mean((2, 3))
''', "1,3,32,32", [], [1, 24], "nn.Conv2d(cin, cout, 1, bias=False, stride=stride)"),
    # A module whose call takes further steps beside its layer.
    "Attends": ('''class Attends(nn.Module):
    def __init__(self, hid=6):
        super().__init__()
        self.enc = nn.LSTM(4, hid, bidirectional=True, batch_first=True)
        self.att = nn.MultiheadAttention(8, 2, kdim=hid, vdim=hid, batch_first=True)

    def forward(self, x):
        m = self.enc(x)[0]
        return self.att(F.pad(x, (0, 4)), m, m)[0]
''', "2,7,4", [], [2, 7, 8], "kdim=hid * 2, vdim=hid * 2"),
    # The rows of a table of positions.
    "Rows": ('''class Rows(nn.Module):
    def __init__(self):
        super().__init__()
        self.lift = nn.Linear(3, 8)
        self.places = nn.Embedding(16, 8)

    def forward(self, x):
        return self.lift(x) + self.places(torch.arange(x.shape[1]))
''', "2,24,3", [], [2, 24, 8], "nn.Embedding(24, 8)"),
    "Table": ('''class Table(nn.Module):
    def __init__(self, words=20, length=16):
        super().__init__()
        self.lift = nn.Linear(3, 8)
        self.places = nn.Embedding(length, 8)

    def forward(self, x):
        return self.lift(x) + self.places(torch.arange(x.shape[1]))
''', "2,24,3", [], [2, 24, 8], "words=20, length=24"),
    # A default that other calls have, too: the call that makes the layer gives it.
    "Shared": ('''class Up(nn.Module):
    def __init__(self, channels, extra=0):
        super().__init__()
        self.conv = nn.ConvTranspose2d(channels, 3, 3, 2, 1, output_padding=extra)

    def forward(self, x):
        return self.conv(x)


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 3, 3, 2, 1)
        self.up = Up(3)

    def forward(self, x):
        return x + self.up(self.down(x))


class Other(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = Up(3)
''', "1,3,8,8", [], [1, 3, 8, 8], "self.up = Up(3, extra=1)"),
}

# Nothing is written into these; the words say why.
REFUSED = {
    "Loop": ('''class Loop(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 3, 3, 2, 1)
        self.ups = nn.ModuleList([nn.ConvTranspose2d(3, 3, 3, 2, 1) for _ in range(3)])

    def forward(self, x):
        return x + self.ups[0](self.down(x))
''', "makes 3 modules"),
    "Variable": ('''class Variable(nn.Module):
    def __init__(self, extra=0):
        super().__init__()
        self.down = nn.Conv2d(3, 3, 3, 2, 1)
        self.up = nn.ConvTranspose2d(3, 3, 3, 2, 1, output_padding=extra + 0)

    def forward(self, x):
        return x + self.up(self.down(x))
''', "is no number in the call"),
    # A name that says something else too, or is not alone in saying it.
    "Twofold": ('''class Twofold(nn.Module):
    def __init__(self, extra=0):
        super().__init__()
        self.down = nn.Conv2d(3, 3, 3, 2, 1, bias=not extra)
        self.up = nn.ConvTranspose2d(3, 3, 3, 2, 1, output_padding=extra)

    def forward(self, x):
        return x + self.up(self.down(x))
''', "output_padding of `up` is `extra`, which is also used in line 9"),
    "Constants": ('''EXTRA = 0
OTHER = [EXTRA]


class Constants(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 3, 3, 2, 1)
        self.up = nn.ConvTranspose2d(3, 3, 3, 2, 1, output_padding=EXTRA)

    def forward(self, x):
        return x + self.up(self.down(x))
''', "is `EXTRA`, which is also used in line 7"),
    "Derived": ('''class Derived(nn.Module):
    EXTRA = 0

    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 3, 3, 2, 1)
        self.up = nn.ConvTranspose2d(3, 3, 3, 2, 1, output_padding=self.EXTRA)

    def forward(self, x):
        return x + self.up(self.down(x))


class Odd(Derived):
    EXTRA = 1
''', "is `self.EXTRA`, which is also used in line 19"),
    "Growing": ('''class Growing(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 3, 3, 2, 1)
        self.ups = nn.ModuleList(nn.ConvTranspose2d(3, 3, 3, 2, 1, output_padding=i) for i in range(1))

    def forward(self, x):
        return x + self.ups[0](self.down(x))
''', "is `i`, which changes from one layer to the next"),
    "Unpacked": ('''class Unpacked(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 3, 3, 2, 1)
        self.up = nn.ConvTranspose2d(3, 3, 3, **{"stride": 2, "padding": 1})

    def forward(self, x):
        return x + self.up(self.down(x))
''', "takes its arguments from a list"),
}


class Fixing(InFolder):
    def test_each_model_runs_again(self):
        for name, (text, sizes, options, shape, line) in MODELS.items():
            with self.subTest(name):
                before = HEAD + text
                path = self.write(name.lower() + ".py", before)
                os.chmod(path, 0o640)
                ran = self.fix(f"{name.lower()}.py:{name}", "--input", sizes, *options, "--unsafe", "--write")
                self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
                after = self.read(path)
                self.assertIn(line, after)
                old, new = before.split("\n"), after.split("\n")
                self.assertEqual(len(old), len(new))
                changed = [i for i, pair in enumerate(zip(old, new)) if pair[0] != pair[1]]
                self.assertEqual(len(changed), {"Twice": 2, "Viewed": 2, "Ends": 3}.get(name, 1))
                self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o640)
                self.assertEqual(self.returned(path, name, sizes), shape)

    def test_without_write_a_diff_is_printed(self):
        text, sizes, options, *_ = MODELS["Skip"]
        before = HEAD + text
        path = self.write("skip.py", before)
        ran = self.fix("skip.py:Skip", "--input", sizes, *options)
        self.assertEqual(ran.returncode, 1)
        self.assertEqual(self.read(path), before)
        after = before.replace("padding=1)  #", "padding=1, output_padding=1)  #")
        expected = difflib.unified_diff(before.splitlines(True), after.splitlines(True), "a/skip.py", "b/skip.py")
        self.assertEqual(ran.stdout, "".join(expected))

    def test_line_ends_stay(self):
        text, sizes, *_ = MODELS["Skip"]
        before = (HEAD + text).replace("\n", "\r\n")
        path = self.write("skip.py", "\ufeff" + before)
        ran = self.fix("skip.py:Skip", "--input", sizes, "--write")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        after = "\ufeff" + before.replace("padding=1)  #", "padding=1, output_padding=1)  #")
        self.assertEqual(self.read(path), after)
        again = self.fix("skip.py:Skip", "--input", sizes, "--write")
        self.assertEqual((again.returncode, self.read(path)), (0, after), again.stdout)

    def test_the_file_that_made_the_layer_is_changed(self):
        blocks = self.write("blocks.py", HEAD + "def up():\n    return nn.ConvTranspose2d(4, 3, 3, 2, 1)\n")
        main = HEAD + '''import blocks


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 4, 3, 2, 1)
        self.up = blocks.up()

    def forward(self, x):
        return x + self.up(self.down(x))
'''
        path = self.write("net.py", main)
        ran = self.fix("net.py:Net", "--input", "1,3,8,8", "--write")
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.assertIn("3, 2, 1, output_padding=1)", self.read(blocks))
        self.assertEqual(self.read(path), main)

    def test_what_is_no_plain_call_stays(self):
        for name, (text, why) in REFUSED.items():
            with self.subTest(name):
                path = self.write(name.lower() + ".py", HEAD + text)
                ran = self.fix(f"{name.lower()}.py:{name}", "--input", "1,3,8,8", "--write")
                self.assertEqual(ran.returncode, 1, ran.stderr)
                self.assertEqual(self.read(path), HEAD + text)
                self.assertIn(why, ran.stderr)
                self.assertIn("output_padding=1", ran.stderr)
                self.assertIn('"output_padding": 1', ran.stdout)  # of the spec

    def test_a_constant_of_another_file(self):
        """A constant that another file reads stays, also where that file is not loaded; what a caller gives is changed
        where it stands."""
        text = HEAD + '''EXTRA = 0


class Net(nn.Module):
    def __init__(self, extra):
        super().__init__()
        self.down = nn.Conv2d(3, 4, 3, 2, 1)
        self.up = nn.ConvTranspose2d(4, 3, 3, 2, 1, output_padding=extra)

    def forward(self, x):
        return x + self.up(self.down(x))


def small():
    return Net(extra=EXTRA)
'''
        path = self.write("net.py", text)
        beside = self.write("train.py", "from net import EXTRA\n")
        ran = self.fix("net.py:small", "--input", "1,3,8,8", "--write")
        self.assertEqual((ran.returncode, self.read(path)), (1, text), ran.stderr)
        self.assertIn("is `EXTRA`, which is also used in train.py:1", ran.stderr)
        self.write("train.py", "EXTRAS = 0\n")
        ran = self.fix("net.py:small", "--input", "1,3,8,8", "--write")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(self.read(path), text.replace("EXTRA = 0", "EXTRA = 1"))
        self.assertEqual(self.read(beside), "EXTRAS = 0\n")
        other = self.write("other.py", "import net\n\n\ndef small():\n    return net.Net(0)\n")
        self.write("net.py", text)
        ran = self.fix("other.py:small", "--input", "1,3,8,8", "--write")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(self.read(other), "import net\n\n\ndef small():\n    return net.Net(1)\n")
        self.assertEqual(self.read(path), text)

    def test_a_default_that_the_command_line_gives_stays(self):
        text = HEAD + MODELS["Default"][0]
        path = self.write("default.py", text)
        ran = self.fix("default.py:Default", "--call", "Default(0)", "--input", "1,3,8,8", "--write")
        self.assertEqual((ran.returncode, self.read(path)), (1, text), ran.stderr)
        self.assertIn("is `extra`, which is given by how the model is made", ran.stderr)

    def test_a_file_that_is_not_there_any_more_or_changed_is_left(self):
        text, sizes, *_ = MODELS["Skip"]
        extra = 'import atexit, sys\nopen(__file__, "a").write("# more\\n")\n'
        path = self.write("skip.py", HEAD + extra + text)
        ran = self.fix("skip.py:Skip", "--input", sizes, "--write")
        self.assertEqual(ran.returncode, 2, ran.stdout)
        self.assertNotIn("output_padding", self.read(path))


if __name__ == "__main__":
    unittest.main()
