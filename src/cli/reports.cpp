#include "cli/reports.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "cli/choice.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/run.h"

namespace shapedbg {
namespace {

namespace fs = std::filesystem;

std::string listed(ReportOf of) {
  std::string text;
  for (const std::string& name : format_names(of)) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

void add_report_options(CLI::App& command, ReportOptions& options, ReportOf of) {
  add_format_option(command, options.format, of);
  add_output_option(command, options.output);
  command
      .add_option(
          "--report", options.reports,
          "write a report of that format to a file beside all others: sarif=out.sarif; again for each")
      ->type_name("FORMAT=FILE")
      ->allow_extra_args(false)
      ->take_all();
}

ReportPaths report_paths() {
  std::error_code error;
  const fs::path working = fs::current_path(error);
  if (error) return {};
  for (fs::path folder = working;; folder = folder.parent_path()) {
    if (fs::exists(folder / ".git", error)) return {folder.string(), working.string()};
    if (!folder.has_relative_path()) break;
  }
  return {working.string(), working.string()};
}

ReportFiles::ReportFiles(const ReportOptions& options, ReportOf of, const std::vector<std::string>& inputs)
    : format_(find_format(options.format)) {
  std::vector<std::string> targets;
  if (!options.output.empty() && options.output != "-") {
    output_.emplace(options.output, inputs);
    error_ = output_->error();
    targets.push_back(options.output);
  }
  for (const std::string& typed : options.reports) {
    if (!error_.empty()) return;
    const std::size_t equals = typed.find('=');
    const std::string name = typed.substr(0, equals);
    const std::string file = equals == std::string::npos ? "" : typed.substr(equals + 1);
    const Format* format = find_format(name);
    if (file.empty()) {
      error_ = "--report: `" + typed + "` is no FORMAT=FILE such as json=report.json";
    } else if (format == nullptr || !takes(of, *format)) {
      error_ = "--report: `" + name + "` is not one of " + listed(of);
    } else if (std::find(targets.begin(), targets.end(), file) != targets.end()) {
      error_ = "two reports would be written to `" + file + "`";
    } else {
      files_.push_back({format, OutputFile(file, inputs)});
      error_ = files_.back().file.error();
      targets.push_back(file);
    }
  }
}

FixCode ReportFiles::code() const {
  FixCode most = format_->code;
  for (const File& file : files_) most = std::max(most, file.format->code);
  return most;
}

int ReportFiles::write_files(const Render& render, Streams& streams, int code) const {
  const auto put = [&](const OutputFile& file, const Format& format) {
    const std::string error = file.write(render(format));
    if (!error.empty()) code = fail(streams, error);
  };
  if (output_) put(*output_, *format_);
  for (const File& one : files_) put(one.file, *one.format);
  return code;
}

int ReportFiles::write(const Render& render, Streams& streams, int code) const {
  code = write_files(render, streams, code);
  return to_stdout() ? deliver(streams, render(*format_), code) : code;
}

}  // namespace shapedbg
