"""`shapedbg fix --write` where what a model's author mistook is an argument of a block, an entry of a list or a default, and
the layer that fails is made far within: python3 -B argument_test.py SHAPEDBG. Exit 77: no torch."""
import unittest

from fixing import HEAD, InFolder

BLOCK = '''class Block(nn.Module):
    def __init__(self, cin, cout, k=3, stride=1):
        super().__init__()
        self.one = nn.Conv2d(cin, cout, k, stride, padding=1)
        self.two = nn.Conv2d(cout, cout, 3, padding=1)
        self.short = nn.Conv2d(cin, cout, 1, stride)

    def forward(self, x):
        return self.two(F.relu(self.one(x))) + self.short(x)


'''

# Name: the class, what goes in, the shape that it has to return, the line that changes and what it becomes.
MODELS = {
    # A number unlike those of all other calls; the block's own padding is right for them.
    "Odd": (BLOCK + '''class Odd(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = Block(3, 8)
        self.b = Block(8, 16, k=5)
        self.c = Block(16, 8)

    def forward(self, x):
        return self.c(self.b(self.a(x)))
''', "1,3,16,16", [1, 8, 16, 16], "Block(8, 16, k=5)", "Block(8, 16, k=3)"),
    # By position, part of a sum within; the other calls are right.
    "Sum": ('''class Up(nn.Module):
    def __init__(self, cin, skip, cout):
        super().__init__()
        self.up = nn.ConvTranspose2d(cin, cin // 2, 2, stride=2)
        self.conv = nn.Conv2d(cin // 2 + skip, cout, 3, padding=1)

    def forward(self, x, skip):
        return F.relu(self.conv(torch.cat([skip, self.up(x)], 1)))


class Sum(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3, padding=1)
        self.b = nn.Conv2d(8, 16, 3, 2, 1)
        self.c = nn.Conv2d(16, 32, 3, 2, 1)
        self.up2 = Up(32, 32, 16)
        self.up1 = Up(16, 8, 4)

    def forward(self, x):
        a = self.a(x)
        b = self.b(a)
        return self.up1(self.up2(self.c(b), b), a)
''', "1,3,16,16", [1, 4, 16, 16], "Up(32, 32, 16)", "Up(32, 16, 16)"),
    # A row of a table that a loop takes apart, handed on to another class.
    "Rows": ('''class Conv(nn.Module):
    def __init__(self, cin, cout, kernel):
        super().__init__()
        self.conv = nn.Conv1d(cin, cout, kernel, padding=2)
        self.norm = nn.BatchNorm1d(cout)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))


class Stage(nn.Module):
    def __init__(self, width, kernel):
        super().__init__()
        self.a = Conv(width, width, kernel)

    def forward(self, x):
        return x + self.a(x)


class Rows(nn.Module):
    STAGES = [
        (8, 5),  # width, kernel
        (8, 3),
        (8, 5),
    ]

    def __init__(self):
        super().__init__()
        self.stages = nn.Sequential(*[Stage(width, kernel) for width, kernel in self.STAGES])

    def forward(self, x):
        return self.stages(x)
''', "1,8,40", [1, 8, 40], "(8, 3),", "(8, 5),"),
    # An entry of a list, beside the right one of another.
    "Lists": ('''class Step(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, padding=1)
        self.norm = nn.BatchNorm2d(cout)

    def forward(self, x):
        return self.norm(self.conv(x))


class Lists(nn.Module):
    def __init__(self):
        super().__init__()
        ins, outs = [3, 16, 24], [16, 32, 8]
        self.steps = nn.ModuleList(Step(i, o) for i, o in zip(ins, outs))

    def forward(self, x):
        for step in self.steps:
            x = step(x)
        return x
''', "1,3,8,8", [1, 8, 8, 8], "ins, outs = [3, 16, 24],", "ins, outs = [3, 16, 32],"),
    # A default of a class that is made once.
    "Default": ('''class Decoder(nn.Module):
    def __init__(self, width, latent, side=6):
        super().__init__()
        self.fc = nn.Linear(latent, width * side * side)
        self.up = nn.ConvTranspose2d(width, 1, 4, 2, 1)

    def forward(self, z):
        return self.up(self.fc(z).view(-1, 8, 7, 7))


class Default(nn.Module):
    def __init__(self):
        super().__init__()
        self.code = nn.Linear(10, 4)
        self.decoder = Decoder(8, 4)

    def forward(self, x):
        return self.decoder(self.code(x))
''', "2,10 --expect 2,1,14,14", [2, 1, 14, 14], "side=6", "side=7"),
    # What a call leaves at its default is given there.
    "Left": ('''def unit(cin, cout, kernel=3, pad=1):
    return nn.Sequential(nn.Conv2d(cin, cout, kernel, padding=pad), nn.ReLU())


class Left(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = unit(3, 8)
        self.mix = unit(8, 8, kernel=1)

    def forward(self, x):
        x = self.stem(x)
        return x + self.mix(x)
''', "1,3,8,8", [1, 8, 8, 8], "unit(8, 8, kernel=1)", "unit(8, 8, kernel=1, pad=0)"),
    # A number that is a factor twice stays one.
    "Twice": ('''class Head(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.fc = nn.Sequential(nn.Flatten(), nn.Linear(features, classes))

    def forward(self, x):
        return self.fc(x)


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, 2, 1)
        self.head = Head(8 * 4 * 4, 10)

    def forward(self, x):
        return self.head(self.conv(x))
''', "2,3,16,16", [2, 10], "Head(8 * 4 * 4, 10)", "Head(8 * 8 * 8, 10)"),
    # The block's own line is wrong, for all who use it: that one changes.
    "Own": ((BLOCK + '''class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = Block(3, 8)
        self.b = Block(8, 16)
        self.c = Block(16, 8)

    def forward(self, x):
        return self.c(self.b(self.a(x)))
''').replace("cout, cout, 3, padding=1)", "cout, cout, 3)"), "1,3,16,16", [1, 8, 16, 16], "nn.Conv2d(cout, cout, 3)",
            "nn.Conv2d(cout, cout, 3, padding=1)"),
    # No fix is known; what makes the two sides is.
    "Sides": ('''def conv(cin, cout):
    return nn.Conv2d(cin, cout, 3, padding=1)


class Parts(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.one = conv(width, width // 2)
        self.two = conv(width // 2, width // 4)
        self.three = conv(width // 4, width // 2)

    def forward(self, x):
        one = F.relu(self.one(x))
        two = F.relu(self.two(one))
        return x + torch.cat([one, two, self.three(two)], 1)


class Sides(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 1)
        self.parts = nn.Sequential(Parts(16), Parts(16))
        self.head = nn.Conv2d(16, 2, 1)

    def forward(self, x):
        return self.head(self.parts(self.stem(x)))
''', "1,3,8,8", [1, 2, 8, 8], "conv(width // 4, width // 2)", "conv(width // 4, width // 4)"),
}


