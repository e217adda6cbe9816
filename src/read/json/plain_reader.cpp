#include "read/json/plain_reader.h"

#include <charconv>
#include <cmath>

#include "net/spec.h"
#include "text/cancel.h"

namespace shapedbg::json {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

// Over blanks and comments. False where a comment is none, or is not closed.
bool PlainReader::blank() {
  while (at_ < end_) {
    const char c = bytes_[at_];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at_;
    } else if (c != '/') {
      return true;
    } else if (at_ + 1 < end_ && bytes_[at_ + 1] == '/') {
      while (at_ < end_ && bytes_[at_] != '\n' && bytes_[at_] != '\r') ++at_;
    } else if (at_ + 1 < end_ && bytes_[at_ + 1] == '*') {
      const std::size_t close = document_.bytes_.find("*/", at_ + 2);
      if (close == std::string_view::npos) return false;
      at_ = close + 2;
    } else {
      return false;
    }
  }
  return true;
}

Node& PlainReader::add(Type type, std::size_t begin) {
  const auto index = static_cast<int>(document_.nodes_.size());
  if (index % 256 == 0) check_cancelled();
  Node& added = document_.nodes_.emplace_back();
  added.home_ = &document_;
  added.type = type;
  added.span = Span{begin, at_};
  if (open_ < 0) return added;
  Node& parent = document_.nodes_[static_cast<std::size_t>(open_)];
  added.parent = open_;
  added.index = parent.count++;
  added.key_span = key_;
  if (parent.first < 0)
    parent.first = index;
  else
    document_.nodes_[static_cast<std::size_t>(latest_.back())].next = index;
  latest_.back() = index;
  return added;
}

bool PlainReader::read(std::size_t begin) {
  at_ = begin;
  if (!blank() || !value({})) return false;
  while (open_ >= 0) {
    if (!blank()) return false;
    if (is('}') || is(']')) {
      if (!close()) return false;
      continue;
    }
    const bool first = latest_.back() < 0;
    if (!first) {
      if (!is(',')) return false;
      ++at_;
      if (!blank()) return false;
    }
    if (!member()) return false;
  }
  return blank() && at_ == end_;
}

// A value of the open container, with its key where that is an object.
bool PlainReader::member() {
  if (document_.nodes_[static_cast<std::size_t>(open_)].type == Type::array) return value({});
  Span key;
  if (!is('"') || !string(key) || !blank() || !is(':')) return false;
  ++at_;
  return blank() && value(key);
}

bool PlainReader::value(Span key) {
  constexpr std::size_t most = 2'000'000;
  if (at_ >= end_ || document_.nodes_.size() >= most) return false;
  key_ = key;
  switch (bytes_[at_]) {
    case '{':
      return open(Type::object);
    case '[':
      return open(Type::array);
    case '"': {
      Span span;
      if (!string(span)) return false;
      add(Type::string, span.begin);
      return true;
    }
    case 't':
      return literal("true", Type::boolean);
    case 'f':
      return literal("false", Type::boolean);
    case 'n':
      return literal("null", Type::null);
    default:
      return number();
  }
}

bool PlainReader::literal(std::string_view word, Type type) {
  if (document_.bytes_.substr(at_, word.size()) != word) return false;
  const std::size_t begin = at_;
  at_ += word.size();
  add(type, begin);
  return true;
}

// The bytes are UTF-8.
bool PlainReader::string(Span& span) {
  const std::size_t begin = at_++;
  while (at_ < end_) {
    const char c = bytes_[at_++];
    if (c == '"') {
      span = {begin, at_};
      return true;
    }
    if (c == '\\' || static_cast<unsigned char>(c) < 0x20) return false;
  }
  return false;
}

bool PlainReader::number() {
  constexpr std::size_t surely = 18;  // digits that 64 bits hold
  const std::size_t begin = at_;
  if (is('-')) ++at_;
  const std::size_t first = at_;
  while (at_ < end_ && is_digit(bytes_[at_])) ++at_;
  const std::size_t digits = at_ - first;
  if (digits == 0 || digits > surely || (digits > 1 && bytes_[first] == '0')) return false;
  const std::size_t behind = at_;
  if (is('.')) {
    ++at_;
    if (at_ >= end_ || !is_digit(bytes_[at_])) return false;
    while (at_ < end_ && is_digit(bytes_[at_])) ++at_;
  }
  if (is('e') || is('E')) {
    ++at_;
    if (is('+') || is('-')) ++at_;
    if (at_ >= end_ || !is_digit(bytes_[at_])) return false;
    while (at_ < end_ && is_digit(bytes_[at_])) ++at_;
  }
  const bool integral = at_ == behind;
  if (!integral) {
    double value = 0;
    if (std::from_chars(bytes_ + begin, bytes_ + at_, value).ec != std::errc() || !std::isfinite(value))
      return false;
  }
  Node& added = add(Type::number, begin);
  added.integral = integral;
  added.in_range = true;
  return true;
}

bool PlainReader::open(Type type) {
  if (latest_.size() >= limits::depth) return false;
  const std::size_t begin = at_++;
  add(type, begin);
  open_ = static_cast<int>(document_.nodes_.size()) - 1;
  latest_.push_back(-1);
  return true;
}

bool PlainReader::close() {
  Node& container = document_.nodes_[static_cast<std::size_t>(open_)];
  const bool object = container.type == Type::object;
  if (is('}') != object || (object && !keys_differ(container))) return false;
  container.span.end = static_cast<std::uint32_t>(++at_);
  open_ = container.parent;
  latest_.pop_back();
  return true;
}

bool PlainReader::keys_differ(const Node& object) const {
  constexpr std::uint32_t few = 24;
  if (object.count > few) return false;
  for (const Node* member = document_.first(object); member; member = document_.next(*member))
    for (const Node* former = document_.first(object); former != member; former = document_.next(*former))
      if (former->key() == member->key()) return false;
  return true;
}

}  // namespace shapedbg::json
