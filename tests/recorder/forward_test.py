"""`shapedbg fix --write` where what changes is a call in forward, or stands around the call that makes a layer: python3 -B
forward_test.py SHAPEDBG. Exit 77: no torch."""
import os
import sys
import unittest

from fixing import HEAD, InFolder

# Name: the class, what goes in, the shape that it has to return, and the line that changes, before and after.
MODELS = {
    # A skip that was forgotten, by the name that it has there.
    "Skipped": ('''class Skipped(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3, padding=1)
        self.b = nn.Conv2d(8, 16, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.out = nn.Conv2d(16, 2, 3, padding=1)

    def forward(self, x):
        skip = self.a(x)
        y = F.relu(self.b(skip))
        return self.out(self.up(y))
''', "1,3,32,32", [1, 2, 32, 32], "return self.out(self.up(y))",
                "return self.out(torch.cat([skip, self.up(y)], dim=1))"),
    # A step that is missing, around the call of a module.
    "Flat": ('''class Flat(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, stride=2)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(self.conv(x))
''', "2,1,9,9", [2, 10], "return self.fc(self.conv(x))", "return self.fc(torch.flatten(self.conv(x), 1))"),
    # Arguments that a function hands on whole.
    "Handed": ('''def normed(*args, **kwargs):
    return nn.utils.parametrizations.weight_norm(nn.Conv1d(*args, **kwargs))


class Handed(nn.Module):
    def __init__(self, wide=32, code=8):
        super().__init__()
        self.a = normed(wide, code, kernel_size=1)
        self.b = normed(wide, wide, kernel_size=1)

    def forward(self, x):
        return self.b(self.a(x))
''', "1,32,50", [1, 32, 50], "self.b = normed(wide, wide, kernel_size=1)", "self.b = normed(code, wide, kernel_size=1)"),
    # What one of two callers does not give.
    "Left": ('''class Left(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = self.depthwise(8, padding=1)
        self.b = self.depthwise(8)

    @staticmethod
    def depthwise(channels, padding=0):
        return nn.Conv2d(channels, channels, 3, padding=padding, groups=channels)

    def forward(self, x):
        return self.a(x) + self.b(x)
''', "1,8,16,16", [1, 8, 16, 16], "self.b = self.depthwise(8)", "self.b = self.depthwise(8, padding=1)"),
    # A class that is called by another name.
    "Named": ('''def block(op, channels, size):
    return nn.Sequential(op(channels, 8, size, padding=1), nn.ReLU())


class Named(nn.Module):
    def __init__(self, skip=8):
        super().__init__()
        self.a = block(nn.Conv2d, 3, 3)
        self.b = block(nn.Conv2d, skip, 3)

    def forward(self, x):
        y = self.a(x)
        return self.b(torch.cat([y, y.flip(2)], 1))
''', "1,3,16,16", [1, 8, 16, 16], "skip=8", "skip=16"),
    # What is joined is twice as much of what stands there, whatever else has that number.
    "Joined": ('''class Joined(nn.Module):
    def __init__(self, bins=32, hidden=16):
        super().__init__()
        self.a = nn.Linear(bins, hidden)
        self.b = nn.Linear(hidden, bins)

    def forward(self, x):
        y = torch.tanh(self.a(x))
        return self.b(torch.cat([y, y], -1))
''', "2,5,32", [2, 5, 32], "self.b = nn.Linear(hidden, bins)", "self.b = nn.Linear(hidden * 2, bins)"),
    # One step of a recurrent layer, in a loop.
    "Cell": ('''class Cell(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.read = nn.Linear(8, dim)
        self.cell = nn.GRUCell(2 * dim, dim)

    def forward(self, x):
        h = torch.zeros(x.shape[0], 16)
        for t in range(x.shape[1]):
            h = self.cell(self.read(x[:, t]), h)
        return h
''', "2,5,8", [2, 16], "self.cell = nn.GRUCell(2 * dim, dim)", "self.cell = nn.GRUCell(dim, dim)"),
    # A block whose call runs for several levels: each is given the size of its own skip.
    "Levels": ('''class Up(nn.Module):
    def __init__(self, taken, made):
        super().__init__()
        self.up = nn.ConvTranspose2d(taken, made, 2, stride=2)
        self.conv = nn.Conv2d(made * 2, made, 3, padding=1)

    def forward(self, x, skip):
        x = self.up(x)
        return F.relu(self.conv(torch.cat([skip, x], 1)))


class Levels(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3, padding=1)
        self.b = nn.Conv2d(4, 8, 3, padding=1)
        self.c = nn.Conv2d(8, 16, 3, padding=1)
        self.up1 = Up(16, 8)
        self.up2 = Up(8, 4)

    def forward(self, x):
        a = self.a(x)
        b = self.b(F.max_pool2d(a, 2))
        c = self.c(F.max_pool2d(b, 2))
        return self.up2(self.up1(c, b), a)
''', "1,3,50,50", [1, 4, 50, 50], "x = self.up(x)", "x = self.up(x, output_size=skip.shape[2:])"),
    # A factor gives way to the size of the map that is met.
    "Factor": ('''class Factor(nn.Module):
    def __init__(self):
        super().__init__()
        self.downs = nn.ModuleList([nn.Conv2d(i, 8, 3, stride=2, padding=1) for i in (3, 8, 8)])
        self.out = nn.Conv2d(8, 2, 1)

    def forward(self, image):
        x, maps = image, []
        for down in self.downs:
            x = down(x)
            maps.append(x)
        for i in (1, 0):
            x = maps[i] + F.interpolate(x, scale_factor = 2, mode="nearest")
        return F.interpolate(self.out(x), size=image.shape[2:])
''', "1,3,100,100", [1, 2, 100, 100], "F.interpolate(x, scale_factor = 2, mode=",
               "F.interpolate(x, size=maps[i].shape[2:], mode="),
    # By the map that a convolution of 1 made of it, and also where the factor is right.
    "Lateral": ('''class Lateral(nn.Module):
    def __init__(self):
        super().__init__()
        self.downs = nn.ModuleList([nn.Conv2d(i, o, 3, stride=2, padding=1) for i, o in ((3, 8), (8, 16), (16, 32))])
        self.sides = nn.ModuleList([nn.Conv2d(i, 4, 1) for i in (8, 16, 32)])

    def forward(self, image):
        x, maps = image, []
        for down, side in zip(self.downs, self.sides):
            x = down(x)
            maps.append(side(x))
        x = maps[-1]
        for i in range(len(maps) - 2, -1, -1):
            x = maps[i] + F.interpolate(x, scale_factor=2)
        return F.interpolate(x, image.shape[2:])
''', "1,3,98,98", [1, 4, 98, 98], "F.interpolate(x, scale_factor=2)", "F.interpolate(x, size=maps[i].shape[2:])"),
    # Features that weigh the channels of a map, whatever their number.
    "Excited": ('''class Weighed(nn.Module):
    def __init__(self, wide):
        super().__init__()
        self.fc = nn.Linear(wide, 2 * wide)

    def forward(self, x):
        scale, shift = self.fc(x.mean((2, 3))).chunk(2, dim=1)
        return x * (1 + scale) + shift


class Excited(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 12, 3, padding=1)
        self.weigh_a, self.weigh_b = Weighed(8), Weighed(12)

    def forward(self, x):
        return self.weigh_b(self.b(self.weigh_a(self.a(x))))
''', "2,3,20,20", [2, 12, 20, 20], "x * (1 + scale) + shift", "x * (1 + scale)[:, :, None, None] + shift[:, :, None, None]"),
    # Two tensors that were stacked and are to be joined.
    "Stacked": ('''class Stacked(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(3, 8, 5, padding=2)
        self.out = nn.Conv2d(16, 2, 1)

    def forward(self, x):
        return self.out(torch.stack([self.a(x), self.b(x)], dim=1))
''', "1,3,16,16", [1, 2, 16, 16], "torch.stack([", "torch.cat(["),
    # What forward reads of its module is computed where that is made.
    "Causal": ('''class Ahead(nn.Module):
    def __init__(self, wide, kernel, step):
        super().__init__()
        self.ahead = kernel - 1
        self.conv = nn.Conv1d(wide, wide, kernel, dilation=step)

    def forward(self, x):
        return x + self.conv(F.pad(x, (self.ahead, 0)))


class Causal(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(*[Ahead(4, 3, 2 ** i) for i in range(3)])

    def forward(self, x):
        return self.net(x)
''', "2,4,60", [2, 4, 60], "self.ahead = kernel - 1", "self.ahead = (kernel - 1) * step"),
    # Sizes that a view takes in the wrong order.
    "Swapped": ('''class Swapped(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, stride=(2, 1), padding=1)
        self.rnn = nn.GRU(80, 16, batch_first=True)

    def forward(self, x):
        x = self.conv(x)
        b, c, f, t = x.shape
        y = x.view(b, t, c * f)
        return self.rnn(y)[0]
''', "2,1,20,30", [2, 30, 16], """view(b, t, c * f)
        return self.rnn(y)[0]""", """view(b, c * f, t)
        return self.rnn(y.permute(0, 2, 1))[0]"""),
    # Skips that a loop takes from the wrong end.
    "Opposite": ('''class Opposite(nn.Module):
    def __init__(self):
        super().__init__()
        self.downs = nn.ModuleList([nn.Conv2d(i, o, 3, padding=1) for i, o in ((3, 4), (4, 8), (8, 16))])
        self.ups = nn.ModuleList([nn.Conv2d(i, o, 3, padding=1) for i, o in ((32, 8), (16, 4), (8, 2))])

    def forward(self, x):
        skips = []
        for down in self.downs:
            x = F.relu(down(x))
            skips.append(x)
            x = F.max_pool2d(x, 2)
        for i, up in enumerate(self.ups):
            x = F.interpolate(x, scale_factor=2)
            x = up(torch.cat([skips[i], x], dim=1))
        return x
''', "1,3,32,32", [1, 2, 32, 32], "skips[i], x", "skips[-1 - i], x"),
    # A keyword that a block hands on.
    "Keywords": ('''class Normed(nn.Sequential):
    def __init__(self, taken, made, size=3, active=True, **kwargs):
        layers = [nn.Conv2d(taken, made, size, **kwargs), nn.BatchNorm2d(made)]
        super().__init__(*layers, *([nn.ReLU()] if active else []))


class Keywords(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = Normed(3, 8, padding=1)
        self.b = Normed(8, 8, 3, groups=8)
        self.c = Normed(8, 8, 1, active=False)

    def forward(self, x):
        x = self.a(x)
        return x + self.c(self.b(x))
''', "1,3,16,16", [1, 8, 16, 16], "3, groups=8)", "3, groups=8, padding=1)"),
    # In front of what is a Sequential there.
    "Front": ('''class Front(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Conv1d(8, 16, 3, padding=1), nn.ReLU(), nn.Conv1d(16, 4, 1))

    def forward(self, frames):
        return self.net(frames).mean(2)
''', "2,50,8", [2, 4], "self.net(frames)", "self.net(frames.permute(0, 2, 1))"),
    # The same in a loop, by the text that the function has for the skip.
    "Items": ('''class Items(nn.Module):
    def __init__(self):
        super().__init__()
        self.downs = nn.ModuleList([nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)])
        self.mid = nn.Conv2d(8, 16, 3, padding=1)
        self.ups = nn.ModuleList([nn.ConvTranspose2d(c, c // 2, 2, 2) for c in (16, 8)])
        self.convs = nn.ModuleList([nn.Conv2d(16, 8, 3, padding=1), nn.Conv2d(8, 4, 3, padding=1)])

    def forward(self, x):
        skips = []
        for down in self.downs:
            x = F.relu(down(x))
            skips.append(x)
            x = F.max_pool2d(x, 2)
        x = self.mid(x)
        for i, (up, conv) in enumerate(zip(self.ups, self.convs)):
            x = up(x)
            x = conv(torch.cat([x, skips[-1 - i]], 1))
        return x
''', "1,3,50,50", [1, 4, 50, 50], "x = up(x)\n", "x = up(x, output_size=skips[-1 - i].shape[2:])\n"),
    # One call of a loop is one place: it is given the size at the level that needs none, too; and what it meets is at
    # hand, not what went into the layer that made it smaller.
    "Whole": ('''class Whole(nn.Module):
    def __init__(self):
        super().__init__()
        self.downs = nn.ModuleList([nn.Sequential(nn.ReLU(), nn.Conv2d(c, 2 * c, 2, 2)) for c in (4, 8, 16)])
        self.ups = nn.ModuleList([nn.ConvTranspose2d(2 * c, c, 2, 2) for c in (4, 8, 16)])

    def forward(self, x):
        skips = []
        for down in self.downs:
            skips.append(x)
            x = down(x)
        for i in reversed(range(3)):
            x = self.ups[i](x)
            x = x + skips[i]
        return x
''', "1,4,46,46", [1, 4, 46, 46], "x = self.ups[i](x)\n", "x = self.ups[i](x, output_size=skips[i].shape[2:])\n"),
    # Convolutions that trim every level: each skip is cut to its centre, and the first one of the loop, which has its size,
    # by the same words.
    "Trimmed": ('''class Trimmed(nn.Module):
    def __init__(self, depth=3, channels=4):
        super().__init__()
        self.encoder = nn.ModuleList([nn.Conv1d(channels, channels, 8, stride=4) for _ in range(depth)])
        self.decoder = nn.ModuleList([nn.Sequential(
            nn.Conv1d(channels, channels, 3), nn.ConvTranspose1d(channels, channels, 8, stride=4)) for _ in range(depth)])

    def forward(self, x):
        saved = []
        for layer in self.encoder:
            x = layer(x)
            saved.append(x)
        for layer in self.decoder:
            skip = saved.pop(-1)
            x = x + skip
            x = layer(x)
        return x
''', "1,4,2001", [1, 4, 1772], "x = x + skip\n",
                "x = x + skip.narrow(2, (skip.shape[2] - x.shape[2]) // 2, x.shape[2])\n"),
    # The module with a factor that all levels share gives way to the function, which takes a size.
    "Factors": ('''class Level(nn.Module):
    def __init__(self, taken, made):
        super().__init__()
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        self.conv = nn.Conv2d(taken, made, 3, padding=1)

    def forward(self, x, skip):
        x = self.up(x)
        x = torch.cat([skip, x], dim=1)
        return self.conv(x)


class Factors(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.encoder = nn.ModuleList([nn.Conv2d(c, 2 * c, 3, padding=1) for c in (4, 8, 16)])
        self.decoder = nn.ModuleList([Level(3 * c, c) for c in (16, 8, 4)])

    def forward(self, x):
        maps = [self.first(x)]
        for layer in self.encoder:
            maps.append(layer(self.pool(maps[-1])))
        y = maps.pop()
        for level in self.decoder:
            y = level(y, maps.pop())
        return y
''', "1,3,50,50", [1, 4, 50, 50], "x = self.up(x)\n",
                'x = F.interpolate(x, size=skip.shape[2:], mode="bilinear", align_corners=True)\n'),
    # What goes in stands over several lines, and more than it is returned.
    "Lines": ('''class Lines(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, stride=2)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        y = self.conv(x)
        return self.fc(
            torch.relu(
                y),
        ), y
''', "2,1,9,9", [2, 10], """            torch.relu(
                y),
""", """            torch.flatten(torch.relu(
                y), 1),
"""),
    # A module that is missing in a Sequential.
    "Row": ('''class Row(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, stride=2)
        self.head = nn.Sequential(nn.Linear(64, 10), nn.ReLU())

    def forward(self, x):
        return self.head(self.conv(x))
''', "2,1,9,9", [2, 10], "nn.Sequential(nn.Linear", "nn.Sequential(nn.Flatten(), nn.Linear"),
    # An argument of a block that says more than what is wrong.
    "Deep": ('''class Twice(nn.Module):
    def __init__(self, taken, made):
        super().__init__()
        self.a = nn.Conv2d(taken, made, 3, padding=1)
        self.b = nn.Conv2d(made, made, 3, padding=1)

    def forward(self, x):
        return self.b(self.a(x))


class Deep(nn.Module):
    def __init__(self, wide=8):
        super().__init__()
        self.down = Twice(3, wide)
        self.mid = Twice(wide, wide)
        self.ups = nn.ModuleList([nn.ConvTranspose2d(2 * wide, 4, 2, 2) for wide in (wide, 2)])
        self.out = nn.Conv2d(4, 2, 1)

    def forward(self, x):
        y = self.ups[0](self.mid(F.max_pool2d(self.down(x), 2)))
        return self.out(y) + F.interpolate(self.ups[1](y), x.shape[2:]).mean()
''', "1,3,16,16", [1, 2, 16, 16], "self.mid = Twice(wide, wide)", "self.mid = Twice(wide, wide * 2)"),
    # Windows of several widths over one text.
    "Windows": ('''class Windows(nn.Module):
    def __init__(self):
        super().__init__()
        self.read = nn.Linear(8, 16)
        self.convs = nn.ModuleList([nn.Conv1d(16, 4, k, padding=k // 2) for k in (3, 5)])
        self.out = nn.Linear(8, 2)

    def forward(self, x):
        x = self.read(x)
        x = torch.cat([F.relu(conv(x)) for conv in self.convs], dim=1)
        return self.out(x.amax(2)), x.sum(1)
''', "2,20,8", [2, 2], "F.relu(conv(x))", "F.relu(conv(x.permute(0, 2, 1)))"),
    # Features that are seen as a map with its channels last.
    "Seen": ('''class Seen(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(10, 16 * 25)
        self.net = nn.Sequential(nn.ConvTranspose2d(16, 3, 2, 2), nn.Tanh())

    def forward(self, x):
        return self.net(self.fc(x).view(-1, 5, 5, 16))
''', "2,10", [2, 3, 10, 10], "view(-1, 5, 5, 16)", "view(-1, 16, 5, 5)"),
    # What all layers of one line return, in front of what takes the half of it.
    "Gated": ('''class Gated(nn.Module):
    def __init__(self, wide=8, gates=2):
        super().__init__()
        self.net = nn.ModuleList()
        taken = 1
        for _ in range(3):
            self.net.append(nn.Sequential(nn.Conv1d(taken, wide, 4, 2, 1), nn.Conv1d(wide, wide, 1), nn.GLU(1)))
            taken, wide = wide, wide * 2
        self.out = nn.Conv1d(taken, 4, 1)

    def forward(self, x):
        for layer in self.net:
            x = layer(x)
        return self.out(x)
''', "1,1,64", [1, 4, 8], "nn.Conv1d(wide, wide, 1)", "nn.Conv1d(wide, wide * 2, 1)"),
    # Modules in lists of Python's own, where torch does not see them.
    "Lists": ('''class Lists(nn.Module):
    def __init__(self, wide=16):
        super().__init__()
        self.blocks = [[nn.Linear(8, wide)], (nn.Linear(8, 4),)]

    def forward(self, x):
        for block in self.blocks:
            for layer in block:
                x = layer(x)
        return x
''', "2,8", [2, 4], "(nn.Linear(8, 4),)", "(nn.Linear(16, 4),)"),
    # A number that was computed stays so.
    "Times": ('''class Times(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 16, 3, padding=1)
        self.b = nn.Conv2d(16 * 2, 4, 1)

    def forward(self, x):
        y = self.a(x)
        return self.b(torch.cat([y, y.flip(2), y.flip(3)], 1))
''', "1,3,8,8", [1, 4, 8, 8], "self.b = nn.Conv2d(16 * 2, 4, 1)", "self.b = nn.Conv2d(16 * 3, 4, 1)"),
    # Frames that were laid into the batch, in front of what goes along them: by the names of their sizes.
    "Frames": ('''class Frames(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.lstm = nn.LSTM(8, 6, batch_first=True)
        self.out = nn.Linear(6, 5)

    def forward(self, x):
        b, t, c, h, w = x.shape
        x = self.net(x.view(b * t, c, h, w))
        y, _ = self.lstm(x)
        return self.out(y[:, -1])
''', "2,6,3,16,16", [2, 5], "self.lstm(x)", "self.lstm(x.reshape(b, t, -1))"),
    # The same for several who take it, behind the call that makes it.
    "Epochs": ('''class Epochs(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 8, 5, stride=2)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.out = nn.Linear(8, 5)

    def forward(self, x):
        n = x.size(1)
        f = self.conv(x.flatten(0, 1)).mean(dim=2)
        return self.out(self.layer(f))
''', "4,10,1,50", [4, 10, 5], ".mean(dim=2)", ".mean(dim=2).reshape(x.shape[0], n, -1)"),
    # Convolutions that look back, whose padding is to be cut off at the end: as the module says it.
    "Causal": ('''class Causal(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv1d(4, 4, 3, padding=2 * 2 ** i, dilation=2 ** i) for i in range(3)])

    def forward(self, x):
        for conv in self.convs:
            x = x + torch.relu(conv(x))
        return x
''', "1,4,40", [1, 4, 40], "conv(x))", "conv(x)[:, :, :-conv.padding[0]])"),
    # The sizes that a loop kept beside the places of its maxima.
    "Unpooled": ('''class Unpooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList([nn.Conv2d(2, 2, 3, padding=1) for _ in range(3)])
        self.up = nn.ModuleList([nn.Conv2d(2, 2, 3, padding=1) for _ in range(3)])
        self.pool = nn.MaxPool2d(2, return_indices=True)
        self.unpool = nn.MaxUnpool2d(2)

    def forward(self, x):
        places, sizes = [], []
        for conv in self.down:
            x = conv(x)
            sizes.append(x.size())
            x, where = self.pool(x)
            places.append(where)
        for i, conv in enumerate(self.up):
            x = conv(self.unpool(x, places[-1 - i]))
        return x
''', "1,2,45,61", [1, 2, 45, 61], "places[-1 - i])", "places[-1 - i], output_size=sizes[-1 - i])"),
    # The same of a function, by the name of the tensor.
    "Placed": ('''class Placed(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(2, 2, 3, padding=1)

    def forward(self, x):
        before = self.conv(x)
        y, where = F.max_pool1d(before, 3, return_indices=True)
        return F.max_unpool1d(y, where, 3)
''', "1,2,50", [1, 2, 50], "where, 3)", "where, 3, output_size=before.shape[2:])"),
    # Padded in front, and what is returned cut back.
    "Cut": ('''class Cut(nn.Module):
    def __init__(self):
        super().__init__()
        self.fold = nn.PixelUnshuffle(4)
        self.body = nn.Sequential(nn.Conv2d(16, 16, 3, padding=1), nn.ReLU())
        self.back = nn.PixelShuffle(4)

    def forward(self, x):
        return self.back(self.body(self.fold(x)))
''', "1,1,30,42", [1, 1, 30, 42], "self.back(self.body(self.fold(x)))",
            "self.back(self.body(self.fold(F.pad(x, (0, -x.shape[3] % 4, 0, -x.shape[2] % 4)))))"
            "[..., :x.shape[2], :x.shape[3]]"),
    # A keyword that a function of torch is not given yet.
    "Pooled": ('''class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 4, 1)
        self.b = nn.Conv2d(3, 4, 5, padding=2)

    def forward(self, x):
        return torch.cat([self.a(x), self.b(x), F.max_pool2d(x, 3, 1)], 1)
''', "1,3,32,32", [1, 11, 32, 32], "F.max_pool2d(x, 3, 1)", "F.max_pool2d(x, 3, 1, padding=1)"),
    # A product that was to be a square.
    "Square": ('''class Square(nn.Module):
    def __init__(self, wide=8, scale=3):
        super().__init__()
        self.conv = nn.Conv2d(wide, wide * scale * 2, 3, padding=1)
        self.shuffle = nn.PixelShuffle(scale)
        self.out = nn.Conv2d(wide, 1, 1)

    def forward(self, x):
        return self.out(self.shuffle(self.conv(x)))
''', "1,8,8,8", [1, 1, 24, 24], "wide * scale * 2", "wide * scale ** 2"),
}

