#!/usr/bin/env python3
"""The pages of `--format html` and `--format svg` in a real browser.

    in_chromium.py BUILD/bin/shapedbg [--images DIR] [--keep DIR]

Opens pages of several sizes in headless Chromium, light and dark, wide and narrow, and asks the browser what it laid out:
nothing stands beside the page or the picture, names lie inside of their boxes, no two boxes overlap, every link has its
target, words can be read against their background, and the page itself has no script. Exit code 77 where there is no
Chromium. --images takes the screenshots of docs/images; --keep leaves the pages and a screenshot of each.
"""
import argparse, json, os, re, shutil, subprocess, sys, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

# What the browser is asked. It runs in a copy of the page: the page itself has no script.
ASK = r"""<script>
(() => {
  const wrong = [], page = document.documentElement;
  const near = (a, b) => a <= b + 1;
  if (page.scrollWidth > innerWidth) wrong.push(`the page is ${page.scrollWidth} wide in a window of ${innerWidth}`);
  for (const a of document.querySelectorAll('a[href^="#"]'))
    if (!document.getElementById(decodeURIComponent(a.getAttribute('href').slice(1)))) wrong.push(`no target for ${a.getAttribute('href')}`);
  const luminance = colour => {
    const c = colour.match(/[\d.]+/g).slice(0, 3).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
  };
  const contrast = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const back = getComputedStyle(document.body).backgroundColor;
  for (const name of ['error', 'warning', 'note', 'ok', 'soft'])
    for (const one of [...document.querySelectorAll('.' + name)].slice(0, 1))
      if (contrast(getComputedStyle(one).color, back) < 4.5) wrong.push(`.${name} can hardly be read`);
  let boxes = 0, words = 0;
  for (const svg of document.querySelectorAll('svg')) {
    const view = svg.viewBox.baseVal, rects = [...svg.querySelectorAll('rect.box')].map(r => [r, r.getBBox()]);
    const dark = luminance(getComputedStyle(svg).backgroundColor) < 0.2;
    if (dark !== matchMedia('(prefers-color-scheme: dark)').matches) wrong.push('the picture has the other scheme');
    boxes += rects.length;
    for (const text of svg.querySelectorAll('text')) {
      const t = text.getBBox();
      ++words;
      if (t.x < view.x - 1 || t.y < view.y - 1 || !near(t.x + t.width, view.x + view.width) || !near(t.y + t.height, view.y + view.height))
        wrong.push(`"${text.textContent}" stands outside of the picture`);
      for (const [rect, r] of rects) {
        const [x, y] = [t.x + t.width / 2, t.y + t.height / 2];
        if (x > r.x && x < r.x + r.width && y > r.y && y < r.y + r.height && (t.x < r.x - 1 || !near(t.x + t.width, r.x + r.width)))
          wrong.push(`"${text.textContent}" is ${t.width} wide in a box of ${r.width}`);
      }
    }
    for (let i = 0; i < rects.length && rects.length < 400; ++i)
      for (let k = 0; k < i; ++k) {
        const [a, b] = [rects[i][1], rects[k][1]];
        if (a.x + 1 < b.x + b.width && b.x + 1 < a.x + a.width && a.y + 1 < b.y + b.height && b.y + 1 < a.y + a.height) wrong.push('two boxes overlap');
      }
  }
  const said = {wrong: wrong.slice(0, 8), boxes, words, height: page.scrollHeight, articles: document.querySelectorAll('article').length,
                tables: document.querySelectorAll('table').length, strips: document.querySelectorAll('.strip').length, pictures: document.querySelectorAll('svg').length,
                reached: document.querySelectorAll('a[href], [tabindex="0"], summary').length,
                dark: matchMedia('(prefers-color-scheme: dark)').matches};
  const out = document.createElement('pre');
  out.id = 'said';
  out.textContent = JSON.stringify(said);
  document.body.append(out);
})();
</script>"""


def browse(folder, page, width, height, dark, *what):
    return subprocess.run([CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                           f"--user-data-dir={folder}/profile", f"--window-size={width},{height}",
                           f"--blink-settings=preferredColorScheme={0 if dark else 1}", *what, "file://" + page],
                          capture_output=True, text=True, timeout=120, check=False).stdout


