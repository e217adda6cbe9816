// The fast way through a JSON text in which nothing is out of the ordinary.
#pragma once

#include <cstddef>
#include <string_view>

#include "read/json/growth.h"

namespace shapedbg::json {

// Reads a text in one pass. Strings with escapes, keys that stand twice, numbers that 64 bits or a double do
// not hold, whatever is not JSON: all of that it leaves to the reader that can tell of it.
class PlainReader {
 public:
  PlainReader(Growth& growth, std::string_view text)
      : growth_(growth), text_(text), bytes_(text.data()), end_(text.size()) {}

  // From `begin` to the end of the text; false, with nodes that say nothing, where the other reader has to
  // look.
  bool read(std::size_t begin);
  // The same of a value of the container that is open, which stands under `key`.
  bool read_value(std::size_t begin, Growth::Key key);

 private:
  bool rest(std::size_t depth);
  bool blank();
  bool value(Growth::Key key);
  bool literal(std::string_view word, Type type);
  bool string(Span& span);
  bool number();
  bool open(Type type);
  bool close();
  bool member();
  bool keys_differ(const Node& object) const;
  Node& add(Type type, std::size_t begin);
  bool is(char c) const { return at_ < end_ && bytes_[at_] == c; }

  Growth& growth_;
  std::string_view text_;
  const char* bytes_;
  std::size_t end_;
  std::size_t at_ = 0;
  Growth::Key key_ = {};
};

}  // namespace shapedbg::json
