#include "read/python/python.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "read/aten/program.h"
#include "read/calls/calls.h"
#include "read/python/worker.h"
#include "text/process.h"

namespace shapedbg {
namespace {

Imported failed(Code code, std::string message) {
  Imported result;
  Finding finding;
  finding.code = code;
  finding.message = std::move(message);
  result.findings.push_back(std::move(finding));
  return result;
}

// The line {"failed": PHASE, "message": …, "at": "FILE:LINE"}, as one sentence; empty where there is none.
std::string failure_in(const std::string& text) {
  const std::size_t at = text.starts_with("{\"failed\"") ? 0 : text.find("\n{\"failed\"");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + (text[at] == '\n' ? 1 : 0);
  const std::string line = text.substr(begin, text.find('\n', begin) - begin);
  const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("message") || !json["message"].is_string())
    return "the recorder failed";
  std::string said = json["message"].get<std::string>();
  std::replace(said.begin(), said.end(), '\n', ' ');
  if (json.contains("at") && json["at"].is_string() && !json["at"].get<std::string>().empty())
    said += " (" + json["at"].get<std::string>() + ")";
  return said;
}

std::vector<std::string> words_for(const std::string& target, const PythonOptions& options) {
  std::vector<std::string> words{target};
  if (!options.call.empty()) words.insert(words.end(), {"--call", options.call});
  return words;
}

// For each fix a list of [MODULE, OPTION, FROM, TO].
std::string wanted_text(const std::vector<WantedChanges>& fixes) {
  using nlohmann::json;
  const auto value = [](const std::string& text) {
    json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
    return parsed.is_discarded() ? json() : parsed;
  };
  json all = json::array();
  for (const WantedChanges& fix : fixes) {
    json& list = all.emplace_back(json::array());
    for (const WantedChange& one : fix) {
      json& change = list.emplace_back(json::array());
      for (json part : {json(one.module), json(one.option), value(one.from), value(one.to)})
        change.push_back(std::move(part));
    }
  }
  return all.dump(-1, ' ', /*ensure_ascii=*/false, json::error_handler_t::replace);
}

// What the recorder writes for these words, in the worker's Python or in one of its own.
Ended recorded_by(std::vector<std::string> words, const PythonOptions& options) {
  if (options.worker != nullptr) return options.worker->record(words, options.seconds);
  const std::vector<std::string> command = recorder_command(options.python);
  words.insert(words.begin(), command.begin(), command.end());
  Output output = run_child(words, options.seconds);
  return {std::move(output.text), not_waited_for(output.how, options.python, options.seconds),
          output.succeeded};
}

}  // namespace

bool names_python_model(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto word = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '.'; };
  const std::string_view name = text.substr(colon + 1);
  if (!letter(name[0]) || !std::all_of(name.begin(), name.end(), word)) return false;
  const std::string_view from = text.substr(0, colon);
  return from.ends_with(".py") || (letter(from[0]) && std::all_of(from.begin(), from.end(), word));
}

std::vector<std::string> classes_in(std::string_view program) {
  constexpr std::string_view opening = "class ";
  std::vector<std::string> models, all;
  for (std::size_t begin = 0; begin < program.size();) {
    const std::size_t end = std::min(program.find('\n', begin), program.size());
    std::string_view line = program.substr(begin, end - begin);
    begin = end + 1;
    if (!line.starts_with(opening)) continue;
    line.remove_prefix(opening.size());
    const std::size_t name = std::min(line.find_first_of("(:"), line.size());
    if (!names_python_model("a:" + std::string(line.substr(0, name)))) continue;
    all.emplace_back(line.substr(0, name));
    if (line.find("Module", name) != std::string_view::npos) models.push_back(all.back());
  }
  return models.empty() ? all : models;
}

std::vector<std::string> recorder_command(const std::string& python) {
  // Linux takes no word of 128 KiB or more.
  constexpr std::size_t most = 96u << 10;
  std::vector<std::string> parts;
  for (std::string_view rest = recorder_program(); !rest.empty();
       rest.remove_prefix(std::min(most, rest.size())))
    parts.emplace_back(rest.substr(0, most));
  const std::string count = std::to_string(parts.size() + 1);
  std::vector<std::string> words{python, "-B", "-c",
                                 "import sys; recorder = ''.join(sys.argv[1:" + count +
                                     "]); del sys.argv[1:" + count +
                                     "]; exec(compile(recorder, '<string>', 'exec'))"};
  words.insert(words.end(), parts.begin(), parts.end());
  return words;
}

Imported import_python(const std::string& target, const PythonOptions& options) {
  std::vector<std::string> words = words_for(target, options);
  if (options.constructors) words.emplace_back("--constructors");
  std::vector<TemporaryFile> texts;
  for (const ProgramText& one : options.changed) {
    texts.emplace_back(one.text);
    if (texts.back().path().empty()) return failed(Code::I601, "no temporary file can be written");
    words.insert(words.end(), {"--changed", one.file, texts.back().path()});
  }
  for (const std::string& input : options.inputs) words.insert(words.end(), {"--input", input});
  for (const std::string& input : options.also) words.insert(words.end(), {"--also", input});
  const Ended ended = recorded_by(std::move(words), options);
  if (!ended.error.empty()) return failed(Code::I601, ended.error);
  if (std::string why = failure_in(ended.text); !why.empty()) return failed(Code::I601, std::move(why));
  if (!ended.succeeded)
    return failed(Code::I601, "Python ended without a recording; what it said stands on standard error");
  const calls::Recorded recorded = calls::read_calls(ended.text);
  if (!recorded.error.empty() || recorded.runs.empty())
    return failed(Code::I602, "the recording cannot be read: " +
                                  (recorded.error.empty() ? "it is empty" : recorded.error));
  Imported result = aten::imported(
      aten::map_program(recorded.runs[0], recorded.runs.size() > 1 ? &recorded.runs[1] : nullptr));
  if (options.constructors) read_constructors(ended.text, result);
  return result;
}

ProgramTrials program_trials(const std::string& target, const PythonOptions& options,
                             const std::vector<WantedChanges>& fixes) {
  std::vector<std::string> words = words_for(target, options);
  words.insert(words.end(), {"--wanted", wanted_text(fixes)});
  const Ended ended = recorded_by(std::move(words), options);
  return ended.error.empty() && ended.succeeded ? read_trials(ended.text) : ProgramTrials{};
}

}  // namespace shapedbg
