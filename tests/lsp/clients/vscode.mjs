// The extension of scripts/packaging/vscode in a real VS Code (code-server) in a real browser: the cause is underlined, its
// quick fix changes the file, the shapes stand at the ends of the lines. By hand, as it fetches packages:
//
//   npm install code-server playwright-core @vscode/vsce   # code-server wants the Node that its package.json names
//   node vscode.mjs SHAPEDBG FOLDER-OF-node_modules [SCREENSHOT.png]
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const [program, modules, picture] = process.argv.slice(2).map((path) => resolve(path));
const { chromium } = createRequire(join(modules, 'x.js'))('playwright-core');
const home = mkdtempSync(join(tmpdir(), 'shapedbg-vscode-'));
const extensions = join(home, 'extensions');
const project = join(home, 'project');
const run = (command, args, cwd) => execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });

// The package as people get it.
function install() {
  const source = join(home, 'source');
  cpSync(join(here, '../../../scripts/packaging/vscode'), source, { recursive: true });
  run('npm', ['install', '--no-audit', '--no-fund'], source);
  const vsce = join(modules, '@vscode/vsce/vsce');
  run(process.execPath, [vsce, 'package', '--allow-missing-repository', '--skip-license', '-o', 'x.vsix'], source);
  run(process.execPath, [server, '--extensions-dir', extensions, '--install-extension', join(source, 'x.vsix')], home);
}

async function until(what, ready) {
  for (let tries = 0; tries < 600; ++tries) {
    if (await ready()) return console.log(`ok: ${what}`);
    await new Promise((done) => setTimeout(done, 500));
  }
  throw new Error(`not seen within five minutes: ${what}`);
}

const server = join(modules, 'code-server/out/node/entry.js');
const spec = join(project, 'seed.json');
mkdirSync(join(home, 'data/User'), { recursive: true });
mkdirSync(project);
cpSync(join(here, '../../../configs/seed.json'), spec);
writeFileSync(join(home, 'data/User/settings.json'), JSON.stringify({
  'shapedbg.path': program,
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'files.associations': { '*.json': 'jsonc' },
  'editor.minimap.enabled': false,
  'files.autoSave': 'afterDelay',
}));
install();
const code = spawn(process.execPath, [server, '--auth', 'none', '--bind-addr', '127.0.0.1:18080', '--disable-telemetry',
  '--disable-update-check', '--user-data-dir', join(home, 'data'), '--extensions-dir', extensions, project],
  { cwd: home, stdio: 'ignore', env: { ...process.env, HOME: home } });
let browser;
try {
  const chrome = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync);
  browser = await chromium.launch({ executablePath: chrome, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1200, height: 700 } });
  await until('the server answers', () => page.goto('http://127.0.0.1:18080/', { waitUntil: 'commit' }).then(() => true, () => false));
  await page.waitForSelector('.monaco-workbench', { timeout: 300000 });
  await page.getByRole('treeitem', { name: /seed\.json/ }).dblclick({ timeout: 300000 });
  await until('the cause is underlined', async () => (await page.locator('.squiggly-error').count()) > 0);
  await until('shapes stand at the ends of lines', async () =>
    (await page.locator('.view-lines').first().innerText()).replaceAll('\u00a0', ' ').includes('[1, 128, 23, 23]'));
  if (picture) await page.screenshot({ path: picture });
  await page.locator('.view-lines').first().getByText('ConvTranspose2d').click();
  await page.keyboard.press('Home');
  for (let i = 0; i < 3; ++i) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Control+.');
  try {
    await page.locator('.action-widget').getByText('set output_padding to 1').first().click({ timeout: 60000 });
  } catch (error) {
    if (picture) await page.screenshot({ path: picture });
    throw error;
  }
  await until('the quick fix changed the file', () => readFileSync(spec, 'utf8').includes('"output_padding": 1'));
  await until('nothing is underlined any more', async () => (await page.locator('.squiggly-error').count()) === 0);
} finally {
  await browser?.close();
  code.kill();
  rmSync(home, { recursive: true, force: true });
}
