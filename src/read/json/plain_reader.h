// The fast way through a JSON text in which nothing is out of the ordinary.
#pragma once

#include <cstddef>
#include <string_view>

#include "read/json/json.h"

namespace shapedbg::json {

// Reads a document's bytes in one pass. Strings with escapes, keys that stand twice, numbers that 64 bits or
// a double do not hold, whatever is not JSON: all of that it leaves to the reader that can tell of it.
class PlainReader {
 public:
  explicit PlainReader(Document& document)
      : document_(document), bytes_(document.bytes_.data()), end_(document.bytes_.size()) {}

  // From `begin` on; false, with nodes that say nothing, where the other reader has to look.
  bool read(std::size_t begin);

 private:
  bool blank();
  bool value(Span key);
  bool literal(std::string_view word, Type type);
  bool string(Span& span);
  bool number();
  bool open(Type type);
  bool close();
  bool member();
  bool keys_differ(const Node& object) const;
  Node& add(Type type, std::size_t begin);
  bool is(char c) const { return at_ < end_ && bytes_[at_] == c; }

  Document& document_;
  const char* bytes_;
  std::size_t end_;
  std::size_t at_ = 0;
  Span key_ = {};
  int open_ = -1;                 // the container around the next value
  std::vector<int> latest_ = {};  // the last child of each container around it
};

}  // namespace shapedbg::json