# Python says the columns of a call from 3.11 on.
NEED_COLUMNS = ("Skipped", "Flat", "Named", "Windows", "Gated", "Levels", "Items", "Lists", "Factor", "Lateral", "Excited",
                "Swapped", "Front", "Opposite", "Frames", "Epochs", "Causal", "Unpooled", "Placed", "Cut")

ASKED = {"Swapped": ["--unsafe", "--all"],  # else --unsafe
         "Epochs": ["--unsafe", "--expect", "4,10,5"],
         "Unpooled": ["--unsafe", "--expect", "input"], "Placed": ["--unsafe", "--expect", "input"],
         "Cut": ["--unsafe", "--expect", "input"]}

PACKAGE = '''from torch import nn


class Block(nn.Module):
    def __init__(self, in_channels, out_channels, size, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, size, padding=padding)
        self.norm = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        return self.norm(self.conv(x))


def block3(padding=1, **kwargs):
    return Block(size=3, padding=padding, **kwargs)
'''

USES_IT = '''from blocks_of_others import Block, block3


class Net(nn.Module):
    def __init__(self, wide=16, mid=4):
        super().__init__()
        self.a = Block(3, wide, 1)
        self.b = block3(in_channels=wide, out_channels=mid)
        self.c = block3(in_channels=wide, out_channels=2)

    def forward(self, x):
        return self.c(self.b(self.a(x)))
'''


