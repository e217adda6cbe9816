// JSON written as it goes: reports of many thousand findings are not built as a tree first.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace shapedbg {

class JsonWriter {
 public:
  JsonWriter& object() { return open('{'); }
  JsonWriter& array() { return open('['); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);    // of the value that follows; plain ASCII
  JsonWriter& text(std::string_view value);  // bytes that are not UTF-8 become U+FFFD
  JsonWriter& number(std::size_t value);
  JsonWriter& json(std::string_view value);  // a value that is JSON already
  JsonWriter& newline();                     // before the next value or end

  JsonWriter& field(std::string_view name, std::string_view value) { return key(name).text(value); }
  JsonWriter& field(std::string_view name, std::size_t value) { return key(name).number(value); }

  std::string take() { return std::move(out_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string out_;
  bool first_ = true;  // nothing stands before in the innermost list
  bool line_ = false;
};

}  // namespace shapedbg
