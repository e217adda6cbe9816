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

// Each adds one subcommand to `program` and returns what it does.
Job add_check(CLI::App& program);
Job add_fix(CLI::App& program);
Job add_import(CLI::App& program);
Job add_export(CLI::App& program);
Job add_mirror(CLI::App& program);
Job add_explain(CLI::App& program);
Job add_sizes(CLI::App& program);
Job add_schema(CLI::App& program);
Job add_lsp(CLI::App& program);
Job add_watch(CLI::App& program);
Job add_manual(CLI::App& program);  // hidden from --help

// Writes `text` to standard output and flushes it. False when it could not be written, then and ever after.
bool emit(Streams& streams, std::string_view text);

// The same. Returns `code`, in silence also when nobody reads any more (a closed pipe); exit_failed and a
// line on `err` when it could not be written for another reason.
int deliver(Streams& streams, std::string_view text, int code);

// "shapedbg: MESSAGE" on `err`, control characters escaped. Returns exit_failed.
int fail(Streams& streams, std::string_view message);

}  // namespace shapedbg