class Fixing(InFolder):
    def test_one_line_changes_and_the_model_runs(self):
        for name, (text, sizes, shape, old, new) in MODELS.items():
            if name in ("Skipped", "Flat", "Named", "Windows", "Gated", "Levels", "Items", "Whole", "Trimmed", "Factors",
                        "Lines") and sys.version_info < (3, 11):
                continue  # Python says no columns there
            with self.subTest(name):
                path = self.write(name.lower() + ".py", HEAD + text)
                asked = ASKED.get(name, ["--unsafe"])
                ran = self.fix(f"{name.lower()}.py:{name}", "--input", sizes, *asked, "--write")
                self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
                self.assertEqual(self.read(path), (HEAD + text).replace(old, new))
                self.assertEqual(self.returned(path, name, sizes), shape)

    def test_what_can_be_written_is_said_where_the_best_fix_cannot(self):
        text, sizes, *_ = MODELS["Levels"]
        path = self.write("levels.py", HEAD + text)
        ran = self.fix("levels.py:Levels", "--input", sizes, "--write")
        self.assertEqual((ran.returncode, self.read(path)), (1, HEAD + text), ran.stderr)
        self.assertIn("; fix 2 can be: --pick 2;", ran.stderr)

    def test_a_call_that_runs_for_others_stays(self):
        text = HEAD + '''class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(16, 8, 3, padding=1)])

    def forward(self, x):
        skip = x
        for conv in self.convs:
            x = conv(x)
        return x
'''
        path = self.write("shared.py", text)
        ran = self.fix("shared.py:Shared", "--input", "1,8,16,16", "--unsafe", "--write")
        self.assertNotIn("torch.cat", self.read(path), ran.stderr)

    def test_what_is_installed_is_read_and_not_written(self):
        package = self.write("lib/site-packages/blocks_of_others.py", PACKAGE)
        path = self.write("net.py", HEAD + USES_IT)
        ran = self.fix("net.py:Net", "--input", "1,3,16,16", "--unsafe", "--write",
                       PYTHONPATH=os.path.dirname(package))
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.assertEqual(self.read(package), PACKAGE)
        after = USES_IT.replace("self.c = block3(in_channels=wide", "self.c = block3(in_channels=mid")
        self.assertEqual(self.read(path), HEAD + after)


if __name__ == "__main__":
    unittest.main()
