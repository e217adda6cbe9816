// Starts `shapedbg lsp` for specs and Python files; all that is shown comes from the server.
const vscode = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

let client;

async function start() {
  const settings = vscode.workspace.getConfiguration('shapedbg');
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const python = settings.get('python');
  const next = new LanguageClient(
    'shapedbg',
    'shapedbg',
    {
      command: settings.get('path'),
      args: ['lsp', ...settings.get('arguments')],
      options: folder?.scheme === 'file' ? { cwd: folder.fsPath } : {},
    },
    {
      documentSelector: ['json', 'jsonc', 'python'].map((language) => ({ scheme: 'file', language })),
      initializationOptions: python ? { python } : {},
    },
  );
  client = next;
  try {
    await next.start();
  } catch (error) {
    vscode.window.showErrorMessage(`shapedbg: ${error.message}. Is \`shapedbg.path\` right?`);
  }
}

async function stop() {
  const last = client;
  client = undefined;
  if (last?.needsStop()) await last.stop();
}

exports.activate = async (context) => {
  context.subscriptions.push(
    vscode.commands.registerCommand('shapedbg.restart', async () => {
      await stop();
      await start();
    }),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (!change.affectsConfiguration('shapedbg')) return;
      await stop();
      await start();
    }),
  );
  await start();
};

exports.deactivate = stop;
