"""The server through pytest-lsp, a client that is not ours, over its standard input and output.

SHAPEDBG names the program. Leaves with 77, which ctest knows as skipped, where pytest-lsp is not installed.
"""
import asyncio
import os
import sys

try:
    import pytest
    import pytest_lsp
    from lsprotocol import types as lsp
except ImportError as missing:
    print(f"skipped: {missing.name} is not installed")
    sys.exit(77)

URI = "file:///nets/net.json"
SHORT = """{
  "input": [1, 4, 24, 24],
  "encoder": [
    {"name": "down", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1}
  ],
  "decoder": [
    {"name": "up", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1}
  ]
}
"""
NET = """import torch
from torch import nn

# shapedbg: Net() input 1,3,25,25
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ConvTranspose2d(3, 8, 2, stride=2)

    def forward(self, x):
        y = self.pool(x)
        z = self.up(y)
        return torch.cat([x, z], dim=1)
"""
DOCUMENT = lsp.TextDocumentIdentifier(URI)


@pytest_lsp.fixture(
    params=["visual-studio-code", "neovim", "emacs"],
    config=pytest_lsp.ClientServerConfig(server_command=[os.environ.get("SHAPEDBG", "shapedbg"), "lsp"]),
)
async def client(request, lsp_client: pytest_lsp.LanguageClient):
    capabilities = pytest_lsp.client_capabilities(request.param)
    options = {"python": sys.executable}
    result = await lsp_client.initialize_session(
        lsp.InitializeParams(capabilities=capabilities, initialization_options=options)
    )
    assert result.server_info.name == "shapedbg"
    yield
    await lsp_client.shutdown_session()


def open_document(client, text):
    client.text_document_did_open(lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(URI, "json", 1, text)))


async def diagnostics(client, ran_on):
    """Those of the run that is asked for: the formulas answer first."""
    while True:
        await client.wait_for_notification(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        found = client.diagnostics[URI]
        if any(one.data["ran_on"] == ran_on for one in found):
            return found


async def actions_with_edits(client, where):
    """Fixes are worked out behind the diagnostics."""
    for _ in range(600):
        params = lsp.CodeActionParams(DOCUMENT, where, lsp.CodeActionContext([]))
        found = await client.text_document_code_action_async(params)
        if found:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("no code actions")


@pytest.mark.asyncio
async def test_what_is_found_is_shown_and_repaired(client):
    open_document(client, SHORT)
    found = await diagnostics(client, "cpu")
    assert [one.code for one in found] == ["R301"]
    assert found[0].range == lsp.Range(lsp.Position(6, 5), lsp.Position(6, 17))
    assert found[0].related_information[0].location.uri == URI
    actions = await actions_with_edits(client, found[0].range)
    assert actions[0].title.startswith("set output_padding to 1 on `up`: returns [1, 4, 24, 24] (ran on cpu)")
    assert actions[0].is_preferred
    edit = actions[0].edit.changes[URI][0]
    assert edit.new_text == ', "output_padding": 1'
    client.text_document_did_change(
        lsp.DidChangeTextDocumentParams(
            lsp.VersionedTextDocumentIdentifier(2, URI),
            [lsp.TextDocumentContentChangePartial(range=edit.range, text=edit.new_text)],
        )
    )
    assert "R301" not in [one.code for one in await diagnostics(client, "cpu")]


@pytest.mark.asyncio
async def test_what_is_asked_is_answered(client):
    open_document(client, SHORT)
    await diagnostics(client, "cpu")
    name = lsp.Position(6, 15)
    type_ = lsp.Position(6, 30)
    hover = await client.text_document_hover_async(lsp.HoverParams(DOCUMENT, type_))
    assert "(12 - 1)*2 - 2*1 + 1*(3 - 1) + 0 + 1 = 23" in hover.contents.value
    hints = await client.text_document_inlay_hint_async(
        lsp.InlayHintParams(DOCUMENT, lsp.Range(lsp.Position(0, 0), lsp.Position(99, 0)))
    )
    assert [one.label for one in hints] == ["[1, 8, 12, 12]", "[1, 4, 23, 23]"]
    renamed = await client.text_document_rename_async(lsp.RenameParams(position=name, new_name="back", text_document=DOCUMENT))
    assert [one.new_text for one in renamed.changes[URI]] == ["back"]
    symbols = await client.text_document_document_symbol_async(lsp.DocumentSymbolParams(DOCUMENT))
    assert [one.name for one in symbols] == ["input", "encoder", "decoder"]
    completion = await client.text_document_completion_async(lsp.CompletionParams(DOCUMENT, lsp.Position(6, 5)))
    assert "output_padding" in [one.label for one in completion.items]
    folds = await client.text_document_folding_range_async(lsp.FoldingRangeParams(DOCUMENT))
    assert (folds[1].start_line, folds[1].end_line) == (2, 3)


@pytest.mark.asyncio
async def test_a_model_is_recorded_when_it_is_saved(client, tmp_path):
    pytest.importorskip("torch")
    file = tmp_path / "net.py"
    file.write_text(NET)
    document = lsp.TextDocumentIdentifier(file.as_uri())
    client.text_document_did_open(
        lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(document.uri, "python", 1, NET))
    )
    await client.wait_for_notification(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    errors = [one for one in client.diagnostics[document.uri] if one.severity == lsp.DiagnosticSeverity.Error]
    assert [one.code for one in errors] == ["L208"], errors
    lines = NET.splitlines()
    assert "self.pool = nn.MaxPool2d(2)" in lines[errors[0].range.start.line]
    assert any("torch.cat" in lines[one.location.range.start.line] for one in errors[0].related_information)
    whole = lsp.Range(lsp.Position(0, 0), lsp.Position(99, 0))
    hints = await client.text_document_inlay_hint_async(lsp.InlayHintParams(document, whole))
    assert "[1, 3, 12, 12]" in [one.label for one in hints]
    params = lsp.CodeActionParams(document, errors[0].range, lsp.CodeActionContext([]))
    actions = await client.text_document_code_action_async(params)
    edits = [edit for action in actions for edit in action.edit.changes[document.uri]]
    padded = [edit for edit in edits if edit.new_text == ", output_padding=1"]
    assert padded and "self.up = nn.ConvTranspose2d" in lines[padded[0].range.start.line], actions


if __name__ == "__main__":
    sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "-W", "ignore", __file__]))
