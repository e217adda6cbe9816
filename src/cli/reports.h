// `--format`, `--output` and `--report KIND=FILE`: where the reports of a run go. Files are looked at before
// any work is done and written whole or not at all.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/output.h"
#include "report/formats.h"

namespace CLI {
class App;
}

namespace shapedbg {

struct Streams;

struct ReportOptions {
  std::string format = "text";
  std::string output;                // `-` or empty: standard output
  std::vector<std::string> reports;  // "sarif=out.sarif"
};

void add_report_options(CLI::App& command, ReportOptions& options, ReportOf of);

// The folders from which reports name files: the root of the git repository around the working folder, and
// that folder itself. Without a repository the working folder is the root.
ReportPaths report_paths();

class ReportFiles {
 public:
  // `inputs` are never written to. error() says in one line what cannot be written.
  ReportFiles(const ReportOptions& options, ReportOf of, const std::vector<std::string>& inputs);

  const std::string& error() const { return error_; }
  bool to_stdout() const { return !output_.has_value(); }
  bool any() const { return output_.has_value() || !files_.empty(); }
  const Format& format() const { return *format_; }
  // The most that one of the reports shows of fixes as code.
  FixCode code() const;

  using Render = std::function<std::string(const Format&)>;
  // Writes all files, then standard output where the report goes there. Returns `code`, or exit_failed with a
  // line on `err`; what could be written is written.
  int write(const Render& render, Streams& streams, int code) const;
  // Files alone.
  int write_files(const Render& render, Streams& streams, int code) const;

 private:
  struct File {
    const Format* format = nullptr;
    OutputFile file;
  };
  const Format* format_;
  std::optional<OutputFile> output_;
  std::vector<File> files_;
  std::string error_;
};

}  // namespace shapedbg
