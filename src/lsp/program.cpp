#include "lsp/program.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "read/python/python.h"
#include "read/python/worker.h"
#include "text/cancel.h"

namespace shapedbg::lsp {
namespace {

constexpr int kSeconds = 60;  // for one model
constexpr std::string_view kMark = "shapedbg:";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

// "UNet" of "UNet(3, 2)"; empty where no name stands in front.
std::string name_in(std::string_view call) {
  std::size_t end = 0;
  while (end < call.size() && (std::isalnum(static_cast<unsigned char>(call[end])) != 0 || call[end] == '_'))
    ++end;
  const bool digit = end > 0 && std::isdigit(static_cast<unsigned char>(call.front())) != 0;
  return digit ? std::string() : std::string(call.substr(0, end));
}

// The words behind "# shapedbg:"; empty where they name no model and no input.
std::optional<DeclaredModel> read_comment(std::string_view words) {
  // The last " input ": an argument of the call may hold the word too.
  constexpr std::string_view kInput = " input ";
  const std::size_t input = words.rfind(kInput);
  if (input == std::string_view::npos) return std::nullopt;
  DeclaredModel comment;
  comment.call = std::string(trimmed(words.substr(0, input)));
  comment.name = name_in(comment.call);
  if (comment.name.empty()) return std::nullopt;
  for (std::string_view rest = trimmed(words.substr(input + kInput.size())); !rest.empty();) {
    const std::size_t space = std::min(rest.find(' '), rest.size());
    comment.inputs.emplace_back(rest.substr(0, space));
    rest = trimmed(rest.substr(space));
  }
  if (comment.inputs.empty()) return std::nullopt;
  return comment;
}

Json finding_json(const Program& program, std::size_t model, const std::string& uri,
                  const Positions& positions, const Finding& finding) {
  Json result = finding_head(finding);
  std::string text = result["message"];
  for (const Fix& fix : finding.fixes) {
    if (fix.code.python.empty()) continue;
    text += "\nfix: " + fix.title + (fix.applicability == Applicability::unsafe ? " (unsafe)" : "") + "\n" +
            fix.code.python;
    break;
  }
  result["message"] = std::move(text);
  result["range"] = range_json(positions, place_of(program, model, finding.layer, false));
  result["data"]["ran_on"] = program.models[model].trace.device;
  Json related = Json::array();
  for (const Related& one : finding.related) {
    const Span place = place_of(program, model, one.layer, true);
    const std::string who = one.layer.empty() ? one.message : "`" + one.layer + "` " + one.message;
    related.push_back(
        {{"location", {{"uri", uri}, {"range", range_json(positions, place)}}}, {"message", who}});
  }
  if (!related.empty()) result["relatedInformation"] = std::move(related);
  return result;
}

}  // namespace

int line_here(const SourceLine& line, const Source& text) {
  if (line.empty()) return 0;
  return line.file == text.name() || text.name().ends_with("/" + line.file) ? line.line : 0;
}

Span words_of(const Source& text, int line) {
  const std::string_view words = text.line(static_cast<std::size_t>(line));
  const std::size_t start = text.line_start(static_cast<std::size_t>(line));
  const std::string_view inner = trimmed(words);
  const std::size_t indent = inner.empty() ? 0 : static_cast<std::size_t>(inner.data() - words.data());
  return {start + indent, start + indent + inner.size()};
}

Span place_of(const Program& program, std::size_t model, const std::string& layer, bool called) {
  const Spec& spec = program.models[model].spec;
  const auto at = spec.find(layer);
  if (at) {
    if (const auto& source = spec.layer(*at).source) {
      const int made = line_here(source->made, *program.text);
      const int call = line_here(source->called, *program.text);
      const int line = called ? (call > 0 ? call : made) : (made > 0 ? made : call);
      if (line > 0) return words_of(*program.text, line);
    }
  }
  return program.declared[model].span;
}

namespace {

std::vector<DeclaredModel> in_comments(const Source& text) {
  std::vector<DeclaredModel> list;
  const std::string_view bytes = text.bytes();
  for (std::size_t at = bytes.find(kMark); at != std::string_view::npos; at = bytes.find(kMark, at + 1)) {
    const std::size_t number = text.position(at).line;
    const std::size_t start = text.line_start(number);
    const std::string_view line = text.line(number);
    const std::string_view before = trimmed(line.substr(0, at - start));
    if (before != "#") continue;
    if (auto comment = read_comment(line.substr(at - start + kMark.size()))) {
      comment->span = words_of(text, static_cast<int>(number));
      list.push_back(std::move(*comment));
    }
  }
  return list;
}

// The line that begins the class or function of that name; else the first.
Span defined_at(const Source& text, const std::string& name) {
  const std::size_t lines = text.position(text.bytes().size()).line;
  for (std::size_t number = 1; number <= lines; ++number) {
    const std::string_view line = text.line(number);
    for (const std::string_view word : {"class ", "def "}) {
      if (!line.starts_with(word)) continue;
      if (name_in(trimmed(line.substr(word.size()))) == name) return words_of(text, static_cast<int>(number));
    }
  }
  return words_of(text, 1);
}

}  // namespace

std::vector<DeclaredModel> models_of(const Source& text, const ProjectWishes& project) {
  std::vector<DeclaredModel> list = in_comments(text);
  const std::size_t comments = list.size();
  for (const ProjectModel& model : project.models) {
    const std::string name = name_in(model.call);
    const auto said = [&](const DeclaredModel& one) {
      return one.call == model.call && one.inputs == model.inputs;
    };
    if (name.empty() || std::any_of(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(comments), said))
      continue;
    list.push_back({model.call, name, model.inputs, defined_at(text, name)});
  }
  return list;
}

std::vector<Checked> record(const Source& text, PythonWorker& python, const ProjectWishes& project,
                            const EngineSource& engine) {
  std::vector<Checked> models;
  for (const DeclaredModel& comment : models_of(text, project)) {
    PythonOptions options;
    options.worker = &python;
    options.call = comment.call;
    options.inputs = comment.inputs;
    options.seconds = kSeconds;
    Imported imported = import_python(text.name() + ":" + comment.name, options);
    Checked model{Source(text.name(), {}), {}, {}, {}, {}, {}, {}};
    if (current_stop().stop_requested()) {
      model.error = cancelled_text;
    } else if (!imported.usable()) {
      model.error = imported.findings.empty() ? "it holds no network" : imported.findings.front().message;
    } else {
      Budget budget;
      budget.stop = current_stop();
      model = check(Source::of(text.name(), std::move(imported.made)), project.device, engine,
                    project.ignored, budget);
      model.imported = true;
    }
    models.push_back(std::move(model));
  }
  return models;
}

Json diagnostics_json(const Program& program, const std::string& uri, const Positions& positions) {
  Json list = Json::array();
  for (std::size_t i = 0; i < program.models.size(); ++i) {
    const Checked& model = program.models[i];
    const DeclaredModel& comment = program.declared[i];
    if (!model.error.empty()) {
      Finding failed{Code::I601, "cannot record `" + comment.call + "`: " + model.error, {}, {}, {}, {}, {},
                     {}};
      Json one = finding_head(failed);
      one["range"] = range_json(positions, comment.span);
      list.push_back(std::move(one));
      continue;
    }
    for (const Finding& finding : model.findings)
      if (list.size() < most_diagnostics && finding.code != Code::X902)
        list.push_back(finding_json(program, i, uri, positions, finding));
  }
  return list;
}

std::vector<Hint> hints(const Program& program) {
  std::map<int, std::vector<std::string>> by_line;
  for (const Checked& model : program.models) {
    for (std::size_t i = 0; i < model.trace.layers.size(); ++i) {
      const auto& source = model.spec.layers[i].source;
      const int line = source ? line_here(source->called, *program.text) : 0;
      const std::string shape = line > 0 ? returned_text(model.trace.layers[i]) : std::string();
      if (shape.empty()) continue;
      std::vector<std::string>& shapes = by_line[line];
      if (std::find(shapes.begin(), shapes.end(), shape) == shapes.end()) shapes.push_back(shape);
    }
  }
  constexpr std::size_t kMostShapes = 4;
  std::vector<Hint> list;
  for (const auto& [line, shapes] : by_line) {
    Hint hint;
    hint.offset = words_of(*program.text, line).end;
    for (std::size_t i = 0; i < std::min(shapes.size(), kMostShapes); ++i)
      hint.label += (i == 0 ? "" : " | ") + shapes[i];
    if (shapes.size() > kMostShapes) hint.label += " | …";
    hint.tooltip =
        "what the layers that this line calls returned when the file was saved, in the order in which they "
        "ran";
    list.push_back(std::move(hint));
  }
  return list;
}

std::vector<Lens> lenses(const Program& program) {
  std::vector<Lens> list;
  for (std::size_t i = 0; i < program.models.size(); ++i) {
    const Checked& model = program.models[i];
    const std::string sizes = right_sizes_text(model);
    if (sizes.empty()) continue;
    const std::string what = model.spec.expect ? "right for " : "runs for ";
    list.push_back({program.declared[i].span, what + sizes});
  }
  return list;
}

}  // namespace shapedbg::lsp
