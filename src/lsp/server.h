// The language server of specs: JSON-RPC messages in, messages out. It knows no streams and no process.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/checker.h"
#include "lsp/documents.h"
#include "lsp/project.h"
#include "lsp/protocol.h"
#include "read/python/worker.h"
#include "workspace/check.h"

namespace shapedbg::lsp {

struct ServerOptions {
  ProjectWishes standard = {};         // of files that `project` knows nothing of; device off: formulas alone
  ProjectOf project = {};              // empty: `standard` for all
  std::chrono::milliseconds quiet{8};  // from the last edit to LibTorch
  std::string version = {};
  std::string python = "python3";  // that has the user's torch
};

class Server {
 public:
  // One message without its frame. Called by the thread that calls handle() and by the checker's, never at
  // the same time.
  using Send = std::function<void(const std::string& message)>;

  Server(ServerOptions options, EngineSource engine, Send send);
  ~Server();

  // Takes one message; what it is answered with is sent before this returns.
  void handle(std::string_view message);
  // For what could not be read as a message.
  void refuse(const std::string& problem);
  // Set by `exit`: 0 where `shutdown` came before it, else 1.
  std::optional<int> exit_code() const { return exit_code_; }
  bool shut_down() const { return phase_ == Phase::shut_down; }
  // Waits until the answers about all documents are sent.
  void settle();

 private:
  enum class Phase : std::uint8_t { fresh, running, shut_down };
  using Request = Json (Server::*)(const Json& params);
  using Notification = void (Server::*)(const Json& params);
  static const std::map<std::string_view, Request>& requests();
  static const std::map<std::string_view, Notification>& notifications();

  void dispatch(const Json& message);
  void answer(const Json& id, const std::string& method, const Json& params);
  void notify(const std::string& method, const Json& params);
  void send(const Json& message);
  void send_result(const Json& id, Json result);
  void send_error(const Json& id, int code, const std::string& text);
  // What people read: `kind` 1 an error, 2 a warning, 3 information.
  void show(int kind, const std::string& text, const char* method = "window/showMessage");
  // What clients keep in a log.
  void log(const std::string& text);

  Json initialize(const Json& params);
  Json shutdown(const Json& params);
  Json code_actions(const Json& params);
  Json resolve_action(const Json& params);
  Json inlay_hints(const Json& params);
  Json hovered(const Json& params);
  Json completions(const Json& params);
  Json definition(const Json& params);
  Json references(const Json& params);
  Json highlights(const Json& params);
  Json prepare_rename(const Json& params);
  Json renamed(const Json& params);
  Json document_symbols(const Json& params);
  Json folding_ranges(const Json& params);
  Json code_lenses(const Json& params);

  // A document with what is known of it: of its text as it is, or else of the last one that was a network.
  // The first waits until the formulas have answered.
  struct View;
  std::optional<View> view(const Json& params);
  Json program_actions(const OpenDocument& document, const Json& params) const;
  std::optional<Json> fix_all(const OpenDocument& document);

  void opened(const Json& params);
  void changed(const Json& params);
  void closed(const Json& params);
  void saved(const Json& params);
  void nothing(const Json& params);

  // Takes a new text for a document and asks about it.
  void set_text(OpenDocument& document, std::string text);
  OpenDocument* find(const Json& params);

  Checked check_text(const Question& question, const std::stop_token& stop);
  std::optional<Stage> take_answer(const Question& question, Checked checked);
  // Asks for the models of a Python file, which is read from the disk.
  void ask_project(OpenDocument& document);
  void ask_program(OpenDocument& document);
  std::vector<Checked> record_program(const Question& question, const std::stop_token& stop);
  std::optional<Stage> take_program(const Question& question, std::vector<Checked> models);
  void publish(OpenDocument& document, Json diagnostics);

  ServerOptions options_;
  EngineSource engine_;
  Send send_;
  Encoding encoding_ = Encoding::utf16;
  Phase phase_ = Phase::fresh;
  std::optional<int> exit_code_;
  std::set<std::string> said_;  // problems of project files, each shown once
  bool no_engine_ = false;      // LibTorch cannot be had: formulas answer alone

  bool resolves_ = false;  // the client asks for the edits of an action when it is chosen

  std::mutex guard_;                              // of all documents, and of sending
  std::unique_lock<std::mutex>* held_ = nullptr;  // while a request is answered
  std::condition_variable answered_;
  std::map<std::string, OpenDocument, std::less<>> documents_;
  // Last: they use all of the above.
  std::optional<Checker> checker_;
  std::optional<PythonWorker> python_;  // that has the user's torch; made with the first recording
  std::optional<Checker> recorder_;     // of Python files: specs need not wait for it
};

}  // namespace shapedbg::lsp
