// A subcommand: declared in CLI11's terms, then run with the streams of the process.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace shapedbg {

struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  int out_error = 0;  // errno of the write that broke `out`; 0 while it is good
};

// Returns an ExitCode. Called after the options are parsed.
using Job = std::function<int(Streams&)>;

// Each declares the options of its subcommand and returns what it does.
Job add_check(CLI::App& command);
Job add_fix(CLI::App& command);
Job add_import(CLI::App& command);
Job add_export(CLI::App& command);
Job add_mirror(CLI::App& command);
Job add_explain(CLI::App& command);
Job add_sizes(CLI::App& command);
Job add_schema(CLI::App& command);
Job add_lsp(CLI::App& command);
Job add_watch(CLI::App& command);
Job add_manual(CLI::App& command);  // hidden from --help

// Writes `text` to standard output and flushes it. False when it could not be written, then and ever after.
bool emit(Streams& streams, std::string_view text);

// The same. Returns `code`, in silence also when nobody reads any more (a closed pipe); exit_failed and a
// line on `err` when it could not be written for another reason.
int deliver(Streams& streams, std::string_view text, int code);

// "shapedbg: MESSAGE" on `err`, control characters escaped. Returns exit_failed.
int fail(Streams& streams, std::string_view message);

}  // namespace shapedbg
