// The answers about open documents, in a thread of its own: by formula at once, on LibTorch when the author
// pauses, then the fixes. The next edit of a document cancels what is still being asked about it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "text/source.h"
#include "workspace/check.h"

namespace shapedbg::lsp {

enum class Stage : std::uint8_t {
  formula,   // no LibTorch, no fixes
  verified,  // run on LibTorch
  repaired,  // with fixes, each re-run
};

struct ProjectWishes;

struct Question {
  std::string uri;
  std::int64_t revision = 0;
  std::shared_ptr<const Source> text;
  Stage stage = Stage::formula;
  std::shared_ptr<const ProjectWishes> project = {};  // never null
};

class Checker {
 public:
  // Answers one question, of a spec with one check, of a program with one for each of its models; called in
  // the checker's thread, as `deliver` is. `deliver` says which stage comes next, if any.
  using Answers = std::vector<Checked>;
  using Answer = std::function<Answers(const Question&, const std::stop_token&)>;
  using Deliver = std::function<std::optional<Stage>(const Question&, Answers)>;

  // `quiet`: how long nothing is asked before LibTorch runs.
  Checker(Answer answer, Deliver deliver, std::chrono::milliseconds quiet);
  ~Checker();
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;

  // In place of everything that was asked about the same document.
  void ask(Question question);
  void forget(const std::string& uri);
  // Waits until nothing is left to answer.
  void settle();

 private:
  void work(const std::stop_token& end);
  std::optional<Question> take(std::unique_lock<std::mutex>& lock, const std::stop_token& end);
  void drop(const std::string& uri);

  Answer answer_;
  Deliver deliver_;
  std::chrono::milliseconds quiet_;
  std::mutex guard_;
  std::condition_variable_any changed_;
  std::list<Question> waiting_;
  std::chrono::steady_clock::time_point last_asked_;
  std::optional<Question> current_;
  std::stop_source stop_;  // of the current question
  bool dropped_ = false;   // nobody wants the current answer any more
  std::jthread thread_;    // last: it uses all of the above
};

}  // namespace shapedbg::lsp
