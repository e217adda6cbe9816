#include "lsp/server.h"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

#include "lsp/program.h"
#include "net/spec.h"
#include "read/json/told.h"
#include "text/cancel.h"
#include "text/edit.h"

namespace shapedbg::lsp {
namespace {

// Deeper than any message of the protocol; what is deeper costs memory without end.
constexpr int kDeepest = 200;

std::string dumped(const Json& message) {
  return message.dump(-1, ' ', false, Json::error_handler_t::replace);
}

struct TooDeep {};

Json parsed(std::string_view text) {
  return Json::parse(text, [](int depth, Json::parse_event_t, Json&) {
    if (depth > kDeepest) throw TooDeep{};
    return true;
  });
}

bool is_id(const Json& id) { return id.is_string() || id.is_number_integer() || id.is_null(); }

}  // namespace

Server::Server(ServerOptions options, EngineSource engine, Send send)
    : options_(std::move(options)), engine_(std::move(engine)), send_(std::move(send)) {
  checker_.emplace(
      [this](const Question& question, const std::stop_token& stop) {
        return std::vector<Checked>{check_text(question, stop)};
      },
      [this](const Question& question, std::vector<Checked> answers) {
        return take_answer(question, std::move(answers.front()));
      },
      options_.quiet);
  recorder_.emplace([this](const Question& question,
                           const std::stop_token& stop) { return record_program(question, stop); },
                    [this](const Question& question, std::vector<Checked> models) {
                      return take_program(question, std::move(models));
                    },
                    options_.quiet);
}

Server::~Server() {
  recorder_.reset();
  checker_.reset();
}

void Server::settle() {
  checker_->settle();
  recorder_->settle();
}

void Server::send(const Json& message) { send_(dumped(message)); }

void Server::send_result(const Json& id, Json result) {
  send({{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}});
}

void Server::send_error(const Json& id, int code, const std::string& text) {
  send({{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", text}}}});
}

void Server::show(int kind, const std::string& text, const char* method) {
  send({{"jsonrpc", "2.0"},
        {"method", method},
        {"params", {{"type", kind}, {"message", "shapedbg: " + text}}}});
}

void Server::log(const std::string& text) { show(2, text, "window/logMessage"); }

void Server::refuse(const std::string& problem) {
  const std::lock_guard lock(guard_);
  send_error(nullptr, parse_error, problem);
}

void Server::handle(std::string_view text) {
  Json message;
  std::string problem;
  try {
    message = parsed(text);
  } catch (const TooDeep&) {
    problem = "the message is nested too deep";
  } catch (const Json::exception&) {
    problem = "the message is not JSON";
  }
  if (!problem.empty()) return refuse(problem);
  dispatch(message);
}

void Server::dispatch(const Json& message) {
  std::unique_lock lock(guard_);
  if (!message.is_object()) return send_error(nullptr, invalid_request, "a message is an object");
  const Json id = message.contains("id") ? message["id"] : Json();
  const bool request = message.contains("id");
  if (!is_id(id)) return send_error(nullptr, invalid_request, "an id is a number or a string");
  if (message.value("jsonrpc", Json()) != "2.0")
    return send_error(id, invalid_request, "`jsonrpc` is not \"2.0\"");
  if (!message.contains("method")) {
    // Answers to what the server asked have a result or an error.
    if (message.contains("result") || message.contains("error")) return;
    return send_error(id, invalid_request, "a message needs a `method`");
  }
  if (!message["method"].is_string()) return send_error(id, invalid_request, "`method` is no string");
  const std::string method = message["method"];
  const Json params = message.contains("params") ? message["params"] : Json::object();
  lock.unlock();
  if (request) {
    answer(id, method, params);
  } else {
    notify(method, params);
  }
}

void Server::answer(const Json& id, const std::string& method, const Json& params) {
  std::unique_lock lock(guard_);
  held_ = &lock;
  const auto found = requests().find(method);
  if (phase_ == Phase::fresh && method != "initialize")
    return send_error(id, not_initialized, "the first request is `initialize`");
  if (phase_ == Phase::shut_down) return send_error(id, invalid_request, "the server is shut down");
  if (found == requests().end())
    return send_error(id, method_not_found, "there is no method `" + method + "`");
  try {
    send_result(id, (this->*found->second)(params));
  } catch (const Refused& refused) {
    send_error(id, refused.code, refused.what());
  } catch (const Json::exception& error) {
    send_error(id, invalid_params, std::string("the parameters are not right: ") + error.what());
  } catch (const std::exception& error) {
    send_error(id, internal_error, error.what());
  }
}

void Server::notify(const std::string& method, const Json& params) {
  const std::lock_guard lock(guard_);
  if (method == "exit") {
    exit_code_ = phase_ == Phase::shut_down ? 0 : 1;
    return;
  }
  if (phase_ != Phase::running) return;
  const auto found = notifications().find(method);
  if (found == notifications().end()) {
    // Those that begin so may be left out.
    if (!method.starts_with("$/")) log("there is no notification `" + method + "`");
    return;
  }
  try {
    (this->*found->second)(params);
  } catch (const std::exception& error) {
    log("`" + method + "`: " + error.what());
  }
}

const std::map<std::string_view, Server::Request>& Server::requests() {
  static const std::map<std::string_view, Request> table{
      {"initialize", &Server::initialize},
      {"shutdown", &Server::shutdown},
      {"textDocument/codeAction", &Server::code_actions},
      {"codeAction/resolve", &Server::resolve_action},
      {"textDocument/inlayHint", &Server::inlay_hints},
      {"textDocument/hover", &Server::hovered},
      {"textDocument/completion", &Server::completions},
      {"textDocument/definition", &Server::definition},
      {"textDocument/references", &Server::references},
      {"textDocument/documentHighlight", &Server::highlights},
      {"textDocument/prepareRename", &Server::prepare_rename},
      {"textDocument/rename", &Server::renamed},
      {"textDocument/documentSymbol", &Server::document_symbols},
      {"textDocument/foldingRange", &Server::folding_ranges},
      {"textDocument/codeLens", &Server::code_lenses},
  };
  return table;
}

const std::map<std::string_view, Server::Notification>& Server::notifications() {
  static const std::map<std::string_view, Notification> table{
      {"initialized", &Server::nothing},
      {"textDocument/didOpen", &Server::opened},
      {"textDocument/didChange", &Server::changed},
      {"textDocument/didClose", &Server::closed},
      {"textDocument/didSave", &Server::saved},
      {"workspace/didChangeConfiguration", &Server::nothing},
      {"workspace/didChangeWatchedFiles", &Server::nothing},
      {"workspace/didChangeWorkspaceFolders", &Server::nothing},
  };
  return table;
}

Json Server::initialize(const Json& params) {
  if (phase_ != Phase::fresh) throw Refused(invalid_request, "`initialize` came before");
  // UTF-8 is what the text is kept in; UTF-16 is what every client knows.
  for (const Json& offered : member(member(member(params, "capabilities"), "general"), "positionEncodings")) {
    if (offered == "utf-8") encoding_ = Encoding::utf8;
    if (offered == "utf-32" && encoding_ != Encoding::utf8) encoding_ = Encoding::utf32;
  }
  const char* const encoding = encoding_ == Encoding::utf8    ? "utf-8"
                               : encoding_ == Encoding::utf32 ? "utf-32"
                                                              : "utf-16";
  if (const Json python = member(member(params, "initializationOptions"), "python"); python.is_string())
    options_.python = python;
  const Json resolved =
      member(member(member(member(params, "capabilities"), "textDocument"), "codeAction"), "resolveSupport");
  for (const Json& property : member(resolved, "properties")) resolves_ = resolves_ || property == "edit";
  phase_ = Phase::running;
  return {{"capabilities",
           {{"positionEncoding", encoding},
            {"textDocumentSync", {{"openClose", true}, {"change", 2}, {"save", {{"includeText", false}}}}},
            {"codeActionProvider",
             {{"codeActionKinds", {"quickfix", fix_all_kind}}, {"resolveProvider", resolves_}}},
            {"inlayHintProvider", true},
            {"hoverProvider", true},
            {"completionProvider", {{"triggerCharacters", {"\"", "$"}}}},
            {"definitionProvider", true},
            {"referencesProvider", true},
            {"documentHighlightProvider", true},
            {"renameProvider", {{"prepareProvider", true}}},
            {"documentSymbolProvider", true},
            {"foldingRangeProvider", true},
            {"codeLensProvider", {{"resolveProvider", false}}}}},
          {"serverInfo", {{"name", "shapedbg"}, {"version", options_.version}}}};
}

Json Server::shutdown(const Json&) {
  phase_ = Phase::shut_down;
  for (const auto& [uri, document] : documents_) {
    checker_->forget(uri);
    recorder_->forget(uri);
  }
  return nullptr;
}

void Server::nothing(const Json&) {}

OpenDocument* Server::find(const Json& params) {
  const std::string uri = params.at("textDocument").at("uri");
  const auto found = documents_.find(uri);
  return found == documents_.end() ? nullptr : &found->second;
}

void Server::opened(const Json& params) {
  const Json& item = params.at("textDocument");
  const std::string uri = item.at("uri");
  std::string text = item.at("text");
  // Whole before it is known: what cannot be read throws.
  OpenDocument fresh;
  fresh.uri = uri;
  fresh.version = item.value("version", std::int64_t{0});
  fresh.is_program = item.value("languageId", "") == "python" || uri.ends_with(".py");
  ask_project(fresh);
  OpenDocument& document = documents_[uri];
  fresh.revision = document.revision;
  document = std::move(fresh);
  set_text(document, std::move(text));
  ask_program(document);
}

void Server::changed(const Json& params) {
  OpenDocument* document = find(params);
  if (!document) throw Refused(invalid_params, "the document is not open");
  const Json& item = params.at("textDocument");
  if (item.contains("version") && item["version"].is_number_integer()) document->version = item["version"];
  // All or nothing: a change that cannot be read leaves the text as it was.
  std::string text = document->text ? document->text->bytes() : std::string();
  bool known = !document->refused;
  for (const Json& change : params.at("contentChanges")) {
    const std::string& fresh = change.at("text").get_ref<const std::string&>();
    if (!change.contains("range")) {
      text = fresh;
      known = true;
      continue;
    }
    if (!known) continue;
    const Source before({}, std::move(text));
    const Positions positions(before, encoding_);
    const std::size_t begin = positions.offset(read_place(change["range"].at("start")));
    const std::size_t end = positions.offset(read_place(change["range"].at("end")));
    if (end < begin) throw Refused(invalid_params, "a range that ends before it begins");
    text = *shapedbg::apply(before.bytes(), {{begin, end - begin, fresh}});
  }
  if (known) set_text(*document, std::move(text));
}

void Server::closed(const Json& params) {
  OpenDocument* document = find(params);
  if (!document) return;
  checker_->forget(document->uri);
  recorder_->forget(document->uri);
  if (!document->published.empty()) publish(*document, Json::array());
  documents_.erase(document->uri);
}

void Server::saved(const Json& params) {
  OpenDocument* document = find(params);
  if (!document) return;
  const std::shared_ptr<const ProjectWishes> before = document->project;
  ask_project(*document);
  const bool anew =
      before->device != document->project->device || before->ignored != document->project->ignored;
  if (anew && document->is_spec)
    checker_->ask({document->uri, document->revision, document->text, Stage::formula, document->project});
  ask_program(*document);
}

void Server::ask_project(OpenDocument& document) {
  ProjectWishes wishes = options_.project ? options_.project(path_of(document.uri)) : options_.standard;
  if (!wishes.problem.empty() && said_.insert(wishes.problem).second) show(2, wishes.problem);
  document.project = std::make_shared<const ProjectWishes>(std::move(wishes));
}

void Server::ask_program(OpenDocument& document) {
  if (!document.is_program || !document.text) return;
  if (!models_of(*document.text, *document.project).empty()) {
    recorder_->ask({document.uri, document.revision, document.text, Stage::formula, document.project});
  } else if (document.program) {
    recorder_->forget(document.uri);
    document.program = nullptr;
    publish(document, Json::array());
  }
}

std::vector<Checked> Server::record_program(const Question& question, const std::stop_token& stop) {
  const Cancellable recording(stop);
  try {
    if (!python_) python_.emplace(options_.python);
    return record(*question.text, *python_, *question.project, engine_);
  } catch (const std::exception& error) {
    std::vector<Checked> failed;
    for ([[maybe_unused]] const DeclaredModel& model : models_of(*question.text, *question.project)) {
      failed.push_back({*question.text, {}, {}, {}, {}, {}, {}});
      failed.back().error = error.what();
    }
    return failed;
  }
}

// The text may have changed since it was saved: places move with it, as far as they are not in what was
// changed.
std::optional<Stage> Server::take_program(const Question& question, std::vector<Checked> models) {
  const std::lock_guard lock(guard_);
  const auto found = documents_.find(question.uri);
  if (found == documents_.end()) return std::nullopt;
  OpenDocument& document = found->second;
  document.program = std::make_shared<const Program>(
      Program{question.text, models_of(*question.text, *question.project), std::move(models)});
  publish(document, diagnostics_json(*document.program, document.uri, Positions(*question.text, encoding_)));
  return std::nullopt;
}

void Server::set_text(OpenDocument& document, std::string text) {
  ++document.revision;
  const std::string name = path_of(document.uri);
  if (text.size() > limits::file_bytes) {
    const bool first = !document.refused;
    document.refused = true;
    document.is_spec = false;
    document.text = nullptr;
    document.now = document.good = nullptr;
    checker_->forget(document.uri);
    if (!document.published.empty()) publish(document, Json::array());
    if (first)
      show(2, name + " is larger than the " + std::to_string(limits::file_bytes >> 20) +
                  " MB that a spec may have; it is not looked at");
    return;
  }
  document.refused = false;
  document.is_spec = !document.is_program && (document.is_spec || looks_like_spec(text));
  document.text = std::make_shared<const Source>(name, std::move(text));
  if (document.is_spec)
    checker_->ask({document.uri, document.revision, document.text, Stage::formula, document.project});
}

Checked Server::check_text(const Question& question, const std::stop_token& stop) {
  const bool off = question.stage == Stage::formula || no_engine_;
  Budget budget;
  budget.stop = stop;
  budget.repairs = question.stage == Stage::repaired;
  try {
    return check(*question.text, off ? DeviceChoice::off : question.project->device, engine_,
                 question.project->ignored, budget);
  } catch (const std::exception& error) {
    Checked failed{*question.text, {}, {}, {}, {}, {}, {}};
    failed.status = Status::error;
    failed.error = error.what();
    return failed;
  }
}

std::optional<Stage> Server::take_answer(const Question& question, Checked checked) {
  const std::lock_guard lock(guard_);
  const auto found = documents_.find(question.uri);
  if (found == documents_.end() || found->second.revision != question.revision) return std::nullopt;
  OpenDocument& document = found->second;
  if (!checked.error.empty()) {
    show(1, document.text->name() + ": " + checked.error);
    return std::nullopt;
  }
  // Without LibTorch the formulas go on alone, and that is said once.
  if (checked.status == Status::error) {
    no_engine_ = true;
    for (const Finding& finding : checked.findings)
      if (finding.code == Code::X902) show(2, finding.message + "; the formulas answer alone");
    return Stage::repaired;
  }
  const auto picture =
      std::make_shared<const Picture>(question.text, question.revision, question.stage, std::move(checked));
  document.now = picture;
  if (picture->usable()) document.good = picture;
  publish(document, diagnostics_json(*picture, document.uri, Positions(picture->text(), encoding_)));
  answered_.notify_all();
  const std::vector<Finding>& findings = picture->checked().findings;
  // Notes have no fixes.
  const bool repairable = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return info(finding.code).severity != Severity::note;
  });
  switch (question.stage) {
    case Stage::formula:
      if (!picture->usable()) return std::nullopt;
      if (question.project->device != DeviceChoice::off && !no_engine_) return Stage::verified;
      return repairable ? std::optional(Stage::repaired) : std::nullopt;
    case Stage::verified:
      return repairable ? std::optional(Stage::repaired) : std::nullopt;
    case Stage::repaired:
      return std::nullopt;
  }
  return std::nullopt;
}

void Server::publish(OpenDocument& document, Json diagnostics) {
  std::string text = dumped(diagnostics);
  if (text == document.published) return;
  document.published = std::move(text);
  send({{"jsonrpc", "2.0"},
        {"method", "textDocument/publishDiagnostics"},
        {"params",
         {{"uri", document.uri}, {"version", document.version}, {"diagnostics", std::move(diagnostics)}}}});
}

}  // namespace shapedbg::lsp
