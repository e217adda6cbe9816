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
      const std::size_t close = text_.find("*/", at_ + 2);
      if (close == std::string_view::npos) return false;
      at_ = close + 2;
    } else {
      return false;
    }
  }
  return true;
}

Node& PlainReader::add(Type type, std::size_t begin) {
  if (growth_.size() % 256 == 0) check_cancelled();
  return growth_.add(type, key_, {begin, at_});
}

bool PlainReader::read(std::size_t begin) {
  at_ = begin;
  return blank() && value({}) && rest(0) && blank() && at_ == end_;
}

bool PlainReader::read_value(std::size_t begin, Growth::Key key) {
  const std::size_t depth = growth_.depth();
  at_ = begin;
  return value(key) && rest(depth) && at_ == end_;
}

// What stands in the containers beyond `depth`.
bool PlainReader::rest(std::size_t depth) {
  while (growth_.depth() > depth) {
    if (!blank()) return false;
    if (is('}') || is(']')) {
      if (!close()) return false;
      continue;
    }
    if (growth_.container().first >= 0) {
      if (!is(',')) return false;
      ++at_;
      if (!blank()) return false;
    }
    if (!member()) return false;
  }
  return true;
}

// A value of the open container, with its key where that is an object.
bool PlainReader::member() {
  if (growth_.container().type == Type::array) return value({});
  Span key;
  if (!is('"') || !string(key) || !blank() || !is(':')) return false;
  ++at_;
  return blank() && value({key, word_of(text_.substr(key.begin + 1, key.end - key.begin - 2))});
}

bool PlainReader::value(Growth::Key key) {
  constexpr std::size_t most = 2'000'000;
  if (at_ >= end_ || growth_.size() >= most) return false;
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
  if (text_.substr(at_, word.size()) != word) return false;
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
  if (growth_.depth() >= limits::depth) return false;
  if (growth_.size() % 256 == 0) check_cancelled();
  growth_.open(type, key_, at_++);
  return true;
}

bool PlainReader::close() {
  const Node& container = growth_.container();
  const bool object = container.type == Type::object;
  if (is('}') != object || (object && !keys_differ(container))) return false;
  growth_.close(++at_);
  return true;
}

bool PlainReader::keys_differ(const Node& object) const {
  constexpr std::uint32_t few = 24;
  if (object.count > few) return false;
  const Tree& tree = growth_.tree();
  for (const Node* member = tree.first(object); member; member = tree.next(*member))
    for (const Node* former = tree.first(object); former != member; former = tree.next(*former))
      if (former->key() == member->key()) return false;
  return true;
}

}  // namespace shapedbg::json
