// Writes a text of JSON together with its tree, so that who reads it next need not read its bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "read/json/growth.h"

namespace shapedbg::json {

// What stands in front of the first value of a container, between two, and behind the last.
struct Layout {
  std::string_view first;
  std::string_view between;
  std::string_view last;
};
inline constexpr Layout one_line{"", ", ", ""};

// What is out of the ordinary (see PlainReader) is written all the same; the text then goes without a tree.
class TreeWriter {
 public:
  // How many bytes and values there may be: growing would copy all of them again and again.
  TreeWriter(std::size_t bytes, std::size_t values);

  // The layout outlives the writer.
  void open(Type type, const Layout& layout = one_line);
  void close();
  // Of the value that comes next: a word in which nothing needs an escape and that no other member has, or
  // any name.
  void key(std::string_view word);
  void name(std::string_view text);
  void string(std::string_view text);
  void integer(std::int64_t number);
  void boolean(bool flag);
  void value(std::string_view json);  // any other

  // `end` stands behind the outermost value.
  std::shared_ptr<const MadeText> finish(std::string_view end) &&;

 private:
  void begin();  // a value: what stands between it and the one before
  std::size_t at() const { return made_->bytes.size() + pending_size_; }
  void put(std::string_view piece) {
    if (piece.size() > pending_.size() - pending_size_) return put_large(piece);
    std::memcpy(pending_.data() + pending_size_, piece.data(), piece.size());
    pending_size_ += piece.size();
  }
  void put_large(std::string_view piece);
  // Where the next `bytes` of the text go, a few.
  char* place_for(std::size_t bytes) {
    if (bytes > pending_.size() - pending_size_) flush();
    return pending_.data() + std::exchange(pending_size_, pending_size_ + bytes);
  }
  Span put_string(std::string_view text);
  void add(Type type, std::size_t begin) { growth_.add(type, std::exchange(key_, {}), {begin, at()}); }
  void flush();

  std::shared_ptr<MadeTree> made_;
  Growth growth_;
  std::vector<const Layout*> layouts_;  // of the containers that are open
  Growth::Key key_;
  // The end of the text: small pieces are cheaper to add to it here.
  std::array<char, 4096> pending_;
  std::size_t pending_size_ = 0;
  bool keyed_ = false;
  bool plain_ = true;
};

// `text` as a JSON string with its quotes, at the end of `json`; bytes that are no UTF-8 become U+FFFD. False
// where there are escapes in it.
bool append_string(std::string_view text, std::string& json);

}  // namespace shapedbg::json
