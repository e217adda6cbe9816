-- The server through neovim's own client: `nvim --headless --clean -u NONE -l` or `-c 'luafile neovim.lua'`.
-- SHAPEDBG names the program. Prints "ok" and leaves with 0, or says what is not right and leaves with 1.
local program = os.getenv('SHAPEDBG') or 'shapedbg'
local file = os.tmpname() .. '.json'
local lines = {
  '{',
  '  "input": [1, 4, 24, 24],',
  '  "encoder": [',
  '    {"name": "down", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1}',
  '  ],',
  '  "decoder": [',
  '    {"name": "up", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1}',
  '  ]',
  '}',
}

local function leave(problem)
  os.remove(file)
  if problem then
    io.stderr:write(problem .. '\n')
    vim.cmd('cquit 1')
  end
  print('ok')
  vim.cmd('qall!')
end

-- 30 s is for the slowest machine; it goes on when the answer is there.
local function expect(what, condition)
  if not vim.wait(30000, condition, 10) then leave('never: ' .. what) end
end

vim.fn.writefile(lines, file)
vim.cmd('edit ' .. file)
local buffer = vim.api.nvim_get_current_buf()
local id = vim.lsp.start_client({ name = 'shapedbg', cmd = { program, 'lsp' }, root_dir = vim.fn.getcwd() })
if not id then leave('the server does not start') end
vim.lsp.buf_attach_client(buffer, id)

local function codes()
  local found = {}
  for _, one in ipairs(vim.diagnostic.get(buffer)) do found[one.code or one.user_data.lsp.code] = one end
  return found
end
expect('the diagnostic R301', function() return codes().R301 end)
local wrong = codes().R301
if wrong.lnum ~= 6 or wrong.col ~= 5 then leave('R301 stands at ' .. wrong.lnum .. ':' .. wrong.col) end

local document = vim.lsp.util.make_text_document_params(buffer)
local function ask(method, params)
  params.textDocument = document
  local answers, problem = vim.lsp.buf_request_sync(buffer, method, params, 30000)
  if not answers then leave(method .. ': ' .. problem) end
  local answer = answers[id]
  if answer.err then leave(method .. ': ' .. answer.err.message) end
  return answer.result
end

local hover = ask('textDocument/hover', { position = { line = 6, character = 30 } })
if not hover.contents.value:find('(12 - 1)*2 - 2*1 + 1*(3 - 1) + 0 + 1 = 23', 1, true) then
  leave('the hover says ' .. hover.contents.value)
end

local range = { start = { line = 6, character = 5 }, ['end'] = { line = 6, character = 6 } }
local actions
expect('code actions', function()
  actions = ask('textDocument/codeAction', { range = range, context = { diagnostics = {} } })
  return #actions > 0
end)
vim.lsp.util.apply_workspace_edit(actions[1].edit, 'utf-16')
local repaired = vim.api.nvim_buf_get_lines(buffer, 6, 7, false)[1]
if not repaired:find('"padding": 1, "output_padding": 1}', 1, true) then leave('the fix made ' .. repaired) end
expect('no R301 behind the fix', function() return not codes().R301 end)

-- Typing: the text breaks, then another name stands in it.
vim.api.nvim_buf_set_text(buffer, 6, 14, 6, 16, { 'be' })
expect('still no error', function() return not codes().J001 end)
vim.api.nvim_buf_set_text(buffer, 1, 2, 1, 3, {})
expect('the diagnostic J001', function() return codes().J001 end)
vim.api.nvim_buf_set_text(buffer, 1, 2, 1, 2, { '"' })
expect('no J001', function() return not codes().J001 end)

local edit = ask('textDocument/rename', { position = { line = 6, character = 15 }, newName = 'back' })
vim.lsp.util.apply_workspace_edit(edit, 'utf-16')
local renamed = vim.api.nvim_buf_get_lines(buffer, 6, 7, false)[1]
if not renamed:find('{"name": "back",', 1, true) then leave('renamed: ' .. renamed) end

vim.lsp.stop_client(id)
expect('the end of the server', function() return vim.lsp.client_is_stopped(id) end)
leave()