class Arguments(InFolder):
    def test_the_argument_changes(self):
        for name, (text, sizes, shape, line, fixed) in MODELS.items():
            with self.subTest(name):
                path = self.write(name.lower() + ".py", HEAD + text)
                ran = self.fix(f"{name.lower()}.py:{name}", "--input", *sizes.split(), "--unsafe", "--write")
                self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
                self.assertEqual(text.count(line), 1)
                self.assertEqual(self.read(path), HEAD + text.replace(line, fixed))
                self.assertEqual(self.returned(path, name, sizes.split()[0]), shape)

    def test_it_is_asked_for(self):
        text, sizes, *_ = MODELS["Odd"]
        path = self.write("odd.py", HEAD + text)
        ran = self.fix("odd.py:Odd", "--input", sizes, "--write")
        self.assertEqual((ran.returncode, self.read(path)), (1, HEAD + text), ran.stdout + ran.stderr)

    def test_the_diff_and_the_words(self):
        text, sizes, *_ = MODELS["Odd"]
        path = self.write("odd.py", HEAD + text)
        ran = self.fix("odd.py:Odd", "--input", sizes, "--unsafe")
        self.assertEqual((ran.returncode, self.read(path)), (1, HEAD + text), ran.stderr)
        self.assertIn("+        self.b = Block(8, 16, k=3)\n", ran.stdout)
        self.assertIn("odd.py:Odd: ok: returns [1, 8, 16, 16]", ran.stderr)


if __name__ == "__main__":
    unittest.main()