def asked(folder, page, width, dark):
    html = open(page, encoding="utf-8").read()
    copy = os.path.join(folder, "asked.html")
    with open(copy, "w", encoding="utf-8") as file:
        file.write(html.replace("</body>", ASK + "</body>") if "</body>" in html else f"<!DOCTYPE html><body>{html}{ASK}</body>")
    found = re.search(r'<pre id="said">(.*?)</pre>', browse(folder, copy, width, 900, dark, "--dump-dom"), re.S)
    assert found, f"{page}: nothing was laid out"
    return json.loads(found[1].replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def long_net(layers):
    names = []
    for i in range(layers // 2):
        names.append({"name": f"conv{i}", "type": "Conv2d", "in_channels": 3, "out_channels": 3, "kernel_size": 3, "padding": 1})
        names.append({"name": f"act{i}", "type": "ReLU"})
    return {"name": "long", "input": [1, 3, 32, 32], "layers": names}


def pages(shapedbg, folder):
    """Name, command line, and what has to be on the page at least."""
    config = lambda name: os.path.join("configs", name)
    broken, long = os.path.join(folder, "broken.json"), os.path.join(folder, "long.json")
    with open(broken, "w", encoding="utf-8") as file:
        file.write('{"name": "broken", "input": [1, 3, 8, 8], "layers": [{"name": "a", "type": "Conv2d", "out_chanels": 4},\n')
    with open(long, "w", encoding="utf-8") as file:
        json.dump(long_net(1000), file)
    return [
        ("seed", ["check", config("seed.json")], dict(articles=1, pictures=1, boxes=2, words=8, tables=1)),
        ("unet", ["check", config("unet_padded.json")], dict(pictures=1, boxes=8, words=80, tables=1)),
        ("pix2pix", ["check", "--device", "off", config("pix2pix.json")], dict(pictures=1, boxes=12, words=80, tables=1)),
        ("thousand", ["check", "--device", "off", long], dict(pictures=1, boxes=1, tables=1)),
        ("broken", ["check", broken], dict(articles=1)),
        ("sizes", ["sizes", "--device", "off", config("seed.json"), config("unet.json")], dict(strips=2)),
        ("several", ["check", "--device", "off", config("seed.json"), config("vae.json"), config("codec_short.json")], dict(pictures=3)),
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("shapedbg")
    parser.add_argument("--images")
    parser.add_argument("--keep")
    args = parser.parse_args()
    if CHROMIUM is None:
        print("skipped: no Chromium here")
        return 77
    shapedbg = os.path.abspath(args.shapedbg)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="shapedbg-pages-") as folder:
        for name, command, wanted in pages(shapedbg, folder):
            ran = subprocess.run([shapedbg, *command, "--format", "html"], cwd=ROOT, capture_output=True, text=True, check=False)
            assert ran.returncode in (0, 1) and ran.stdout.startswith("<!DOCTYPE html>"), (name, ran.stderr)
            assert "<script" not in ran.stdout and "http://" not in ran.stdout.replace("http://www.w3.org/", "") and "https://" not in ran.stdout, name
            page = os.path.join(folder, name + ".html")
            with open(page, "w", encoding="utf-8") as file:
                file.write(ran.stdout)
            for width, dark in ((1200, False), (1200, True), (390, False)):
                said = asked(folder, page, width, dark)
                if said["dark"] != dark:
                    said["wrong"].append("the browser took the other scheme: nothing was tried")
                said["wrong"] += [f"{said[key]} {key}, at least {least} are there" for key, least in wanted.items() if said[key] < least]
                if said["pictures"] and said["reached"] == 0:
                    said["wrong"].append("nothing can be reached by keyboard")
                print(f"{name}, {width} wide, {'dark' if dark else 'light'}: {said['boxes']} boxes, {said['words']} words, "
                      f"{said['articles']} findings", *said["wrong"], sep="\n  ")
                failed += bool(said["wrong"])
                if args.keep:
                    os.makedirs(args.keep, exist_ok=True)
                    shot = os.path.join(os.path.abspath(args.keep), f"{name}_{width}{'_dark' if dark else ''}.png")
                    browse(folder, page, width, min(said["height"] + 40, 4000), dark, f"--screenshot={shot}")
            if args.images and name == "seed":
                for dark in (False, True):
                    shot = os.path.join(os.path.abspath(args.images), f"page{'_dark' if dark else ''}.png")
                    browse(folder, page, 1000, 900, dark, f"--screenshot={shot}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
