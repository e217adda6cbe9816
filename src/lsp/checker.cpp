#include "lsp/checker.h"

#include <algorithm>
#include <utility>

namespace shapedbg::lsp {

Checker::Checker(Answer answer, Deliver deliver, std::chrono::milliseconds quiet)
    : answer_(std::move(answer)),
      deliver_(std::move(deliver)),
      quiet_(quiet),
      thread_([this](const std::stop_token& end) { work(end); }) {}

Checker::~Checker() {
  thread_.request_stop();
  const std::lock_guard lock(guard_);
  waiting_.clear();
  stop_.request_stop();
}

void Checker::drop(const std::string& uri) {
  waiting_.remove_if([&](const Question& question) { return question.uri == uri; });
  if (!current_ || current_->uri != uri) return;
  dropped_ = true;
  stop_.request_stop();
}

void Checker::ask(Question question) {
  {
    const std::lock_guard lock(guard_);
    drop(question.uri);
    // What is asked at once does not wait for LibTorch on another document: that is asked again later.
    if (current_ && current_->stage > question.stage) stop_.request_stop();
    waiting_.push_back(std::move(question));
    last_asked_ = std::chrono::steady_clock::now();
  }
  changed_.notify_all();
}

void Checker::forget(const std::string& uri) {
  const std::lock_guard lock(guard_);
  drop(uri);
  changed_.notify_all();
}

void Checker::settle() {
  std::unique_lock lock(guard_);
  changed_.wait(lock, [&] { return waiting_.empty() && !current_; });
}

// The question of the earliest stage, the oldest of them; past the formulas only when nobody asks.
std::optional<Question> Checker::take(std::unique_lock<std::mutex>& lock, const std::stop_token& end) {
  while (changed_.wait(lock, end, [&] { return !waiting_.empty(); })) {
    const auto next =
        std::min_element(waiting_.begin(), waiting_.end(),
                         [](const Question& a, const Question& b) { return a.stage < b.stage; });
    const auto due = last_asked_ + quiet_;
    if (next->stage != Stage::formula && std::chrono::steady_clock::now() < due) {
      // A new question moves the time or is due at once.
      const std::size_t asked = waiting_.size();
      const auto before = last_asked_;
      changed_.wait_until(lock, end, due, [&] { return last_asked_ != before || waiting_.size() != asked; });
      if (end.stop_requested()) return std::nullopt;
      continue;
    }
    Question question = std::move(*next);
    waiting_.erase(next);
    return question;
  }
  return std::nullopt;
}

void Checker::work(const std::stop_token& end) {
  std::unique_lock lock(guard_);
  while (std::optional<Question> question = take(lock, end)) {
    current_ = *question;
    stop_ = std::stop_source();
    dropped_ = false;
    const std::stop_token stop = stop_.get_token();
    lock.unlock();
    Answers answers = answer_(*question, stop);
    const bool given_up = std::any_of(answers.begin(), answers.end(),
                                      [](const Checked& one) { return one.error == cancelled_text; });
    std::optional<Stage> next = question->stage;
    if (!given_up) next = deliver_(*question, std::move(answers));
    lock.lock();
    current_.reset();
    if (next && !dropped_ && !end.stop_requested()) {
      question->stage = *next;
      waiting_.push_back(std::move(*question));
    }
    changed_.notify_all();
  }
}

}  // namespace shapedbg::lsp
