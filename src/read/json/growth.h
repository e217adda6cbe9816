// Adds the nodes of a tree one by one, in the order of its text.
#pragma once

#include <cstddef>
#include <vector>

#include "read/json/json.h"

namespace shapedbg::json {

class Growth {
 public:
  explicit Growth(Tree& tree) : tree_(tree) {}

  // With its quotes; empty where the container has none.
  struct Key {
    Span span;
    Word word = Word::none;
  };
  // A value of the container that is open. Valid until the next.
  Node& add(Type type, Key key, Span span);
  void open(Type type, Key key, std::size_t begin);
  void close(std::size_t end);

  void start() {  // with a tree that was cleared
    open_ = -1;
    latest_.clear();
  }

  std::size_t depth() const { return latest_.size(); }
  bool is_open() const { return open_ >= 0; }
  const Node& container() const { return tree_.nodes_[static_cast<std::size_t>(open_)]; }
  std::size_t size() const { return tree_.nodes_.size(); }
  const Tree& tree() const { return tree_; }

 private:
  Tree& tree_;
  int open_ = -1;            // the container around the next value
  std::vector<int> latest_;  // the last child of each container around it
};

inline Node& Growth::add(Type type, Key key, Span span) {
  const auto index = static_cast<int>(tree_.nodes_.size());
  Node& added = tree_.nodes_.emplace_back();
  added.home_ = &tree_;
  added.type = type;
  added.span = span;
  if (open_ < 0) return added;
  Node& parent = tree_.nodes_[static_cast<std::size_t>(open_)];
  added.parent = open_;
  added.index = parent.count++;
  added.key_span = key.span;
  added.word = key.word;
  int& link = parent.first < 0 ? parent.first : tree_.nodes_[static_cast<std::size_t>(latest_.back())].next;
  link = index;
  latest_.back() = index;
  return added;
}

inline void Growth::open(Type type, Key key, std::size_t begin) {
  add(type, key, {begin, begin + 1});
  open_ = static_cast<int>(tree_.nodes_.size()) - 1;
  latest_.push_back(-1);
}

inline void Growth::close(std::size_t end) {
  Node& container = tree_.nodes_[static_cast<std::size_t>(open_)];
  container.span.end = static_cast<std::uint32_t>(end);
  open_ = container.parent;
  latest_.pop_back();
}

}  // namespace shapedbg::json
